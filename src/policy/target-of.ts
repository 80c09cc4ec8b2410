import { isJsonObject, type JsonObject } from '../internal/json.ts';
import { principalsIn } from './principals.ts';
import { AWS, awsOperation } from './services/aws.ts';
import { findOperation, type Found } from './services/find-operation.ts';
import {
  meaningOf,
  meaningOfGraphql,
  meaningOfName,
  meaningOfOwn,
  meaningOfPath,
  type Meaning,
} from './services/meaning.ts';
import { readName } from './services/read-name.ts';
import { segmentsOf } from './services/service.ts';
import { SLACK } from './services/slack.ts';
import { channelsIn, repositoryIn, thingIn } from './services/subject.ts';
import type { Target } from './target.ts';

/** A call as it is scanned. */
interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly functionName?: string | undefined;
}

/** Where a request goes; `host` is absent for a tool without an address. */
interface Address {
  readonly href: string;
  readonly host: string | undefined;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

interface Known extends Meaning {
  readonly tool: string;
  readonly aliases: readonly string[];
  readonly captured: Found['captured'];
  /** Whether the host is a vendor's, which receives nothing in its own name. */
  readonly isVendors: boolean;
  readonly resource?: string | undefined;
}

const GENERIC = 'custom_proxy';
/** Where the runner sends what has no address: a name that resolves to nothing (RFC 2606). */
const NO_HOST = 'tools.invalid';

/**
 * What a request amounts to. A path of a known API counts first; then a path that is a function's name, as the runner writes it
 * where it knows the service by the name only; then the function's name. Never throws.
 */
export function targetOf(request: Request): Target {
  const method = request.method.toUpperCase();
  const address = addressOf(request.url);
  const fields = fieldsOf(request.body, address.query);
  const known = serviceTarget(request, method, address, fields) ?? ownTarget(request, method, address);
  const { tool, captured, operation, category, verb } = known;
  const repository = tool === 'github' || tool === 'gitlab' ? repositoryIn(captured, fields) : {};
  const channels = channelsIn(captured, fields);
  const principals = principalsOf(known, address, fields, request.body);
  const thing = thingIn(captured, fields) ?? principals.find((each) => each !== address.host);
  return {
    tool,
    aliases: known.aliases,
    operation,
    operationAliases: known.operationAliases,
    category,
    verb,
    isDestructive: known.isDestructive,
    method,
    host: address.host,
    org: repository.org,
    repo: repository.repo,
    channel: channels[0],
    channels,
    resource: resourceOf(known, address, repository, channels, thing),
    principals,
  };
}

function serviceTarget(request: Request, method: string, address: Address, fields: JsonObject): Known | undefined {
  const { host, path, query } = address;
  if (host === undefined) return undefined;
  const { body, functionName } = request;
  const aws = awsOperation(method, host, path, query, body, functionName);
  if (aws) {
    const aliases = [...AWS.aliases, `aws_${aws.service}`, aws.service];
    return { ...aws, tool: AWS.tool, aliases, operationAliases: [], captured: {}, isVendors: true };
  }
  const found = findOperation(method, host, path);
  if (!found) return undefined;
  const { service, captured, isVendors } = found;
  const meaning = meaningFound(found, method, fields, functionName);
  return { ...meaning, tool: service.tool, aliases: service.aliases, captured, isVendors };
}

function meaningFound(found: Found, method: string, fields: JsonObject, functionName: string | undefined): Meaning {
  const { service, operation, rest } = found;
  if (operation)
    return service === SLACK ? slackMeaning(meaningOf(operation), functionName, method, fields) : meaningOf(operation);
  if (rest.at(-1)?.toLowerCase() === 'graphql') return meaningOfGraphql(service, fields['query']);
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

/**
 * The runner takes every function whose name says Slack for a message that is posted. One that uploads, deletes or lets somebody
 * in by its name is that; one that only reads by its name is so where the call carries no text that could be posted.
 */
function slackMeaning(posted: Meaning, functionName: string | undefined, method: string, fields: JsonObject): Meaning {
  if (posted.operation !== 'post_message' || functionName === undefined) return posted;
  const named = meaningOfName(SLACK, functionName, method);
  const hasText = MESSAGE_FIELDS.some((field) => Object.hasOwn(fields, field));
  if (named.verb === 'READ') return hasText ? posted : named;
  const isKnown = SLACK.operations.some(({ name }) => name === named.operation);
  if (!isKnown && named.verb !== 'ADMIN' && !named.isDestructive) return posted;
  return hasText ? { ...named, operationAliases: [posted.operation, ...named.operationAliases] } : named;
}

const MESSAGE_FIELDS = ['text', 'message', 'body', 'content', 'blocks', 'attachments', 'markdown_text', 'payload'];

function ownTarget({ functionName, body }: Request, method: string, { host, path }: Address): Known {
  const name = functionName ?? (host === undefined ? path[0] : undefined);
  const aliases = host === undefined ? [] : [host];
  const way = host === undefined ? [] : path;
  const isGraphql = host !== undefined && path.at(-1)?.toLowerCase() === 'graphql';
  const graphql = isGraphql && isJsonObject(body) ? meaningOfGraphql(undefined, body['query']) : undefined;
  const own =
    name === undefined
      ? { ...(graphql ?? meaningOfPath(method, way)), aliases: [] }
      : meaningOfOwn(name, method, way, body);
  const asked =
    graphql && own.verb !== 'ADMIN'
      ? { verb: graphql.verb, isDestructive: own.isDestructive || graphql.isDestructive }
      : {};
  return { ...own, ...asked, tool: GENERIC, aliases: [...own.aliases, ...aliases], captured: {}, isVendors: false };
}

/** Who receives something or is let in. Nobody does where the call only reads, but for a server that anybody could run. */
function principalsOf(known: Known, { host, href }: Address, fields: JsonObject, body: unknown): readonly string[] {
  const { tool, category, verb, captured, isVendors } = known;
  const hosts = isVendors || host === undefined ? [] : [host];
  if (verb === 'READ') return tool === GENERIC ? [] : hosts;
  const letsIn = verb === 'ADMIN' || category === 'permissions' || /(?:^|_)(?:add|invite|share)/.test(known.operation);
  const sendsToUrl = tool === GENERIC || category === 'webhooks' || (fields['url'] === href && category === 'messages');
  const named = principalsIn(isJsonObject(body) ? fields : [fields, body], { letsIn, sendsToUrl });
  return [...new Set([...(captured['principal'] ?? []), ...named, ...hosts])];
}

function resourceOf(
  { tool, operation, resource }: Known,
  { host }: Address,
  { org, repo }: { org?: string | undefined; repo?: string | undefined },
  channels: readonly string[],
  thing: string | undefined,
): string | undefined {
  const channel = channels.length > 0 ? channels.join(',') : undefined;
  if (tool === GENERIC) return [tool, operation, host, channel ?? thing].filter((part) => part !== undefined).join(':');
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

function addressOf(text: string): Address {
  if (!URL.canParse(text)) return { href: text, host: undefined, path: [], query: new URLSearchParams() };
  const url = new URL(text);
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const path = segmentsOf(url.pathname.split('/').map(decoded));
  return { href: text, host: host === NO_HOST || host === '' ? undefined : host, path, query: url.searchParams };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The arguments by name, wherever they stand: in the body, a form's text, or the query; the body counts first. */
function fieldsOf(body: unknown, query: URLSearchParams): JsonObject {
  const form = typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : undefined;
  const fields = isJsonObject(body) ? body : form;
  return query.size === 0 ? (fields ?? {}) : { ...Object.fromEntries(query), ...fields };
}
