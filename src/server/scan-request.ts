import { z } from 'zod';
import type { ScanRequest } from '../runner/gateway/gateway.ts';
import type { JsonObject } from '../internal/json.ts';
import { pathText } from '../embedded/policy/policy-problems.ts';
import { targetOf } from '../embedded/catalog/target-of.ts';
import { callUrl } from './call-url.ts';
import { conversationOf } from './context-text.ts';
import { invalid } from './refusal.ts';

const text = (most: number): z.ZodString =>
  z.string('It must be a text.').max(most, `It must have ${most} characters at most.`);
const anyText = z.string('It must be a text.').nullish();

/** The body of `POST /v1/scan`; fields that are not known pass, as a newer client may send them. */
const scanSchema = z.looseObject({
  method: text(20).regex(/^[A-Za-z]+$/, 'It must be an HTTP method.'),
  url: callUrl,
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.unknown(), 'It must be an object.').nullish(),
  agent_id: text(200).nullish(),
  agent_name: text(200).nullish(),
  runtime_type: text(200).nullish(),
  context: anyText,
});

/** The body of `POST /v1/scan/response`. */
const outputSchema = z.looseObject({
  trace_id: text(200),
  response_body: z.unknown().optional(),
  response_status: z.union([z.number(), z.string()], 'It must be a number or a text.').nullish(),
});

/** A call, and the headers that are sent with it. */
export interface WireScan {
  readonly request: ScanRequest;
  readonly headers?: JsonObject;
}

/** @throws Refusal 400 that names the path at fault */
export function scanOf(sent: JsonObject): WireScan {
  const wire = checked(scanSchema, sent);
  const call = { method: wire.method.toUpperCase(), url: wire.url, body: wire.body ?? null };
  const runtimeType = wire.runtime_type ?? '';
  const conversation = conversationOf(wire.context ?? '', runtimeType);
  const request = {
    functionName: functionNameOf(call),
    ...call,
    runtimeType,
    ...(wire.agent_id == null ? {} : { agentId: wire.agent_id }),
    ...(wire.agent_name == null ? {} : { agentName: wire.agent_name }),
    ...(conversation ? { conversation } : {}),
  };
  const headers = wire.headers ?? {};
  checkNames(headers);
  // None are the same as no headers.
  return Object.keys(headers).length === 0 ? { request } : { request, headers };
}

/** A name is a token (RFC 9110, section 5.6.2): what is none is sent by no client, or as another header. */
function checkNames(headers: JsonObject): void {
  const odd = Object.keys(headers).find((name) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name));
  if (odd !== undefined) throw invalid(pathText(['headers', odd]), 'It is no name of a header.');
}

/** @throws Refusal 400 that names the path at fault */
export function toolOutputOf(sent: JsonObject): unknown {
  return checked(outputSchema, sent).response_body ?? null;
}

/** @throws Refusal 400 that names the path at fault */
export function checked<Schema extends z.ZodType>(schema: Schema, sent: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(sent);
  const [issue] = error?.issues ?? [];
  if (!issue) return data as z.output<Schema>;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  throw invalid(pathText([...issue.path, ...unknown]), unknown.length > 0 ? 'It is not known here.' : issue.message);
}

/** Where the runner sends what has no address: its path is the function's name. */
const NO_HOST = 'tools.invalid';

/** The wire has no function's name. Of a tool without an address it stands in the path; otherwise the operation is taken for it. */
function functionNameOf(call: { readonly method: string; readonly url: string; readonly body: unknown }): string {
  const { hostname, pathname } = new URL(call.url);
  const [name = ''] = pathname.split('/').filter((part) => part !== '');
  return hostname === NO_HOST && name !== '' ? decoded(name) : targetOf(call).operation;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
