import type { JsonObject } from '../../internal/json.ts';
import { parseUrl, urlProblem } from '../../internal/url.ts';
import type { ScanRequest } from '../gateway/gateway.ts';
import { ArgumentsError } from './argument-problems.ts';
import type { RegisteredTool } from './registered-tool.ts';

/**
 * Services recognised by function name; the first match wins. Source: the Interven gateway's public table, which the
 * Python package also uses.
 */
const SERVICES: readonly { readonly name: RegExp; readonly url: (functionName: string) => string }[] = [
  { name: /slack|post_message|webhook/i, url: () => 'https://slack.com/api/chat.postMessage' },
  { name: /github|^gh_|pull_request|commit/i, url: (name) => `https://api.github.com/${encoded(name)}` },
  { name: /drive|share_file/i, url: (name) => `https://www.googleapis.com/drive/v3/${encoded(name)}` },
];

const GENERIC_HTTP = /fetch|http|request/i;
const HTTP_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const VERBS: ReadonlyMap<string, string> = new Map([
  ['get', 'GET'],
  ['list', 'GET'],
  ['search', 'GET'],
  ['delete', 'DELETE'],
  ['remove', 'DELETE'],
  ['update', 'PATCH'],
  ['edit', 'PATCH'],
  ['post', 'POST'],
  ['send', 'POST'],
  ['create', 'POST'],
  ['add', 'POST'],
]);
const SERVICE_WORDS: ReadonlySet<string> = new Set(['slack', 'github', 'gh', 'google', 'drive', 'gdrive']);

/** The method and URL that stand for a call. */
export type Target = Pick<ScanRequest, 'method' | 'url' | 'isTargetDeclared'>;

/**
 * Derives a call's method and URL for the gateway's policies. A declared `target` comes first, then a recognised tool
 * name. Arguments count only without either: otherwise the model could choose its own policy.
 */
export function describe(
  functionName: string,
  args: JsonObject,
  tool: Pick<RegisteredTool, 'target' | 'declares'> | undefined,
): Target {
  const verb = methodOfName(functionName);
  if (tool?.target) return { method: tool.target.method ?? verb, url: tool.target.url, isTargetDeclared: true };

  const service = SERVICES.find(({ name }) => name.test(functionName));
  if (service) return { method: verb, url: service.url(functionName) };

  const argument = (key: string): unknown =>
    Object.hasOwn(args, key) && (tool?.declares(key) ?? true) ? args[key] : undefined;
  const method = GENERIC_HTTP.test(functionName) ? methodOfArgument(argument('method')) : undefined;
  return {
    method: method ?? verb,
    url: absoluteHttpUrl(argument('url')) ?? `https://tools.invalid/${encoded(functionName)}`,
  };
}

/**
 * Describes a call as `describe` does, for a gateway.
 *
 * @throws ArgumentsError for a URL that gateways refuse: the model wrote it, so it blocks this call and not the run
 */
export function scannableTarget(...call: Parameters<typeof describe>): Target {
  const [, args] = call;
  const target = describe(...call);
  const problem = target.isTargetDeclared ? undefined : urlProblem(target.url);
  if (problem === undefined) return target;
  const isArgument = absoluteHttpUrl(args['url']) === target.url;
  throw new ArgumentsError([
    isArgument ? { path: ['url'], problem } : { path: [], problem: "The tool's name cannot be part of a URL." },
  ]);
}

/**
 * Maps the first word that is not a service name: `github_list_repos` lists. If it is not a known verb, a verb that
 * changes or deletes counts in any position (`file_delete`). One that reads does not: `file_get` may do more.
 */
function methodOfName(functionName: string): string {
  const words = functionName
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !SERVICE_WORDS.has(word));
  const methods = words.map((word) => VERBS.get(word));
  return methods[0] ?? ['DELETE', 'PATCH'].find((method) => methods.includes(method)) ?? 'POST';
}

function methodOfArgument(value: unknown): string | undefined {
  const method = typeof value === 'string' ? value.toUpperCase() : '';
  return HTTP_METHODS.has(method) ? method : undefined;
}

/** Normalises a URL, so that policies see one spelling. */
function absoluteHttpUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url) return undefined;
  // Policies do not use credentials, and gateways reject URLs that contain them.
  url.username = '';
  url.password = '';
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
}

/** Encodes a name. A model can send lone surrogates, which `encodeURIComponent` rejects. */
function encoded(functionName: string): string {
  return encodeURIComponent(functionName.replace(/\p{Surrogate}/gu, '\ufffd'));
}
