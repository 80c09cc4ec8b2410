import type { JsonObject } from '../../internal/json.ts';
import { readName } from './read-name.ts';
import { strictest, type Verb } from './target.ts';
import { fieldName, type Argument } from './arguments.ts';

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
  /** True if the request has no document that can be read, such as the id of one that the server keeps. */
  readonly isUnread: boolean;
}

/** The start of a document: a keyword with a name, variables or braces, or a selection. */
const DOCUMENT =
  /^(?:[\s,\ufeff]|#[^\n]*\n)*(?:(?:mutation|query|subscription)\b\s*\w*\s*[{(@]|fragment\s+\w+\s+on\b|\{\s*[_A-Za-z])/;
/** Fields that name a document which the server keeps. */
const KEPT: ReadonlySet<string> = new Set(['id', 'document_id', 'doc_id', 'query_id', 'query_hash', 'sha256_hash']);

/**
 * Reads the documents of a request, in any field; undefined for a request that has none and needs none.
 *
 * @param isEndpoint true at an address of GraphQL, where a request without a document may do anything
 */
export function graphqlIn(given: readonly Argument[], isEndpoint: boolean): GraphqlReading | undefined {
  const documents = given.flatMap(({ value }) =>
    typeof value === 'string' && DOCUMENT.test(value) && (isEndpoint || /\bmutation\b/.test(value)) ? [value] : [],
  );
  if (documents.length === 0 && !isEndpoint) return undefined;
  const kept = given.filter(({ field, above }) => KEPT.has(field.name) && above.name !== 'variables');
  const readings = documents.map((document) => readGraphql(document, given));
  const inOrder = [
    ...readings.filter(({ verb }) => verb !== 'READ'),
    ...readings.filter(({ verb }) => verb === 'READ'),
  ];
  return {
    fields: [...new Set(inOrder.flatMap(({ fields }) => fields))],
    operations: readings.reduce((sum, { operations }) => sum + operations, 0),
    given: readings.flatMap((each) => each.given),
    verb: strictest(...new Set(readings.map(({ verb }) => verb))),
    isDestructive: readings.some(({ isDestructive }) => isDestructive),
    isUnread: documents.length === 0 || kept.length > documents.length,
  };
}

/** A name, brace, parenthesis, comment, or the start of a string (GraphQL, section 2.1). */
const TOKEN = /[_A-Za-z][_0-9A-Za-z]*|[{}()]|#[^\n\r]*|"/g;

/**
 * Reads a document without fully parsing it. A `mutation` anywhere makes it a change, and any of its fields can make it
 * ADMIN or destructive. An invalid document counts as a change.
 */
function readGraphql(document: string, variables: readonly Argument[]): Omit<GraphqlReading, 'isUnread'> {
  const { keywords, fields: all, operations, given: written, named } = namesIn(document);
  const fields = [...new Set(all)];
  const given = [
    ...written,
    ...named.flatMap(({ name, variable }) =>
      variables.flatMap(({ field, value }) => (field.name === fieldName(variable).name ? [{ [name]: value }] : [])),
    ),
  ];
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
  /** The variables that are arguments of fields, with the names of these. */
  named: { name: string; variable: string }[];
} {
  const keywords = new Set<string>();
  const fields: string[] = [];
  const given: JsonObject[] = [];
  const named: { name: string; variable: string }[] = [];
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
      else if (document[token.index - 1] === '$' && name !== '') named.push({ name, variable: text });
    } else if (text === '{') braces += 1;
    else if (text === '}') braces -= 1;
    else if (braces === 0) keywords.add(text);
    // An alias is not a field.
    else if (!isFollowedByColon(document, TOKEN.lastIndex)) {
      fields.push(text);
      if (braces === 1) operations += 1;
    }
  }
  return { keywords, fields, operations, given, named };
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
