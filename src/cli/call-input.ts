import { z } from 'zod';
import { describe } from '../runner/call/describe.ts';
import type { Conversation, Decision, ScanRequest } from '../runner/gateway/gateway.ts';
import { freezeJson, type JsonObject } from '../internal/json.ts';
import { nearest } from '../internal/nearest.ts';

const DECISIONS = ['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL'] as const;

/** A call as people write it: what an assistant asked for, and what was said and read before. */
export interface CallInput {
  readonly function: string;
  readonly arguments: JsonObject;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly agent?: string | undefined;
  readonly conversation?: Conversation | undefined;
}

/** A call with the decision that its author expects. */
export interface ExpectedCall extends CallInput {
  readonly name?: string | undefined;
  readonly expect: { readonly decision: Decision['decision']; readonly rule?: string | undefined };
}

const text = (error: string) => z.string({ error }).min(1, error);
const decision = z.enum(DECISIONS, { error: `must be one of ${DECISIONS.join(', ')}` });

const toolOutput = z.strictObject({
  functionName: text('must be the name of the tool'),
  output: z.string({ error: 'must be what the tool returned, as a text' }),
});

const call = z.strictObject({
  function: text('must be the name of the function'),
  arguments: z.record(z.string(), z.unknown(), { error: 'must be an object, such as {}' }),
  method: text('must be an HTTP method').optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' }).optional(),
  agent: text('must be the name of an agent').optional(),
  conversation: z
    .strictObject({
      userMessages: z.array(z.string(), { error: 'must be a list of texts' }).default([]),
      toolOutputs: z.array(toolOutput, { error: 'must be a list of { functionName, output }' }).default([]),
    })
    .optional(),
});

const expectation = z.union(
  [
    decision.transform((word) => ({ decision: word })),
    z.strictObject({ decision, rule: text('must be a rule_id').optional() }),
  ],
  { error: `must be one of ${DECISIONS.join(', ')}, or { "decision": …, "rule": … }` },
);

const expectedCall = call.extend({ name: text('must be a text').optional(), expect: expectation });

/** The call in a text of JSON, or what is wrong with it. */
export function readCall(json: string): CallInput | string {
  return read(json, call);
}

/** The same, with `expect` and `name`. */
export function readExpectedCall(json: string): ExpectedCall | string {
  return read(json, expectedCall);
}

/** What the gateway is asked: method and address are told from the name where they are not given, as in a guarded run. */
export function scanRequestOf({
  function: functionName,
  arguments: body,
  method,
  url,
  agent,
  ...rest
}: CallInput): ScanRequest {
  const described = describe(functionName, body, undefined);
  return {
    functionName,
    method: method?.toUpperCase() ?? described.method,
    // What the author of the call writes is what a tool's own target is.
    ...(url === undefined ? { url: described.url } : { url, isTargetDeclared: true }),
    body,
    runtimeType: 'openai_assistants',
    ...(agent === undefined ? {} : { agentName: agent }),
    ...(rest.conversation === undefined ? {} : { conversation: rest.conversation }),
  };
}

function read<Value>(json: string, schema: z.ZodType<Value>): Value | string {
  let value: unknown;
  try {
    value = freezeJson(JSON.parse(json) as unknown);
  } catch (error) {
    return error instanceof SyntaxError
      ? 'is not JSON'
      : `has ${error instanceof Error ? error.message : String(error)}`;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // A misspelt key is why another one is missing.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return issue ? problemOf(issue, value) : 'is no call';
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const meant = issue.path.length === 0 ? nearest(key, Object.keys(expectedCall.shape)) : undefined;
    return `has the unknown key "${[path, key].filter(Boolean).join('.')}"${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  }
  if (path === '') return 'must be an object such as {"function":"send_email","arguments":{}}';
  const isMissing = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  return `${isMissing === undefined ? 'lacks ' : ''}${path}${isMissing === undefined ? ', which' : ''} ${issue.message}`;
}
