import type { Span } from '../span.ts';

/** One pass over one string: collects the findings, and the positions that later keywords need not read again. */
export class TextScan {
  /** End of the last token, value or block found. Keywords before it are part of it. */
  tokenEnd = 0;
  valueEnd = 0;
  blockEnd = 0;
  /** End of the last JWT header read, found or not. */
  webTokenEnd = 0;
  /** The next `-----END` at or after the place last searched; `Infinity` when there is none. */
  closing = 0;
  /** End of the last command that takes a password on its line. */
  command: number = -Infinity;
  /** Places of the last `kind: Secret` and `data:` of a Kubernetes manifest. */
  kind: number = -Infinity;
  entries: number = -Infinity;

  constructor(
    readonly text: string,
    private readonly found: Span[],
  ) {}

  add(start: number, end: number, type: string): void {
    if (end > start) this.found.push({ start, end, dataClass: 'SECRETS', type });
  }
}

/** Examines one occurrence of a keyword, from `start` up to `end`. */
export type Finder = (scan: TextScan, start: number, end: number) => void;

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isHex = (code: number): boolean => (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);

/**
 * Returns true if a token can begin here: not after a letter or digit, unless it ends an escape (`\n`, `\u0022`,
 * `%3D`).
 */
export function canBegin(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  if (!isAlphanumeric(before)) return true;
  const second = text[at - 2];
  if (second === '\\') return 'nrtbfv'.includes(text[at - 1] ?? '');
  if (text[at - 3] === '%') return isHex(before) && isHex(text.charCodeAt(at - 2));
  return text[at - 6] === '\\' && text[at - 5] === 'u' && isHex(before);
}
