import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { principalsIn } from './principals.ts';
import { addressOf, type Address } from './address.ts';
import { argumentsIn, isOutermost, type Argument } from './arguments.ts';
import { readGraphql, type GraphqlReading } from './graphql.ts';
import {
  distinct,
  GENERIC,
  identifyCall,
  listed,
  trustedNames,
  type Call,
  type IdentifiedCall,
} from './identify-call.ts';
import { channelsIn, repositoriesIn, resourceIn } from './named-resources.ts';
import type { Repository, Target } from './target.ts';
import { parseUrl } from '../../internal/url.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly functionName?: string | undefined;
  readonly isTargetDeclared?: boolean | undefined;
}

/**
 * Identifies the tool, operation and resources of a request. If the developer declared the URL, or the request names no
 * function, the path of a known API decides. Otherwise the model may have chosen the URL, so it can only make the
 * decision stricter than the function's name and arguments do. For services known only by name, the runner uses the
 * function's name as the path, and such a path is read as a name. Never throws.
 */
export function targetOf(request: Request): Target {
  const { body, functionName, isTargetDeclared: isDeclared = false } = request;
  const method = request.method.toUpperCase();
  const address = addressOf(request.url);
  const parts = partsOf(body, address.query);
  const given = argumentsIn(parts);
  const isChosen = !isDeclared && isJsonObject(body) && isSameAddress(body['url'], address);
  const isGraphql = address.host !== undefined && address.path.at(-1)?.toLowerCase() === 'graphql';
  const graphql = isGraphql ? graphqlIn(given) : undefined;
  const call: Call = { method, address, functionName, isDeclared, isChosen, given, graphql };
  const identified = identifyCall(call);
  const { tool, aliases, captured, categories } = identified;
  const host = [tool, ...aliases].find((name) => name === 'github' || name === 'gitlab');
  const repositories = host === undefined ? [] : repositoriesIn(captured, given, host === 'gitlab');
  const channels = channelsIn(captured, given);
  const principals = principalsOf(identified, call, parts);
  const thing = resourceIn(captured, fieldsOf(parts)) ?? principals.find((each) => each !== address.host);
  return {
    tool,
    aliases,
    operation: identified.operation,
    operationAliases: identified.operationAliases,
    trusted: trustedNames(identified, call),
    category: categories[0],
    categories,
    verb: identified.verb,
    isDestructive: identified.isDestructive,
    method,
    org: repositories[0]?.org,
    repo: repositories[0]?.repo,
    repositories,
    channels,
    resource: resourceOf(identified, call, repositories[0], channels, thing),
    principals,
  };
}

/**
 * Lists the principals of a call. The only recipient of a call that reads is its host, which counts if the model chose
 * it or if anyone could run it.
 */
function principalsOf(
  identified: IdentifiedCall,
  { address, isChosen, graphql }: Call,
  parts: readonly unknown[],
): readonly string[] {
  const { tool, categories, verb, captured, isVendors, operation, operationAliases } = identified;
  const hosts = isVendors && !isChosen ? [] : listed(address.host);
  if (verb === 'READ') return hosts;
  const names = [operation, ...operationAliases];
  const isSharing = names.some((name) => /(?:^|_)(?:add|invite|share)/.test(name));
  const letsIn = verb === 'ADMIN' || categories.includes('permissions') || isSharing;
  const sendsToUrl = tool === GENERIC || isChosen || categories.includes('webhooks');
  const named = principalsIn([...parts, ...(graphql?.given ?? [])], { letsIn, sendsToUrl });
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

function graphqlIn(given: readonly Argument[]): GraphqlReading {
  const documents = given.filter((each) => isOutermost(each) && each.field.name === 'query');
  const readings = documents.map(({ value }) => readGraphql(value));
  const reading = readings.find(({ verb }) => verb !== 'READ') ?? readings[0] ?? readGraphql(undefined);
  return { ...reading, operations: readings.reduce((sum, { operations }) => sum + operations, 0) };
}

function isSameAddress(value: unknown, { href }: Address): boolean {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (!url) return false;
  // The runner omits credentials.
  url.username = '';
  url.password = '';
  return url.href === href;
}

/** Returns the parts with arguments: the body, also if it is form-encoded, and the query. */
function partsOf(body: unknown, query: URLSearchParams): readonly unknown[] {
  const form = typeof body === 'string' ? entriesOf(new URLSearchParams(body)) : [];
  return [body, ...form, ...entriesOf(query)];
}

function entriesOf(fields: URLSearchParams): readonly JsonObject[] {
  return Array.from(fields, ([name, value]) => ({ [name]: value }));
}

/** Returns the top-level arguments by name. The body takes precedence over the query. */
function fieldsOf(parts: readonly unknown[]): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const part of parts.filter(isJsonObject).toReversed()) Object.assign(fields, part);
  return fields;
}
