import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { principalsIn } from './principals.ts';
import { addressOf, hostsIn, type Address } from './address.ts';
import { argumentsIn, type Argument } from './arguments.ts';
import { graphqlIn, type GraphqlReading } from './graphql.ts';
import {
  distinct,
  GENERIC,
  identifyCall,
  isNamedUrl,
  listed,
  together,
  trustedNames,
  type Call,
  type IdentifiedCall,
} from './identify-call.ts';
import { fieldsOf } from './message-forms.ts';
import { channelsIn, repositoriesIn, resourceIn } from './named-resources.ts';
import { opened } from './opened.ts';
import {
  MAX_REQUESTS,
  methodsIn,
  methodsInName,
  overridesIn,
  requestsIn,
  sendsAnyRequest,
  type InnerRequest,
} from './requests-in.ts';
import { CHATS } from './services.ts';
import type { Repository, Target } from './target.ts';
import { parseUrl } from '../../internal/url.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly functionName?: string | undefined;
  readonly isTargetDeclared?: boolean | undefined;
  /** The headers that a client sends with the request. */
  readonly headers?: JsonObject | undefined;
}

/**
 * Identifies the tool, operation and resources of a request. If the developer declared the URL, or the request names no
 * function, the path of a known API decides. Otherwise the model may have chosen the URL, so it can only make the
 * decision stricter than the function's name and arguments do. For services known only by name, the runner uses the
 * function's name as the path, and such a path is read as a name. Requests that the arguments describe count besides the
 * call itself, and can only make the decision stricter. Never throws.
 */
export function targetOf(request: Request): Target {
  const { body, functionName, isTargetDeclared: isDeclared = false, headers = {} } = request;
  const method = request.method.toUpperCase();
  const address = addressOf(request.url);
  const isChosen = !isDeclared && isJsonObject(body) && isSameAddress(body['url'], address);
  const sendsRequests = !isDeclared && sendsAnyRequest(functionName);
  const isRequest = isDeclared || sendsRequests || !isNamedUrl(address, functionName);
  const { values: parts, isComplete } = opened([body, fieldsOf(address.query)], isRequest);
  const given = argumentsIn([...parts, headers]);
  const graphql = graphqlOf(address, given);
  const hosts = isDeclared ? [] : hostsIn(given);
  const call: Call = { method, address, functionName, isDeclared, isChosen, given, hosts, graphql };
  const outer = readCall(call, parts);
  const found = requestsIn(parts[0], { url: address.host === undefined ? undefined : address.href, sendsRequests });
  const inner = found.slice(0, MAX_REQUESTS).map((each) => readInner(each, outer));
  const identified = together([withoutBatch(outer.identified, inner), ...inner.map((each) => each.identified)]);
  const { tool, captured, categories } = identified;
  const aliases = distinct([...identified.aliases, ...hosts]).filter((name) => name !== tool);
  const all = [outer, ...inner].flatMap((each) => each.call.given);
  const host = [tool, ...aliases].find((name) => name === 'github' || name === 'gitlab');
  const repositories = host === undefined ? [] : repositoriesIn(captured, all, host === 'gitlab');
  const isChat = [tool, ...aliases].some((name) => CHATS.has(name));
  const channels = channelsIn(captured, all, isChat);
  const principals = distinct([outer, ...inner].flatMap((each) => each.principals));
  const thing =
    resourceIn(captured, parts.flat().filter(isJsonObject)) ?? principals.find((each) => each !== address.host);
  const unread =
    !isComplete || found.length > MAX_REQUESTS ? 'everything' : identified.isUnread ? 'operation' : undefined;
  return {
    tool,
    aliases,
    operation: identified.operation,
    operationAliases: identified.operationAliases,
    trusted: trustedNames(identified, call),
    category: categories[0],
    categories,
    verb: unread ? 'ADMIN' : identified.verb,
    isDestructive: unread !== undefined || identified.isDestructive,
    method,
    org: repositories[0]?.org,
    repo: repositories[0]?.repo,
    repositories,
    channels,
    resource: resourceOf(identified, call, repositories[0], channels, thing),
    principals,
    ...(unread ? { unread } : {}),
  };
}

/** The recipient of a search of the web. */
const WEB = 'web';
/** Categories in which a destination is a recipient: an account, a person. */
const PAID_OR_SENT: ReadonlySet<string> = new Set(['payments', 'messages', 'permissions', 'contacts', 'calls']);

/**
 * Returns the address of a request that carries something of its own: not one that the developer declared, that the
 * runner made from the function's name, or that the body has, too.
 */
export function ownAddress({ url, body, functionName, isTargetDeclared }: Request): Address | undefined {
  const address = addressOf(url);
  const isInBody = isJsonObject(body) && isSameAddress(body['url'], address);
  return isTargetDeclared || isInBody || isNamedUrl(address, functionName) ? undefined : address;
}

interface ReadCall {
  readonly call: Call;
  readonly identified: IdentifiedCall;
  readonly principals: readonly string[];
}

/** Identifies a call by its method, and by all others that its arguments name: which one counts is the server's choice. */
function readCall(call: Call, parts: readonly unknown[], overrides: readonly string[] = []): ReadCall {
  const others = call.address.host === undefined ? [] : methodsIn(call.given, call.isDeclared);
  const [first = call, ...more] = distinct([call.method, ...others, ...overrides]).map((method) => ({
    ...call,
    method,
  }));
  const identified = together([identifyCall(first), ...more.map(identifyCall)]);
  return { call, identified, principals: principalsOf(identified, call, parts) };
}

/** Identifies a request within the arguments. Without a method of its own it has the call's, or reads as the call does. */
function readInner({ method, url, value }: InnerRequest, { call, identified }: ReadCall): ReadCall {
  const address = addressOf(url);
  const parts = [value, fieldsOf(address.query)];
  const given = argumentsIn(parts);
  const own = method ?? (identified.verb === 'READ' ? 'GET' : call.method);
  const graphql = graphqlOf(address, given);
  return readCall(
    { method: own, address, functionName: undefined, isDeclared: false, isChosen: true, given, hosts: [], graphql },
    parts,
    // Its headers may stand beside it, and its method in the function's name.
    [...overridesIn(call.given), ...(method === undefined ? methodsInName(call.functionName) : [])],
  );
}

function graphqlOf({ host, path }: Address, given: readonly Argument[]): GraphqlReading | undefined {
  return host === undefined
    ? undefined
    : graphqlIn(
        given,
        path.some((segment) => /^(?:graphql|gql)$/i.test(segment)),
      );
}

/** A batch does what its requests do. */
function withoutBatch(identified: IdentifiedCall, inner: readonly ReadCall[]): IdentifiedCall {
  const isRead = inner.length > 0 && identified.operation === 'batch';
  return isRead ? { ...identified, verb: 'READ', isUnread: false } : identified;
}

/**
 * Lists the principals of a call. The only recipient of a call that reads is its host, which counts if the model chose
 * it or if anyone could run it.
 */
function principalsOf(
  identified: IdentifiedCall,
  { address, isChosen, hosts: linked, graphql }: Call,
  parts: readonly unknown[],
): readonly string[] {
  const { tool, categories, verb, captured, isVendors, operation, operationAliases } = identified;
  const hosts = [...(isVendors && !isChosen ? [] : listed(address.host)), ...linked];
  // A search of the web sends its words to a search engine.
  if (verb === 'READ') return hosts.length === 0 && categories.includes('web') ? [WEB] : hosts;
  const names = [operation, ...operationAliases];
  const isSharing = names.some((name) => /(?:^|_)(?:add|invite|share)/.test(name));
  const letsIn = verb === 'ADMIN' || categories.includes('permissions') || isSharing;
  const sendsToUrl = tool === GENERIC || isChosen || categories.includes('webhooks');
  const goesToPlaces =
    !categories.some((category) => PAID_OR_SENT.has(category)) &&
    !names.some((name) => /(?:^|_)(?:forward|relay|submit|deliver)/.test(name));
  const named = principalsIn([...parts, ...(graphql?.given ?? [])], { letsIn, sendsToUrl, goesToPlaces });
  const anyone =
    letsIn && names.some((name) => /(?:^|_)(?:public|publish|anyone|everyone)/.test(name)) ? ['anyone'] : [];
  return distinct([...(captured['principal'] ?? []), ...named, ...anyone, ...hosts]);
}

function resourceOf(
  { tool, operation, resource }: IdentifiedCall,
  { functionName, isChosen, address: { host } }: Call,
  { org, repo }: Partial<Repository> = {},
  channels: readonly string[],
  thing: string | undefined,
): string | undefined {
  const channel = channels.length > 0 ? channels.join(',') : undefined;
  if (tool === GENERIC || isChosen) {
    return [GENERIC, functionName ?? operation, host, channel ?? thing].filter((part) => part !== undefined).join(':');
  }
  if (resource !== undefined) return resource;
  const repository =
    repo === undefined
      ? undefined
      : [org, repo]
          .filter((part) => part !== undefined)
          .join('/')
          .toLowerCase();
  const touched = repository ?? channel ?? thing ?? org;
  return touched === undefined ? undefined : `${tool}:${touched}`;
}

function isSameAddress(value: unknown, { href }: Address): boolean {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url) return false;
  // The runner omits credentials.
  url.username = '';
  url.password = '';
  return url.href === href;
}
