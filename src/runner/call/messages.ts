import { ArgumentsError } from './argument-problems.ts';
import type { CallRecord, Outcome } from './outcome.ts';

/** Facts that a message may use. */
export interface MessageFacts {
  readonly name: string;
  readonly reasonCodes: readonly string[];
  /** The policy that decided, if the gateway names it. */
  readonly policyName: string | undefined;
  /** The rule's reason in plain words, if its author wrote one. */
  readonly reason: string | undefined;
  readonly approvalUrl: string | undefined;
  /** Paths of the arguments that the gateway redacted (SANITIZE) or an approver edited. */
  readonly fields: readonly string[];
  /** Thrown error. The standard messages never quote it. */
  readonly error: unknown;
  /** What is wrong with invalid arguments: paths and rules, such as `todos: expected array, received string`. */
  readonly problems: readonly string[];
  /** Original size in bytes of a truncated output. */
  readonly outputBytes: number;
}

export type Message = (facts: MessageFacts) => string;

/**
 * Messages to the model by outcome. A message replaces the tool's output, except that `sanitized` and `edited` precede
 * the output and `output_cut` follows a truncated one.
 */
export type Messages = Readonly<Record<Exclude<Outcome, 'allowed'> | 'output_cut', Message>>;

const MAX_FIELDS = 20;
const MAX_NAME = 100;
const MAX_REASON = 500;

/** Constant messages: no exception text, internals or values. The first two match the Python package. */
export const STANDARD_MESSAGES: Messages = {
  denied: ({ reasonCodes, policyName, reason }) => {
    const why = [
      ...(reasonCodes.length > 0 ? [reasonCodes.join(', ')] : []),
      ...(policyName === undefined ? [] : [`policy ${JSON.stringify(policyName.slice(0, MAX_NAME))}`]),
    ];
    const blocked = why.length > 0 ? `Tool blocked by Interven: ${why.join('; ')}` : 'Tool blocked by Interven.';
    return withReason(blocked, reason);
  },
  approval_pending: ({ approvalUrl, reason }) => {
    const where = approvalUrl ? ` at ${approvalUrl}` : '';
    return withReason(`Action requires human approval${where}. Retry in a few minutes.`, reason);
  },
  approval_denied: () => 'A person was asked to approve this action and refused. Do not retry it.',
  approval_expired: () => 'This action needed human approval, which did not arrive in time. It was not run.',
  scan_unavailable: () => 'Tool not run: its safety check is unavailable. Retry later.',
  scan_rejected: () => 'Tool not run: its safety check gave no valid answer. Do not retry.',
  sanitized_invalid: () =>
    'Tool not run: without the sensitive parts of its arguments it cannot work. Leave them out and call it again.',
  edited_invalid: () => 'Tool not run: a reviewer changed its arguments, and it cannot work with the changed ones.',
  too_large: () => 'Tool not run: its arguments are too large to be checked. Call it with less.',
  unknown_tool: ({ name }) => `There is no tool named ${JSON.stringify(name.slice(0, MAX_NAME))}.`,
  invalid_arguments: ({ problems }) =>
    ["Tool not run: its arguments do not fit the tool's parameters. Correct them and call it again.", ...problems].join(
      '\n',
    ),
  handler_error: () => 'The tool failed. It may have done part of its work: verify before you call it again.',
  handler_timeout: () =>
    'The tool did not finish in time. It may or may not have done its work: verify before you call it again.',
  output_withheld: ({ reasonCodes, reason }) => {
    const why = reasonCodes.length > 0 ? `: ${reasonCodes.join(', ')}` : '';
    return `${withReason(`The tool ran, and a safety check withheld its output${why}.`, reason)} Do not call it again to get it.`;
  },
  budget_exceeded: () => 'Tool not run: this run has used up its calls. Answer with what you have.',
  over_budget: () => 'Tool not run: this run has used up its budget of tokens.',
  repeated: () => 'Tool not run: this very call was denied before. Do not repeat it.',
  aborted: () => 'The run was ended while this call was in flight.',
  not_run: () => 'Tool not run: the run is about to end.',
  in_doubt: () =>
    'It is not known whether this call did its work before an interruption. Verify before you call it again.',
  output_cut: ({ outputBytes }) => `[cut: the output had ${outputBytes} bytes, which is more than fits]`,
  sanitized: ({ fields }) =>
    `Sensitive content was removed from these arguments before the tool ran: ${listOf(fields)}.`,
  edited: ({ fields }) => `A reviewer changed these arguments before the tool ran: ${listOf(fields)}.`,
};

function listOf(fields: readonly string[]): string {
  const more = fields.length > MAX_FIELDS ? ` and ${fields.length - MAX_FIELDS} more` : '';
  return `${fields.slice(0, MAX_FIELDS).join(', ')}${more}`;
}

function withReason(message: string, reason: string | undefined): string {
  if (reason === undefined) return message;
  return `${message.replace(/\.$/, '')}. Reason: ${reason.slice(0, MAX_REASON)}`;
}

/** The facts of a call's record that its message may use. */
export function messageFacts(record: CallRecord, outputBytes = 0): MessageFacts {
  const { name, approvalUrl, fields, error, outcome, outputScan } = record;
  const { reasonCodes, policyName, reason } = outcome === 'output_withheld' && outputScan ? outputScan : record;
  const problems = error instanceof ArgumentsError ? error.lines : [];
  return { name, reasonCodes, policyName, reason, approvalUrl, fields, error, problems, outputBytes };
}

/** Builds a message. If a custom message throws or returns no string, the standard one is used. */
export function say(messages: Messages, key: keyof Messages, facts: MessageFacts): string {
  try {
    const text: unknown = messages[key](facts);
    if (typeof text === 'string') return text.toWellFormed();
    // Async messages are not supported; ignore their rejections.
    Promise.resolve(text).catch(() => undefined);
  } catch {
    // The call needs an output, so use the standard message.
  }
  return STANDARD_MESSAGES[key](facts).toWellFormed();
}
