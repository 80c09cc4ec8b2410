import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../internal/json.ts';
import { callSchema, parseExactly, readCall, readWith, text, type CallInput } from '../server/written-call.ts';
import { CommandError, type Io } from './command.ts';
import { oneLine } from './format.ts';

export { scanRequestOf } from '../server/written-call.ts';

const DECISIONS = ['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL'] as const;

const decision = z.enum(DECISIONS, { error: `must be one of ${DECISIONS.join(', ')}` });

const expectation = z.union(
  [
    decision.transform((word) => ({ decision: word, rule: undefined })),
    z.strictObject({ decision, rule: text('must be a rule_id').optional() }),
  ],
  { error: `must be one of ${DECISIONS.join(', ')}, or { "decision": …, "rule": … }` },
);

const expectedCall = callSchema.extend({ name: text('must be a non-empty string').optional(), expect: expectation });

/** A call with the decision that its author expects. */
export type ExpectedCall = z.output<typeof expectedCall>;

/**
 * Reads one call from stdin.
 *
 * @throws CommandError without a call, and for an invalid one
 */
export async function callFromStdin({ stdin, log }: Io): Promise<CallInput> {
  if (stdin.isTTY === true) log('Type the call as JSON and finish with Ctrl-D.\n');
  const input = (await readStdin(stdin)).trim();
  if (input === '') {
    throw new CommandError(2, 'No call on stdin. Send one, such as {"function":"send_email","arguments":{}}.');
  }
  const given = readCall(input);
  if (typeof given === 'string') throw new CommandError(2, `The call on stdin ${oneLine(given)}`);
  return given;
}

/** Parses a call with `expect` and `name`. */
export function readExpectedCall(json: string): ExpectedCall | string {
  return readWith(json, expectedCall);
}

/** Parses the arguments of a call. Returns the problem of anything else. */
export function readArguments(json: string): JsonObject | string {
  const parsed = parseExactly(json);
  if (typeof parsed === 'string') return parsed;
  return isJsonObject(parsed.value) ? parsed.value : 'must be an object, such as {}';
}

/** More than any gateway accepts. */
const MAX_STDIN_BYTES = 1_000_000;

/** Reads the whole stream as UTF-8. */
async function readStdin(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > MAX_STDIN_BYTES) throw new CommandError(2, 'stdin is larger than 1 MB, the limit for a call.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}
