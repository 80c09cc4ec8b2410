import type { JsonObject } from '../../internal/json.ts';
import { parseUrl, urlProblem } from '../../internal/url.ts';
import { ArgumentsError } from './argument-problems.ts';
import type { CallTarget, RegisteredTool, Target, ToolTarget } from './registered-tool.ts';

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

/**
 * Derives the target of a tool's calls: the declared one comes first, then that of a recognised name.
 *
 * @param declares true if a call may have the arguments `url` and `method`
 */
export function targetOfTool(functionName: string, declared?: Target, declares = true): ToolTarget {
  const method = declared?.method ?? methodOfName(functionName);
  if (declared) return { target: { method, url: declared.url, isTargetDeclared: true }, isFixed: true };
  const service = SERVICES.find(({ name }) => name.test(functionName));
  const url = service?.url(functionName) ?? `https://tools.invalid/${encoded(functionName)}`;
  return { target: { method, url }, isFixed: service !== undefined || !declares };
}

/** Derives a call's method and URL for the gateway's policies: those of its tool, or else of its arguments. */
export function describe(
  functionName: string,
  args: JsonObject,
  tool: Pick<RegisteredTool, 'target' | 'declares'> | undefined,
): CallTarget {
  const { target, isFixed } = tool?.target ?? targetOfTool(functionName);
  if (isFixed) return target;
  const argument = (key: string): unknown =>
    Object.hasOwn(args, key) && (tool?.declares(key) ?? true) ? args[key] : undefined;
  const method = GENERIC_HTTP.test(functionName) ? methodOfArgument(argument('method')) : undefined;
  return { method: method ?? target.method, url: absoluteHttpUrl(argument('url')) ?? target.url };
}

/**
 * Describes a call as `describe` does, for a gateway.
 *
 * @throws ArgumentsError for a URL that gateways refuse: the model wrote it, so it blocks this call and not the run
 */
export function scannableTarget(...call: Parameters<typeof describe>): CallTarget {
  const [, args, tool] = call;
  const target = describe(...call);
  // The names and targets of registered tools are checked at their registration.
  const problem = target === tool?.target.target ? undefined : urlProblem(target.url);
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
