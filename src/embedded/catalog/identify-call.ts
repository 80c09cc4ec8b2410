import { strictest, type TrustedNames } from './target.ts';
import type { Address } from './address.ts';
import { fieldName, type Argument } from './arguments.ts';
import { requestedEffect } from './requested-effect.ts';
import { settingEffect } from './setting-effects.ts';
import { awsOperation } from './aws-operation.ts';
import { AWS } from './services.ts';
import { findOperation, type FoundOperation } from './find-operation.ts';
import type { GraphqlReading } from './graphql.ts';
import {
  meaningOf,
  meaningOfGraphql,
  meaningOfName,
  meaningOfFunction,
  meaningOfPath,
  meaningOfSlackCall,
  namesOf,
  type Meaning,
} from './meaning.ts';
import { readName } from './read-name.ts';

/** A request, parsed without the service tables. */
export interface Call {
  readonly method: string;
  readonly address: Address;
  readonly functionName: string | undefined;
  readonly isDeclared: boolean;
  /** True if the URL is one of the arguments, so that the model chose it. */
  readonly isChosen: boolean;
  readonly given: readonly Argument[];
  /** The hosts of URLs among the arguments, which receive something besides the call's own. */
  readonly hosts: readonly string[];
  /** Present for a GraphQL API. */
  readonly graphql: GraphqlReading | undefined;
}

export interface IdentifiedCall extends Omit<Meaning, 'category'> {
  readonly tool: string;
  readonly aliases: readonly string[];
  readonly categories: readonly string[];
  readonly captured: FoundOperation['captured'];
  /** True if the host belongs to the service, which is not a recipient. */
  readonly isVendors: boolean;
  readonly resource?: string | undefined;
  /** True if the request names several operations. */
  readonly isSeveral?: boolean;
  /** True if the operation stands in a part of the request that cannot be read. */
  readonly isUnread?: boolean | undefined;
}

/** The tool of calls without a known service. */
export const GENERIC = 'custom_proxy';
/** The URL that the runner uses for every function whose name mentions Slack. */
const SLACK_DEFAULT_URL = 'https://slack.com/api/chat.postMessage';

/** Identifies the service of a call, if any, and the operation. */
export function identifyCall(call: Call): IdentifiedCall {
  const { functionName, isDeclared, isChosen, address } = call;
  const service = identifyByUrl(call);
  if (!service) return identifyByName(call, address.path);
  if (functionName === undefined) return service;
  const named = { ...service, aliases: distinct([...service.aliases, ...namesOf(functionName)]) };
  if (isDeclared) return named;
  if (!isChosen && isNamedUrl(address, functionName))
    return withRequestedEffect({ ...named, operationAliases: otherNames(named, namesOf(functionName)) }, call);
  const own = identifyByName(call, []);
  return {
    ...service,
    aliases: distinct([...service.aliases, ...own.aliases, ...(isChosen ? [GENERIC] : [])]),
    operationAliases: otherNames(service, [own.operation, ...own.operationAliases]),
    categories: distinct([...service.categories, ...own.categories]),
    verb: strictest(service.verb, own.verb),
    isDestructive: service.isDestructive || own.isDestructive,
  };
}

/** Returns true if the runner made the URL from the function's name, so that it holds nothing of the arguments. */
export function isNamedUrl({ host, path, href }: Address, functionName: string | undefined): boolean {
  return host === undefined || path.at(-1) === functionName || href === SLACK_DEFAULT_URL;
}

/**
 * Lists the names that let a rule allow the call. If the model chose the URL, those are the function's. At a host that
 * anyone could run, they are the host's and the function's. If the call has several operations, none of them counts,
 * because one that is allowed must not clear the others.
 */
export function trustedNames(identified: IdentifiedCall, call: Call): TrustedNames {
  const { isSeveral = call.graphql !== undefined && call.graphql.operations > 1 } = identified;
  const names = trustedTarget(identified, call);
  return isSeveral ? { ...names, operations: [] } : names;
}

function trustedTarget(identified: IdentifiedCall, call: Call): TrustedNames {
  const { functionName, isDeclared, isChosen, address } = call;
  const { host } = address;
  const all = namesOfCall(identified);
  if (isDeclared || host === undefined || (identified.isVendors && !isChosen)) return all;
  const isNamed = functionName !== undefined && !isNameOfUrl(functionName, call);
  const nowhere = { ...call, address: { ...address, host: undefined, path: [] } };
  const own = isNamed ? namesOfCall(identifyByName(nowhere, [])) : { tools: [], operations: [], categories: [] };
  if (isChosen) return own;
  return { ...all, tools: [host, ...own.tools, ...(identified.tool === GENERIC ? [GENERIC] : [])] };
}

function namesOfCall({ tool, aliases, operation, operationAliases, categories }: IdentifiedCall): TrustedNames {
  return { tools: [tool, ...aliases], operations: [operation, ...operationAliases], categories };
}

/** Returns true if the name may be derived from the URL, as the gateway server does: the wire format has no names. */
function isNameOfUrl(functionName: string, call: Call): boolean {
  return identifyCall({ ...call, functionName: undefined }).operation === functionName;
}

function otherNames({ operation, operationAliases }: IdentifiedCall, more: readonly string[]): readonly string[] {
  return distinct([...operationAliases, ...more]).filter((name) => name !== operation);
}

/**
 * Combines what a call may be: one request with several methods, or several requests. The first names the call; all
 * others make it stricter.
 */
export function together([first, ...others]: readonly [IdentifiedCall, ...IdentifiedCall[]]): IdentifiedCall {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const captured = all.flatMap((each) => Object.entries(each.captured));
  return {
    ...first,
    aliases: distinct(all.flatMap(({ tool, aliases }) => [tool, ...aliases]).filter((name) => name !== first.tool)),
    operationAliases: otherNames(
      first,
      others.flatMap(({ operation, operationAliases }) => [operation, ...operationAliases]),
    ),
    categories: distinct(all.flatMap(({ categories }) => categories)),
    captured: Object.fromEntries(
      captured.map(([name]) => [name, distinct(captured.flatMap((each) => (each[0] === name ? each[1] : [])))]),
    ),
    verb: strictest(...all.map(({ verb }) => verb)),
    isDestructive: all.some(({ isDestructive }) => isDestructive),
    isUnread: all.some(({ isUnread }) => isUnread),
  };
}

/** Adds the effect of the arguments, which can exceed that of the name if a function sends any request. */
function withRequestedEffect(identified: IdentifiedCall, { given, functionName, address }: Call): IdentifiedCall {
  const name = functionName ?? address.path[0];
  const effect = requestedEffect(given, name);
  const verb = strictest(identified.verb, effect.isAdmin ? 'ADMIN' : effect.changes ? 'WRITE' : 'READ');
  const setting = verb === 'READ' ? undefined : settingEffect(given, fieldName(name ?? '').name);
  return {
    ...identified,
    verb: setting?.isAdmin ? 'ADMIN' : verb,
    isDestructive: identified.isDestructive || effect.isDestructive,
    operationAliases: otherNames(identified, setting?.operations ?? []),
    categories: distinct([
      ...identified.categories,
      ...(effect.runsCode ? ['code'] : []),
      ...(setting?.categories ?? []),
    ]),
  };
}

function identifyByUrl(call: Call): IdentifiedCall | undefined {
  const { method, given, functionName } = call;
  const { host, path, query } = call.address;
  if (host === undefined) return undefined;
  const aws = awsOperation(method, host, path, query, given, functionName);
  if (aws) {
    const aliases = [...AWS.aliases, `aws_${aws.service}`, aws.service];
    const isSeveral = aws.operationAliases.length > 0;
    const isUnread = aws.isUnread && !call.isDeclared;
    return {
      ...aws,
      tool: AWS.tool,
      aliases,
      categories: [aws.category],
      captured: {},
      isVendors: true,
      isSeveral,
      isUnread,
    };
  }
  const found = findOperation(method, host, path);
  if (!found) return undefined;
  const { service, captured, isVendors } = found;
  const { category, ...meaning } = meaningFound(found, call);
  return {
    ...meaning,
    tool: service.tool,
    aliases: service.aliases,
    categories: listed(category),
    captured,
    isVendors,
    isUnread: found.operation ? meaning.operation === 'batch' : call.graphql?.isUnread === true,
  };
}

function meaningFound({ service, operation, rest }: FoundOperation, call: Call): Meaning {
  const { method, functionName, given, isDeclared, isChosen, graphql, address } = call;
  if (operation) {
    const isDefaultUrl = !isDeclared && !isChosen && functionName !== undefined && address.href === SLACK_DEFAULT_URL;
    return isDefaultUrl ? meaningOfSlackCall(meaningOf(operation), functionName, method, given) : meaningOf(operation);
  }
  if (graphql) return meaningOfGraphql(service, graphql);
  const [only = functionName, ...more] = rest;
  if (only !== undefined && more.length === 0 && (only === functionName || isFunctionName(only))) {
    return meaningOfName(service, only, method);
  }
  return meaningOfPath(method, rest);
}

/** Returns true for a function's name. Segments of an API's path are nouns: one word, or several without a verb. */
function isFunctionName(segment: string): boolean {
  const { words, does } = readName(segment);
  return words.length > 1 && does !== 'unknown';
}

/** @param path the path of the URL, whose meaning counts besides the name */
function identifyByName(call: Call, path: readonly string[]): IdentifiedCall {
  const { functionName, method, given, graphql } = call;
  const { host } = call.address;
  const name = functionName ?? (host === undefined ? path[0] : undefined);
  const way = host === undefined ? [] : path;
  const document = graphql && meaningOfGraphql(undefined, graphql);
  const { category, otherCategories, ...own } =
    name === undefined
      ? { ...(document ?? meaningOfPath(method, way)), otherCategories: [], aliases: [] }
      : meaningOfFunction(name, method, way, given);
  const identified: IdentifiedCall = {
    ...own,
    ...(document && own.verb !== 'ADMIN' ? { verb: document.verb } : {}),
    isDestructive: own.isDestructive || document?.isDestructive === true,
    tool: GENERIC,
    aliases: [...own.aliases, ...listed(host)],
    categories: distinct([...listed(category), ...otherCategories]),
    captured: {},
    isVendors: false,
    isUnread: graphql?.isUnread === true,
  };
  return withRequestedEffect(identified, call);
}

export function listed(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
