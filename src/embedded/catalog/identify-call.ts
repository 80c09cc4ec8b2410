import { strictest } from './target.ts';
import type { Address } from './address.ts';
import type { Argument } from './arguments.ts';
import { askedBy } from './requested-effect.ts';
import { AWS, awsOperation } from './aws-operation.ts';
import { findOperation, type Found } from './find-operation.ts';
import type { GraphqlReading } from './graphql.ts';
import {
  meaningOf,
  meaningOfGraphql,
  meaningOfName,
  meaningOfOwn,
  meaningOfPath,
  namesOf,
  type Meaning,
} from './meaning.ts';
import { meaningOfPosted } from './posted.ts';
import { readName } from './read-name.ts';

/** A request, read as far as nobody's tables are needed. */
export interface Call {
  readonly method: string;
  readonly address: Address;
  readonly functionName: string | undefined;
  readonly isDeclared: boolean;
  /** Whether the address is one of the arguments: then the model chose it. */
  readonly isChosen: boolean;
  readonly given: readonly Argument[];
  /** Of a request to a GraphQL API. */
  readonly graphql: GraphqlReading | undefined;
}

export interface Known extends Omit<Meaning, 'category'> {
  readonly tool: string;
  readonly aliases: readonly string[];
  readonly categories: readonly string[];
  readonly captured: Found['captured'];
  /** Whether the host is a vendor's, which receives nothing in its own name. */
  readonly isVendors: boolean;
  readonly resource?: string | undefined;
}

/** A tool that is no known service. */
export const GENERIC = 'custom_proxy';
/** What the runner writes for every function whose name says Slack. */
const SLACK_STAND_IN = 'https://slack.com/api/chat.postMessage';

/** Which service a call is for, if any, and what it does there. */
export function knownOf(call: Call): Known {
  const { functionName, isDeclared, isChosen, address } = call;
  const service = serviceTarget(call);
  if (!service) return ownTarget(call, address.path);
  if (functionName === undefined) return service;
  const named = { ...service, aliases: distinct([...service.aliases, ...namesOf(functionName)]) };
  if (isDeclared) return named;
  const isStandIn = !isChosen && (address.path.at(-1) === functionName || address.href === SLACK_STAND_IN);
  if (isStandIn) return withAsked({ ...named, operationAliases: otherNames(named, namesOf(functionName)) }, call);
  const own = ownTarget(call, []);
  return {
    ...service,
    aliases: distinct([...service.aliases, ...own.aliases, ...(isChosen ? [GENERIC] : [])]),
    operationAliases: otherNames(service, [own.operation, ...own.operationAliases]),
    categories: distinct([...service.categories, ...own.categories]),
    verb: strictest(service.verb, own.verb),
    isDestructive: service.isDestructive || own.isDestructive,
  };
}

function otherNames({ operation, operationAliases }: Known, more: readonly string[]): readonly string[] {
  return distinct([...operationAliases, ...more]).filter((name) => name !== operation);
}

/** Arguments say what to do of a function that manages something, or sends any request. */
function withAsked(known: Known, { given, functionName, address }: Call): Known {
  const asked = askedBy(given, functionName ?? address.path[0]);
  const verb = asked.isAdmin ? 'ADMIN' : asked.changes ? 'WRITE' : 'READ';
  return {
    ...known,
    verb: strictest(known.verb, verb),
    isDestructive: known.isDestructive || asked.isDestructive,
  };
}

function serviceTarget(call: Call): Known | undefined {
  const { method, given, functionName } = call;
  const { host, path, query } = call.address;
  if (host === undefined) return undefined;
  const aws = awsOperation(method, host, path, query, given, functionName);
  if (aws) {
    const aliases = [...AWS.aliases, `aws_${aws.service}`, aws.service];
    return { ...aws, tool: AWS.tool, aliases, categories: [aws.category], captured: {}, isVendors: true };
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
  };
}

function meaningFound({ service, operation, rest }: Found, call: Call): Meaning {
  const { method, functionName, given, isDeclared, isChosen, graphql, address } = call;
  if (operation) {
    const isStandIn = !isDeclared && !isChosen && functionName !== undefined && address.href === SLACK_STAND_IN;
    return isStandIn ? meaningOfPosted(meaningOf(operation), functionName, method, given) : meaningOf(operation);
  }
  if (graphql) return meaningOfGraphql(service, graphql);
  const [only = functionName, ...more] = rest;
  if (only !== undefined && more.length === 0 && (only === functionName || isFunctionName(only))) {
    return meaningOfName(service, only, method);
  }
  return meaningOfPath(method, rest);
}

/** A path of an API is a thing, or several words of which none does anything. */
function isFunctionName(segment: string): boolean {
  const { words, does } = readName(segment);
  return words.length > 1 && does !== 'unknown';
}

/** @param path what the address says besides the name */
function ownTarget(call: Call, path: readonly string[]): Known {
  const { functionName, method, given, graphql } = call;
  const { host } = call.address;
  const name = functionName ?? (host === undefined ? path[0] : undefined);
  const way = host === undefined ? [] : path;
  const document = graphql && meaningOfGraphql(undefined, graphql);
  const { category, otherCategories, ...own } =
    name === undefined
      ? { ...(document ?? meaningOfPath(method, way)), otherCategories: [], aliases: [] }
      : meaningOfOwn(name, method, way, given);
  const known: Known = {
    ...own,
    ...(document && own.verb !== 'ADMIN' ? { verb: document.verb } : {}),
    isDestructive: own.isDestructive || document?.isDestructive === true,
    tool: GENERIC,
    aliases: [...own.aliases, ...listed(host)],
    categories: distinct([...listed(category), ...otherCategories]),
    captured: {},
    isVendors: false,
  };
  return withAsked(known, call);
}

export function listed(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
