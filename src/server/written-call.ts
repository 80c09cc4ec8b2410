import { z } from 'zod';
import { describe } from '../runner/call/describe.ts';
import type { ScanRequest } from '../runner/gateway/gateway.ts';
import { ambiguities } from '../internal/exact-json.ts';
import { freezeJson } from '../internal/json.ts';
import { pathText } from '../internal/json-path.ts';
import { nearest } from '../internal/nearest.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { messageOf } from '../internal/error-message.ts';

export const text = (error: string) => z.string({ error }).min(1, error);
const toolOutput = z.strictObject({
  functionName: text('must be the name of the tool'),
  output: z.string({ error: 'must be a string: the output of the tool' }),
  arguments: z.record(z.string(), z.unknown(), { error: 'must be an object, such as {}' }).exactOptional(),
  returns: z.enum(['trusted', 'untrusted'], { error: "must be 'trusted' or 'untrusted'" }).exactOptional(),
});

export const callSchema = z.strictObject({
  function: text('must be the name of the function'),
  arguments: z.record(z.string(), z.unknown(), { error: 'must be an object, such as {}' }),
  method: text('must be an HTTP method').optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) URL' }).optional(),
  agent: text('must be the name of an agent').optional(),
  principal: z
    .strictObject({
      id: text('must be the id of the principal'),
      roles: z.array(z.string(), { error: 'must be an array of strings' }).exactOptional(),
      attributes: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]), {
          error: 'must be an object of strings, numbers and booleans',
        })
        .exactOptional(),
    })
    .optional(),
  conversation: z
    .strictObject({
      userMessages: z.array(z.string(), { error: 'must be an array of strings' }).default([]),
      toolOutputs: z.array(toolOutput, { error: 'must be an array of { functionName, output }' }).default([]),
    })
    .optional(),
});

/** A tool call as people write it, in files, on stdin and on the page, with the conversation before it. */
export type CallInput = z.output<typeof callSchema>;

/** Parses a call. Returns the problem of an invalid one, to follow "the call". */
export function readCall(json: string): CallInput | string {
  return readWith(json, callSchema);
}

/** Builds the scan request of a call. Without `method` and `url`, both follow from the name, as in a guarded run. */
export function scanRequestOf(call: CallInput): ScanRequest {
  const { function: functionName, arguments: body, method, url, agent: agentName, principal, conversation } = call;
  const described = describe(functionName, body, undefined);
  return {
    functionName,
    method: method?.toUpperCase() ?? described.method,
    // The author's URL counts as the tool's declared target.
    ...(url === undefined ? { url: described.url } : { url, isTargetDeclared: true }),
    body,
    runtimeType: 'openai_assistants',
    ...omitUndefined({ agentName, principal, conversation }),
  };
}

/** Parses JSON that every parser reads alike. */
export function parseExactly(json: string): { readonly value: unknown } | string {
  let value: unknown;
  try {
    value = freezeJson(JSON.parse(json) as unknown);
  } catch (error) {
    return error instanceof SyntaxError ? 'is not JSON' : `has ${messageOf(error)}`;
  }
  // The gateway server refuses such a call, and a run does not make it.
  for (const { path, problem } of ambiguities(json)) return `is ambiguous at "${pathText(path)}". ${problem}`;
  return { value };
}

export function readWith<Value>(json: string, schema: z.ZodType<Value> & { readonly shape: object }): Value | string {
  const parsed = parseExactly(json);
  if (typeof parsed === 'string') return parsed;
  const { value } = parsed;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Report a misspelt key first: it is the reason why another one is missing.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return issue ? problemOf(issue, value, Object.keys(schema.shape)) : 'is not a call';
}

/** Names of other formats: `name` is the function's name in the Assistants and Responses APIs. */
const ALIASES: Readonly<Record<string, string>> = {
  name: 'function',
  tool: 'function',
  tool_name: 'function',
  args: 'arguments',
  input: 'arguments',
  parameters: 'arguments',
};

function problemOf(issue: z.core.$ZodIssue, value: unknown, known: readonly string[]): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const alias = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
    const meant = issue.path.length === 0 ? (alias ?? nearest(key, known)) : undefined;
    const remedy = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    return `has the unknown key "${[path, key].filter(Boolean).join('.')}".${remedy}`;
  }
  if (path === '') return 'must be an object such as {"function":"send_email","arguments":{}}';
  const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  return `${given === undefined ? 'is missing ' : ''}"${path}"${given === undefined ? ', which' : ''} ${issue.message}`;
}
