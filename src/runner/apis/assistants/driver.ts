import { raceAbort, sleep } from '../../../internal/abort.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import type { Driver, Loop, Turn } from '../../run/driver.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { argumentsString } from '../api.ts';
import { cancelAbandonedRun } from './cancel.ts';
import type { AssistantRun, AssistantsClient, RunBody, SubmitParams } from './client.ts';
import { readThreadHistory } from './history.ts';
import { createRunSnapshot, isTerminal } from './run-snapshot.ts';
import { followRuns } from './runs.ts';
import { isJournaledElsewhere } from './tag.ts';

/**
 * The API rejects outputs that exceed 512 KB together ("must be less than 512kb"). This leaves room for the rest of the
 * request.
 */
const MAX_OUTPUT_BYTES = 500_000;
/** Maximum number of consecutive times that a run may require an action without naming it. */
const MAX_EMPTY_ACTIONS = 5;
/** JavaScript's latest date, in seconds. */
const LAST_SECOND = 8.64e12;

export interface AssistantsRequest {
  readonly client: AssistantsClient;
  readonly threadId: string;
  /** The parameters of a new run, or the id of a run to join. */
  readonly start: { readonly create: RunBody } | { readonly join: string };
  readonly pollIntervalMs: number;
  /** True to stream the run, false to poll it. */
  readonly streams: boolean;
  /** The id of the journal's store; undefined without a journal. */
  readonly journalId: string | undefined;
  /** True if the journal has the run that the driver joins. */
  readonly isResumed: boolean;
}

/**
 * Drives a run of the Assistants API through the client's `createAndPoll` and `submitToolOutputsAndPoll`, or by
 * streaming it.
 */
export function assistantsDriver({
  client,
  threadId,
  start,
  pollIntervalMs,
  streams,
  journalId,
  isResumed,
}: AssistantsRequest): Driver<AssistantRun> {
  return async (loop) => {
    const joined = 'join' in start ? start.join : undefined;
    const api = client.beta.threads.runs;
    const snapshot = createRunSnapshot(loop, joined);
    const runs = followRuns(api, { threadId, pollIntervalMs, streams, journalId }, loop, snapshot);
    if (joined !== undefined && (loop.signal.aborted || !api.poll)) {
      // The driver never joined the run, so it must not cancel it.
      loop.leftOpen();
      if (loop.signal.aborted) throw loop.signal.reason;
      throw new RunFailure('unknown_action', 'The client has no runs.poll, which is needed to join a run.');
    }
    loop.signal.throwIfAborted();
    loop.recall(async (signal) => readThreadHistory(client, threadId, start, signal));

    try {
      let run = await ('join' in start ? runs.poll(start.join) : runs.create(start.create));
      const isUnknown = joined !== undefined && !isResumed;
      if (isUnknown && run.status === 'requires_action' && isJournaledElsewhere(run, journalId))
        throw journalMissingError(run);
      for (let emptyActions = 0; run.status === 'requires_action';) {
        if (run.required_action) {
          emptyActions = 0;
          const turn = turnOf(run, snapshot.clockAheadMs);
          const onAccepted = (): void => {
            loop.submitted(turn.calls);
          };
          run = await runs.submit(run.id, await answer(run, turn, threadId, loop), onAccepted);
          onAccepted();
        } else {
          emptyActions += 1;
          if (emptyActions > MAX_EMPTY_ACTIONS)
            throw new RunFailure('unknown_action', 'The run requires action but names none.');
          await sleep(pollIntervalMs, loop.signal);
          run = await runs.poll(run.id);
        }
      }
      if (isTerminal(run)) return run;
      throw new RunFailure('unknown_status', `The client stopped polling while the run was "${run.status}".`);
    } catch (error) {
      // The run stays as it is, so that it can be resumed.
      if (error instanceof SuspendRun && snapshot.latest) return snapshot.latest;
      // The first reason counts: the time limit may pass during the cleanup.
      const why: unknown = loop.signal.aborted ? loop.signal.reason : error;
      const kept = loop.resumableAs(why);
      if (kept) loop.leftOpen(kept);
      else if (!(await cancelAbandonedRun(api, threadId, snapshot, runs.abandonCreation))) loop.leftOpen();
      throw why;
    }
  };
}

function journalMissingError({ id }: AssistantRun): RunFailure {
  const message = `Run ${id} was started with another journal. Resuming it here could run its calls again. Use that journal (its directory, on its machine), or cancel the run.`;
  return new RunFailure('journal', message, { ownedByAnotherProcess: true });
}

async function answer(run: AssistantRun, turn: Turn, threadId: string, loop: Loop): Promise<SubmitParams> {
  const approves = run.required_action?.type === 'submit_tool_approval';
  const answered = loop.answer(turn);
  // On abort, the driver cancels the run at once, while handlers still have their grace period.
  const outputs = await raceAbort(answered, loop.signal);
  if (!approves) {
    return {
      thread_id: threadId,
      tool_outputs: outputs.map(({ callId, output }) => ({ tool_call_id: callId, output })),
    };
  }
  const approvals = outputs.map(({ callId, outcome }) => ({ tool_call_id: callId, approve: outcome === 'allowed' }));
  return { thread_id: threadId, tool_outputs: [], tool_approvals: approvals };
}

function turnOf(run: AssistantRun, clockAheadMs: number): Turn {
  const { expires_at: seconds } = run;
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds < LAST_SECOND;
  return {
    calls: callsOf(run),
    expiresAt: isTime ? new Date(seconds * 1000 + clockAheadMs) : undefined,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  };
}

/** @throws RunFailure for an unknown action or kind of call, and for malformed calls */
function callsOf(run: AssistantRun): ToolCall[] {
  const action = run.required_action;
  const unknown = (what: string): RunFailure =>
    new RunFailure('unknown_action', `The run requires ${what}, which is not supported by this runner.`);
  const type = action?.type ?? 'nothing';
  switch (type) {
    case 'submit_tool_outputs':
      return callList(action?.submit_tool_outputs?.tool_calls).map((call) => {
        if (call['type'] !== 'function') throw unknown(`a tool call of type "${String(call['type'])}"`);
        const requested = (call['function'] ?? {}) as Record<string, unknown>;
        return toolCall(call['id'], requested['name'], requested['arguments'], { kind: 'function' });
      });
    case 'submit_tool_approval':
      return callList(action?.submit_tool_approval?.tool_calls).map((call) => {
        if (call['type'] !== 'mcp') throw unknown(`the approval of a tool call of type "${String(call['type'])}"`);
        const server = argumentsString(call['server_label']);
        return toolCall(call['id'], call['name'], call['arguments'], { kind: 'approval', server });
      });
    default:
      throw unknown(`"${type}"`);
  }
}

function callList(calls: unknown): Record<string, unknown>[] {
  if (!Array.isArray(calls))
    throw new RunFailure('invalid_turn', 'The run requires tool outputs but lists no tool calls.');
  return calls.map((call) => (call ?? {}) as Record<string, unknown>);
}

function toolCall(id: unknown, name: unknown, args: unknown, kind: Pick<ToolCall, 'kind' | 'server'>): ToolCall {
  if (typeof id !== 'string' || id === '')
    throw new RunFailure('invalid_turn', 'The run has a tool call without an id.');
  if (typeof name !== 'string') throw new RunFailure('invalid_turn', `The tool call "${id}" has no name.`);
  return { callId: id, name, arguments: argumentsString(args), ...kind };
}
