import { EndRun } from '../errors.ts';
import { raceAbort } from '../internal/abort.ts';
import { freezeJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { describe } from './describe.ts';
import { dispatch, type Dispatched } from './dispatch.ts';
import type { ToolCall } from './driver.ts';
import { say, STANDARD_MESSAGES, type MessageFacts, type Messages } from './messages.ts';
import type { Executed, Outcome } from './outcome.ts';
import { monitor } from './monitor.ts';
import { outputText } from './output.ts';
import type { Provenance } from './provenance.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { CheckedCall, RecordDraft, RunState, TurnPlace } from './run-state.ts';
import { settle } from './settle.ts';

/** A tool of text is no tool for JSON, nor the other way about: the model has made it up. */
const TAKES = { function: 'json', text: 'text' } as const;

/**
 * Takes one tool call from the model's words to its output: parse, check, describe, scan, settle, dispatch. Never
 * rejects; whatever happens, the call's record ends with one outcome and one output.
 *
 * @param before the previous call of the same `sequential` tool: this one's handler starts when that call is done
 */
export async function guard(
  call: ToolCall,
  draft: RecordDraft,
  turn: TurnPlace,
  run: RunState,
  before: Promise<unknown> | undefined,
): Promise<void> {
  try {
    const checked = await check(call, turn, run, draft);
    if ('refused' in checked) {
      if (checked.error !== undefined) draft.error = checked.error;
      conclude(draft, run, checked.refused);
      return;
    }
    const verdict = isMonitored(checked.tool, run) ? await monitor(checked, run) : await settle(checked, run);
    if (verdict.verdict === 'block') {
      const refused = verdict.outcome === 'denied' || verdict.outcome === 'approval_denied';
      if (refused) run.memory.denied(call, checked.args, turn.number);
      conclude(draft, run, verdict.outcome);
    } else if (checked.tool) {
      if (before) await raceAbort(before, turn.signal);
      concludeDispatched(draft, run, await dispatch(checked, checked.tool, verdict.input, run), verdict);
    } else {
      // Approved: now the API's own server runs it, and we do not see how it ends.
      conclude(draft, run, 'allowed', { executed: 'unknown' });
    }
  } catch (error) {
    if (!turn.signal.aborted) draft.error = error;
    conclude(draft, run, run.signal.aborted ? 'aborted' : turn.signal.aborted ? 'not_run' : 'scan_rejected');
  }
}

/** The record of a call that nobody has looked at yet. */
export function openRecord({ callId, name, server, subagentId }: ToolCall, turn: number): RecordDraft {
  const asker = { ...(server === undefined ? {} : { server }), ...(subagentId === undefined ? {} : { subagentId }) };
  return { callId, name, ...asker, turn, reasonCodes: [], outcome: 'not_run', executed: 'no', output: '' };
}

/** A call that the API's own server runs has the runner's mode. */
function isMonitored(tool: RegisteredTool | undefined, run: RunState): boolean {
  return (tool?.mode ?? run.settings.mode) === 'monitor';
}

interface Refused {
  readonly refused: Outcome;
  readonly error?: unknown;
}

/** Everything that is known before the gateway is asked. Until the first `await` it runs in the model's order. */
async function check(
  call: ToolCall,
  turn: TurnPlace,
  run: RunState,
  draft: RecordDraft,
): Promise<CheckedCall | Refused> {
  // What the API's own server runs is no tool of ours, whatever its name.
  const tool = call.kind === 'approval' ? undefined : run.settings.tools.get(call.name);
  const inBudget = run.memory.spend(call, tool?.limit ?? Infinity);
  if (call.refused) return { refused: call.refused };
  if (call.kind !== 'approval' && tool?.takes !== TAKES[call.kind]) return { refused: 'unknown_tool' };
  if (!inBudget) return { refused: 'budget_exceeded' };

  let args: JsonObject;
  try {
    args = call.kind === 'text' ? Object.freeze({ input: call.arguments }) : parseArguments(call.arguments);
  } catch (error) {
    return { refused: 'invalid_arguments', error };
  }

  const denials = run.memory.denials(call, args, turn.number);
  if (denials > 1) {
    run.end(
      new EndRun(
        'repeated_denial',
        `The model asked a third time for a call of "${call.name}" that was denied (${call.callId}): tell the assistant what it may not do.`,
      ),
    );
  }
  if (denials > 0) {
    run.memory.denied(call, args, turn.number);
    return { refused: 'repeated' };
  }

  // Nothing is asked or started whose answer would come too late.
  if (Date.now() >= turn.deadline) return { refused: 'not_run' };

  const checked = tool ? await raceAbort(tool.check(args), turn.signal) : { fits: true as const, input: args };
  if (!checked.fits) return { refused: 'invalid_arguments', error: checked.error };
  const request = scanRequest(call, args, tool, run);
  draft.target = { method: request.method, url: request.url };
  return { call, tool, turn, args, input: checked.input, request, draft };
}

/**
 * The arguments as the object that is scanned and run. No text at all means no arguments, as some servers write it.
 *
 * @throws SyntaxError or TypeError when the text is not a JSON object that can be trusted
 */
export function parseArguments(text: string): JsonObject {
  if (text.trim() === '') return Object.freeze({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the arguments.
    throw new SyntaxError('The arguments are not JSON.');
  }
  if (!isJsonObject(value)) throw new TypeError('The arguments are not a JSON object.');
  return freezeJson(value);
}

function scanRequest(
  call: ToolCall,
  args: JsonObject,
  tool: RegisteredTool | undefined,
  run: RunState,
): CheckedCall['request'] {
  const { agentId, agentName } = run.settings;
  return Object.freeze({
    functionName: call.name,
    ...describe(call.name, args, tool),
    body: args,
    runtimeType: 'openai_assistants',
    ...(agentId === undefined ? {} : { agentId }),
    ...(agentName === undefined ? {} : { agentName }),
  });
}

function concludeDispatched(
  draft: RecordDraft,
  run: RunState,
  dispatched: Dispatched,
  verdict: { readonly outcome: 'allowed' | 'sanitized'; readonly fields: readonly string[] },
): void {
  switch (dispatched.end) {
    case 'returned':
      try {
        const output = outputText(dispatched.value);
        conclude(draft, run, verdict.outcome, { executed: 'yes', output, fields: verdict.fields });
      } catch (error) {
        draft.error = error;
        conclude(draft, run, 'handler_error', { executed: 'yes' });
      }
      return;
    case 'threw':
      draft.error = dispatched.error;
      conclude(draft, run, 'handler_error', { executed: 'yes' });
      return;
    case 'timeout':
    case 'aborted':
      if (dispatched.error !== undefined) draft.error = dispatched.error;
      conclude(draft, run, dispatched.end === 'timeout' ? 'handler_timeout' : 'aborted', { executed: 'unknown' });
      return;
    case 'not_started':
      conclude(draft, run, run.signal.aborted ? 'aborted' : 'not_run');
  }
}

/** What a message may say of a call. */
export function factsOf(draft: RecordDraft, outputBytes = 0): MessageFacts {
  const { name, reasonCodes, approvalUrl, error } = draft;
  return { name, reasonCodes, approvalUrl, error, fields: [], outputBytes };
}

/** Writes down what became of the call, and the words for the model. */
function conclude(
  draft: RecordDraft,
  run: RunState,
  outcome: Outcome,
  {
    executed = 'no',
    output = '',
    fields = [],
  }: { executed?: Executed; output?: string; fields?: readonly string[] } = {},
): void {
  const facts = { ...factsOf(draft), fields };
  draft.outcome = outcome;
  draft.executed = executed;
  if (outcome === 'allowed') draft.output = output;
  else if (outcome !== 'sanitized') draft.output = say(run.settings.messages, outcome, facts);
  else draft.output = fields.length > 0 ? `${say(run.settings.messages, 'sanitized', facts)}\n\n${output}` : output;
  if (run.provenance && executed !== 'no') noteOutput(draft, run.provenance, run.settings.messages, output);
}

/** What a tool returned; and where the developer's own words stand for it, these: they may quote an error's text. */
function noteOutput(
  { name, outcome, output }: RecordDraft,
  provenance: Provenance,
  messages: Messages,
  returned: string,
): void {
  const isReturned = outcome === 'allowed' || outcome === 'sanitized';
  const text = isReturned ? returned : messages[outcome] === STANDARD_MESSAGES[outcome] ? '' : output;
  if (text !== '') provenance.note({ toolOutputs: [{ functionName: name, output: text }] });
}
