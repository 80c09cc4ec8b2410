import { z } from 'zod';
import type { OutputRequest, ScanRequest } from '../runner/gateway/gateway.ts';
import type { JsonObject } from '../internal/json.ts';
import { pathText } from '../internal/json-path.ts';
import { targetOf } from '../embedded/catalog/target-of.ts';
import { parseContext } from './scan-context.ts';
import { invalidRequest } from './http-error.ts';
import { shortString, validate } from './read-request.ts';
import { decodedPart, parseUrl, urlProblem } from '../internal/url.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/**
 * The URL of a call, normalized (lower-case host, no default port, percent-encoded path). The gateway scans, shows and
 * approves the normalized form.
 */
const callUrl: z.ZodType<string> = z
  .string('It must be a string.')
  .superRefine((text, context) => {
    const message = urlProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .transform((text) => parseUrl(text)?.href ?? text);

const roleSchema = z
  .array(shortString(200), 'It must be an array of strings.')
  .max(100, 'It must have at most 100 items.');
const attributeSchema = z.union(
  [shortString(1_000), z.number(), z.boolean()],
  'It must be a string of at most 1000 characters, a number, true or false.',
);

/** Our extension: the principal of a run, as the holder of the key claims it. */
const principalSchema = z.object(
  {
    id: shortString(200).min(1, 'It must not be empty.'),
    roles: roleSchema.exactOptional(),
    attributes: z.record(shortString(200), attributeSchema, 'It must be an object.').exactOptional(),
  },
  'It must be { id, roles, attributes }, of which roles and attributes are optional.',
);

/** The body of `POST /v1/scan`. Accepts unknown fields, which a newer client may send. */
const scanSchema = z.looseObject({
  method: shortString(20).regex(/^[A-Za-z]+$/, 'It must be an HTTP method.'),
  url: callUrl,
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.unknown(), 'It must be an object.').nullish(),
  agent_id: shortString(200).nullish(),
  agent_name: shortString(200).nullish(),
  runtime_type: shortString(200).nullish(),
  context: z.string('It must be a string.').nullish(),
  x_context_cut: z.boolean('It must be true or false.').nullish(),
  x_principal: principalSchema.nullish(),
  x_thread_id: shortString(200).min(1, 'It must not be empty.').nullish(),
  x_run_id: shortString(400).min(1, 'It must not be empty.').nullish(),
  x_needs_approval: z.boolean('It must be true or false.').nullish(),
  x_takes_edits: z.boolean('It must be true or false.').nullish(),
});

/** The body of `POST /v1/scan/response`. */
const outputSchema = z.looseObject({
  trace_id: shortString(200),
  response_body: z.unknown().optional(),
  x_call: z.looseObject({ x_has_media: z.boolean('It must be true or false.').optional() }).optional(),
  response_status: z.union([z.number(), z.string()], 'It must be a number or a string.').nullish(),
});

const SCAN_EXAMPLE = {
  method: 'POST',
  url: 'https://tools.invalid/send_email',
  body: { to: 'ann@example.com' },
};
const OUTPUT_EXAMPLE = { trace_id: '…', response_body: { text: '…' } };

/** A call and its HTTP headers. */
interface WireScan {
  readonly request: ScanRequest;
  readonly headers?: JsonObject;
}

/** @throws HttpError 400 */
export function parseScan(body: JsonObject): WireScan {
  const wire = validate(scanSchema, body, SCAN_EXAMPLE);
  const call = { method: wire.method.toUpperCase(), url: wire.url, body: wire.body ?? null };
  const runtimeType = wire.runtime_type ?? '';
  const conversation = parseContext(wire.context ?? '', runtimeType, wire.x_context_cut ?? false);
  const agent = { agentId: wire.agent_id ?? undefined, agentName: wire.agent_name ?? undefined };
  const run = {
    principal: wire.x_principal ?? undefined,
    threadId: wire.x_thread_id ?? undefined,
    runId: wire.x_run_id ?? undefined,
  };
  const flags = { needsApproval: wire.x_needs_approval ?? undefined, takesEdits: wire.x_takes_edits ?? undefined };
  const request = {
    functionName: functionNameOf(call),
    ...call,
    runtimeType,
    ...omitUndefined({ ...agent, ...run, ...flags, conversation }),
  };
  const headers = wire.headers ?? {};
  checkHeaderNames(headers);
  // An approval covers the headers: an empty object must equal no headers.
  return Object.keys(headers).length === 0 ? { request } : { request, headers };
}

/** Accepts only tokens (RFC 9110, section 5.6.2): a client could send any other name as a different header. */
function checkHeaderNames(headers: JsonObject): void {
  const invalidName = Object.keys(headers).find((name) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name));
  if (invalidName !== undefined) {
    throw invalidRequest(pathText(['headers', invalidName]), 'It is not a valid header name.');
  }
}

/**
 * Parses a report of an output. With `x_call`, an extension, the gateway also judges it: the call as in `POST /v1/scan`.
 *
 * @throws HttpError 400
 */
export function parseToolOutput(body: JsonObject): { readonly output: unknown; readonly request?: OutputRequest } {
  const wire = validate(outputSchema, body, OUTPUT_EXAMPLE);
  const output = wire.response_body ?? null;
  if (!wire.x_call) return { output };
  const texts = z.array(z.string()).safeParse(output).data;
  if (!texts) throw invalidRequest('response_body', 'With x_call, it must be an array of strings.');
  const { request: call } = parseScan(wire.x_call);
  return { output, request: { call, texts, hasMedia: wire.x_call.x_has_media ?? false, traceId: wire.trace_id } };
}

/** The host that the runner uses for a tool without a URL; the path is the function's name. */
const NO_HOST = 'tools.invalid';

/** Derives the function's name, which the wire format lacks: the path of a tool without a URL, else the operation. */
function functionNameOf(call: { readonly method: string; readonly url: string; readonly body: unknown }): string {
  const { hostname, pathname } = new URL(call.url);
  const [name = ''] = pathname.split('/').filter((part) => part !== '');
  return hostname === NO_HOST && name !== '' ? decodedPart(name) : targetOf(call).operation;
}
