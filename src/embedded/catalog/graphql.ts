import type { JsonObject } from '../../internal/json.ts';
import { readName } from './read-name.ts';
import type { Verb } from './target.ts';

/** The effect of a GraphQL document. */
export interface GraphqlReading {
  /** The requested fields, such as `issueCreate`, without duplicates. */
  readonly fields: readonly string[];
  /** The number of outermost fields, each of which is an operation. Fragments count too. */
  readonly operations: number;
  /** String arguments of the fields, by name: `{ login: 'octocat' }`. */
  readonly given: readonly JsonObject[];
  readonly verb: Verb;
  readonly isDestructive: boolean;
}

/** A name, brace, parenthesis, comment, or the start of a string (GraphQL, section 2.1). */
const TOKEN = /[_A-Za-z][_0-9A-Za-z]*|[{}()]|#[^\n\r]*|"/g;

/**
 * Reads a document without fully parsing it. A `mutation` anywhere makes it a change, and any of its fields can make it
 * ADMIN or destructive. An invalid document counts as a change.
 */
export function readGraphql(document: unknown): GraphqlReading {
  if (typeof document !== 'string')
    return { fields: [], operations: 0, given: [], verb: 'WRITE', isDestructive: false };
  const { keywords, fields: all, operations, given } = namesIn(document);
  const fields = [...new Set(all)];
  if (!keywords.has('mutation')) {
    return { fields, operations, given, verb: fields.length === 0 ? 'WRITE' : 'READ', isDestructive: false };
  }
  const readings = fields.map((name) => readName(name));
  return {
    fields,
    operations,
    given,
    verb: readings.some(({ isAdmin }) => isAdmin) ? 'ADMIN' : 'WRITE',
    isDestructive: readings.some(({ isDestructive }) => isDestructive),
  };
}

function namesIn(document: string): {
  keywords: Set<string>;
  fields: string[];
  operations: number;
  given: JsonObject[];
} {
  const keywords = new Set<string>();
  const fields: string[] = [];
  const given: JsonObject[] = [];
  let name = '';
  let operations = 0;
  let braces = 0;
  let parentheses = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(document); token; token = TOKEN.exec(document)) {
    const [text] = token;
    if (text.startsWith('"')) {
      TOKEN.lastIndex = endOfString(document, token.index);
      if (name !== '') given.push({ [name]: textOf(document.slice(token.index, TOKEN.lastIndex)) });
    } else if (text === '(') parentheses += 1;
    else if (text === ')') parentheses -= 1;
    else if (text.startsWith('#')) continue;
    else if (parentheses > 0) {
      if (isFollowedByColon(document, TOKEN.lastIndex)) name = text;
    } else if (text === '{') braces += 1;
    else if (text === '}') braces -= 1;
    else if (braces === 0) keywords.add(text);
    // An alias is not a field.
    else if (!isFollowedByColon(document, TOKEN.lastIndex)) {
      fields.push(text);
      if (braces === 1) operations += 1;
    }
  }
  return { keywords, fields, operations, given };
}

/** Returns a string's value. Block strings have no JSON escapes. */
function textOf(quoted: string): string {
  if (quoted.startsWith('"""')) return quoted.slice(3, -3);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.replace(/^"|"$/g, '');
  }
}

/**
 * Finds the end of a string. `\\"` does not end it, nor `\\"""` a block string. A line break ends only ordinary
 * strings.
 */
function endOfString(document: string, start: number): number {
  const quotes = document.startsWith('"""', start) ? '"""' : '"';
  let at = start + quotes.length;
  while (at < document.length) {
    if (document.startsWith(quotes, at)) return at + quotes.length;
    if (quotes === '"' && /[\n\r]/.test(document[at] ?? '')) return at;
    if (document[at] !== '\\') at += 1;
    else at += quotes === '"' ? 2 : document.startsWith(quotes, at + 1) ? 4 : 1;
  }
  return document.length;
}

function isFollowedByColon(document: string, from: number): boolean {
  let at = from;
  while (/[\s,]/.test(document[at] ?? '')) at += 1;
  return document[at] === ':';
}
