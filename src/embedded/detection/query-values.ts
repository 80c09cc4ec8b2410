import { eachMatch } from './each-match.ts';
import { unescapeText } from './unescape.ts';

// The separators of a query or of a form (WHATWG URL, section 5.1), and of a fragment that is written like one.
const PARAMETER = /(?:^|[?&#])([A-Za-z_][\w.%[\]-]{0,63})=([^&#\s"'<>]{3,})/g;

export interface QueryValue {
  readonly key: string;
  /** As it is written, from `start` in the text. */
  readonly written: string;
  readonly start: number;
}

/** The values of queries, forms and fragments in a text, with the names that they have there. */
export function queryValues(text: string): readonly QueryValue[] {
  if (!text.includes('=') || !(text.includes('?') || text.includes('&') || text.includes('#'))) return [];
  const values: QueryValue[] = [];
  eachMatch(PARAMETER, text, ({ 0: all, 1: key = '', 2: written = '', index }) => {
    values.push({ key: unescapeText(key)?.text ?? key, written, start: index + all.length - written.length });
  });
  return values;
}
