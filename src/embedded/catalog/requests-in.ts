import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { parseUrl } from '../../internal/url.ts';
import { addressOf } from './address.ts';
import { fieldName, MAX_DEPTH, type Argument } from './arguments.ts';
import { findOperation, type FoundOperation } from './find-operation.ts';
import { FIELDS } from './name-words.ts';
import { readName } from './read-name.ts';

/** A request that the arguments of a call describe. */
export interface InnerRequest {
  /** The method, if the arguments name one. */
  readonly method: string | undefined;
  readonly url: string;
  /** The arguments that describe it. */
  readonly value: JsonObject;
}

export interface RequestSearch {
  /** The URL of the call; undefined if the call has no address. */
  readonly url: string | undefined;
  /** True if the function sends any request, so that an address among its arguments is one. */
  readonly sendsRequests: boolean;
}

/** More requests than a batch may have (Google's batches have 1,000). */
export const MAX_REQUESTS = 1_000;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  ...FIELDS.requestUrls,
  ...FIELDS.requestBases,
  ...FIELDS.requestPaths,
  ...FIELDS.requestMethods,
]);
/** Words of functions that send the request that their arguments describe. */
const SENDING: ReadonlySet<string> = new Set(
  'http https fetch request requests curl wget rest api call invoke graphql gql webhook endpoint proxy ajax axios url'.split(
    ' ',
  ),
);

/** Returns true for a function that sends any request: `http_request`, `call_api`. */
export function sendsAnyRequest(functionName: string | undefined): boolean {
  return functionName === undefined || readName(functionName).words.some((word) => SENDING.has(word));
}

/** Lists the HTTP methods in the name of a function that sends any request: `requests_put`. */
export function methodsInName(functionName: string | undefined): readonly string[] {
  if (functionName === undefined || !sendsAnyRequest(functionName)) return [];
  return readName(functionName)
    .words.map((word) => word.toUpperCase())
    .filter((word) => METHODS.has(word));
}

/** Lists the HTTP methods that override the method of a request, such as one in a header. */
export function overridesIn(given: readonly Argument[]): readonly string[] {
  return methodsNamed(given, FIELDS.methodOverrides);
}

/**
 * Lists the HTTP methods that arguments name, also those that override the method of the request.
 *
 * @param isDeclared true if the developer declared the method, so that only an override counts (`_method` in a form)
 */
export function methodsIn(given: readonly Argument[], isDeclared: boolean): readonly string[] {
  return [...overridesIn(given), ...methodsNamed(given, isDeclared ? FORM_OVERRIDES : FIELDS.requestMethods)];
}

const FORM_OVERRIDES: ReadonlySet<string> = new Set(['method', 'http_method']);

function methodsNamed(given: readonly Argument[], names: ReadonlySet<string>): readonly string[] {
  return given.flatMap(({ field, value }) => {
    const method = names.has(field.name) ? String(value).trim().toUpperCase() : '';
    return METHODS.has(method) ? [method] : [];
  });
}

/**
 * Lists the requests in arguments, at most `MAX_REQUESTS` and one: objects with an address and a method, a body or
 * headers, or with a method and the path of one, as batches have them.
 */
export function requestsIn(value: unknown, { url, sendsRequests }: RequestSearch): readonly InnerRequest[] {
  const found: InnerRequest[] = [];
  const visit = (item: unknown, base: string | undefined, depth: number): void => {
    if (depth > MAX_DEPTH || found.length > MAX_REQUESTS) return;
    if (Array.isArray(item)) for (const each of item) visit(each, base, depth + 1);
    if (!isJsonObject(item)) return;
    const request = requestOf(item, base, sendsRequests);
    if (request) found.push(request);
    for (const key of Object.keys(item)) {
      const each = item[key];
      if (typeof each === 'object') visit(each, request?.url ?? base, depth + 1);
    }
  };
  visit(value, url, 0);
  return found.filter((each) => each.url !== url || each.value !== value);
}

function requestOf(value: JsonObject, base: string | undefined, sendsRequests: boolean): InnerRequest | undefined {
  const texts: { readonly name: string; readonly text: string }[] = [];
  let other: string | undefined;
  let carries = sendsRequests;
  for (const key of Object.keys(value)) {
    const { name, words } = fieldName(key);
    const text = textIn(value[key]);
    carries ||= FIELDS.requestBodies.has(name) || words.includes('headers');
    if (typeof text !== 'string' || text.trim() === '') continue;
    if (REQUEST_FIELDS.has(name)) texts.push({ name, text: text.trim() });
    else if (isAddress(text)) other ??= text.trim();
  }
  if (texts.length === 0) return undefined;
  const method = texts
    .map(({ name, text }) => (FIELDS.requestMethods.has(name) ? text.toUpperCase() : ''))
    .find((text) => METHODS.has(text));
  if (method === undefined && !carries) return undefined;
  const named = (names: ReadonlySet<string>): readonly string[] =>
    texts.flatMap(({ name, text }) => (names.has(name) ? [text] : []));
  const whole = [...named(FIELDS.requestUrls), ...named(FIELDS.requestPaths)].find(isAddress);
  if (whole !== undefined) return { method, url: whole, value };
  const [own] = named(FIELDS.requestBases).map(withScheme).filter(isAddress);
  const path = named(FIELDS.requestPaths).find((text) => !/\s/.test(text));
  // Beside a method, an address in any field is that of the request.
  if (path === undefined && method !== undefined && other !== undefined) return { method, url: other, value };
  if (path === undefined || (own === undefined && method === undefined)) return undefined;
  return { method, url: resolved(path, own ?? base), value };
}

/** Returns a string, also from an address in its parts (Postman: `{ raw: 'https://…' }`), or one that was opened. */
function textIn(value: unknown): unknown {
  if (isJsonObject(value)) return textIn(value['raw'] ?? value['href']);
  return Array.isArray(value) ? value[0] : value;
}

function isAddress(text: string): boolean {
  return /^https?:$/.test(parseUrl(text)?.protocol ?? '');
}

function withScheme(text: string): string {
  return /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,20}(?::\d{1,5})?(?:\/|$)/.test(text) ? `https://${text}` : text;
}

/** Resolves a path at the host, or below the folder of its batch (`/v1.0/$batch`): where a service knows it. */
function resolved(path: string, base = 'https://tools.invalid/'): string {
  const rest = path.replace(/^\/*/, '/');
  const below = `${base.replace(/[?#].*$/s, '').replace(/\/(?:\$?batch|batches|composite)?\/?$/, '')}${rest}`;
  const atHost = parseUrl(base) ? new URL(rest, base).href : below;
  const all = [atHost, below].map((url) => ({ url, found: foundAt(url) }));
  return (all.find(({ found }) => found?.operation) ?? all.find(({ found }) => found) ?? { url: below }).url;
}

function foundAt(url: string): FoundOperation | undefined {
  const { host = '', path } = addressOf(url);
  const [found, ...others] = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'].flatMap(
    (method) => findOperation(method, host, path) ?? [],
  );
  return others.find(({ operation }) => operation) ?? found;
}
