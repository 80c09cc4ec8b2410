import { Limit, sleep } from '../../../internal/abort.ts';
import { isFunctionType, writtenArguments, type ToolCall } from '../../call/tool-call.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Driver, ToolOutput } from '../../run/driver.ts';
import { labelString } from '../api.ts';
import { leave } from '../leave.ts';
import { NO_MESSAGE, type FinalMessage } from '../message.ts';
import { CallIds, type ListedCalls } from '../call-ids.ts';
import type { Fields } from '../event-stream.ts';
import { cancelAbandonedRun, cancelTwin } from './cancel.ts';
import type { AssistantRun, AssistantsClient, RunBody, SubmitParams } from './client.ts';
import { assertKnownStatus, ENDED, FollowedRun, type FollowRequest } from './followed-run.ts';
import { listCalls, readThreadHistory } from './history.ts';
import { isJournaledElsewhere } from './creation.ts';
import { finalMessage } from './text.ts';

/**
 * The API rejects outputs that exceed 512 KB together ("must be less than 512kb"). This leaves room for the rest of the
 * request.
 */
const MAX_OUTPUT_BYTES = 500_000;
/** Maximum number of consecutive times that a run may require an action without naming it. */
const MAX_EMPTY_ACTIONS = 5;
/** JavaScript's latest date, in seconds. */
const LAST_SECOND = 8.64e12;

export interface AssistantsRequest extends FollowRequest {
  readonly client: AssistantsClient;
  /** The parameters of a new run, or the id of a run to join. */
  readonly start: { readonly create: RunBody } | { readonly join: string };
  /** True if the journal has the run that the driver joins. */
  readonly isResumed: boolean;
}

export interface AssistantsEnd extends FinalMessage {
  readonly run: AssistantRun;
}

/**
 * Drives a run of the Assistants API through the client's `createAndPoll` and `submitToolOutputsAndPoll`, or by
 * streaming it.
 */
export function assistantsDriver(request: AssistantsRequest): Driver<AssistantsEnd> {
  const { client, threadId, start, pollIntervalMs, journalId, isResumed } = request;
  return async (loop) => {
    const joined = 'join' in start ? start.join : undefined;
    const api = client.beta.threads.runs;
    const past = isResumed ? (await loop.recorder?.open())?.history : undefined;
    const callIds = new CallIds(past?.calls.values() ?? [], joined === undefined || isResumed);
    const listed = async (runId: string): Promise<ListedCalls> => listCalls(client, threadId, runId, loop.signal);
    const followed = new FollowedRun(api, request, loop, joined, async (run) =>
      callIds.areListedAnew(callsOf(run), await listed(run.id)),
    );
    if (joined !== undefined && (loop.signal.aborted || !api.poll)) {
      // The driver never joined the run, so it must not cancel it.
      loop.leftOpen();
      if (loop.signal.aborted) throw loop.signal.reason;
      throw new RunFailure('unknown_action', 'The client has no runs.poll, which is needed to join a run.');
    }
    loop.signal.throwIfAborted();
    loop.provenance?.recall(async (signal) => readThreadHistory(client, threadId, start, signal));

    const follow = async (): Promise<AssistantRun> => {
      let run = await ('join' in start ? followed.poll(start.join) : followed.create(start.create));
      const isUnknown = joined !== undefined && !isResumed;
      if (isUnknown && run.status === 'requires_action' && isJournaledElsewhere(run, journalId))
        throw journalMissingError(run);
      for (let emptyActions = 0; run.status === 'requires_action';) {
        if (run.required_action) {
          emptyActions = 0;
          const { id, model } = run;
          const expiresAt = expiryOf(run, followed.clockAheadMs);
          const calls = await callIds.distinguish(callsOf(run), async () => listed(id), loop.signal);
          loop.begin({ calls, model, expiresAt });
          const outputs = await loop.outputs(calls, MAX_OUTPUT_BYTES);
          run = await followed.submit(run, submitParams(threadId, run, outputs), calls);
          callIds.answered(calls);
        } else {
          emptyActions += 1;
          if (emptyActions > MAX_EMPTY_ACTIONS)
            throw new RunFailure('unknown_action', 'The run requires action but names none.');
          await sleep(pollIntervalMs, loop.signal);
          run = await followed.poll(run.id);
        }
      }
      return run;
    };

    try {
      // On abort, the driver cancels the run at once, while handlers still have their grace period.
      const run = await new Limit(loop.signal).within(follow);
      if (ENDED.has(run.status)) {
        if (followed.creation?.mayHaveTwin)
          await new Limit(loop.signal, limits.leaveLookMs)
            .within(async ({ signal }) => cancelTwin(api, threadId, followed, signal))
            .catch(() => undefined);
        return { run, ...(await finalMessage(client, threadId, run, followed.message, loop)) };
      }
      assertKnownStatus(run);
      throw new RunFailure('unknown_status', `The client stopped polling while the run was "${run.status}".`);
    } catch (error) {
      // The run stays as it is, so that it can be resumed.
      if (error instanceof SuspendRun && followed.latest) return { run: followed.latest, ...NO_MESSAGE };
      return await leave(loop, error, async () => cancelAbandonedRun(api, threadId, followed, loop.settings.leaveMs));
    } finally {
      // The API reports the usage of a run once it has ended.
      const { latest } = followed;
      if (latest && ENDED.has(latest.status)) await loop.used(latest, past?.end !== undefined);
    }
  };
}

function journalMissingError({ id }: AssistantRun): RunFailure {
  const message = `Run ${id} was started with another journal. Resuming it here could run its calls again. Use that journal (its directory, on its machine), or cancel the run.`;
  return new RunFailure('journal', message, { ownedByAnotherProcess: true });
}

function expiryOf({ expires_at: seconds }: AssistantRun, clockAheadMs: number): Date | undefined {
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds < LAST_SECOND;
  return isTime ? new Date(seconds * 1000 + clockAheadMs) : undefined;
}

/** @throws RunFailure for an unknown action or kind of call, and for malformed calls */
function callsOf({ required_action: action }: AssistantRun): ToolCall[] {
  const type = action?.type ?? 'nothing';
  if (type !== 'submit_tool_outputs' && type !== 'submit_tool_approval') throw notSupported(`"${type}"`);
  const calls: unknown = action?.[type]?.tool_calls;
  if (!Array.isArray(calls))
    throw new RunFailure('invalid_turn', 'The run requires tool outputs but lists no tool calls.');
  const requested: ToolCall[] = [];
  for (const call of calls as (Fields | null)[]) requested.push(toolCall(call ?? {}, type === 'submit_tool_approval'));
  return requested;
}

function toolCall(call: Fields, isApproval: boolean): ToolCall {
  const { id, type } = call;
  const isExpected = type === (isApproval ? 'mcp' : 'function') || (!isApproval && isFunctionType(type));
  if (!isExpected) throw notSupported(`${isApproval ? 'the approval of ' : ''}a tool call of type "${String(type)}"`);
  const { name, arguments: args } = isApproval ? call : ((call['function'] ?? {}) as Fields);
  if (typeof id !== 'string' || id === '')
    throw new RunFailure('invalid_turn', 'The run has a tool call without an id.');
  if (typeof name !== 'string') throw new RunFailure('invalid_turn', `The tool call "${id}" has no name.`);
  const requested = { callId: id, name, ...(typeof args === 'string' ? { arguments: args } : writtenArguments(args)) };
  if (!isApproval) return { ...requested, kind: 'function' };
  return { ...requested, kind: 'approval', server: labelString(call['server_label']) };
}

function notSupported(what: string): RunFailure {
  return new RunFailure('unknown_action', `The run requires ${what}, which is not supported by this runner.`);
}

function submitParams(threadId: string, run: AssistantRun, outputs: readonly ToolOutput[]): SubmitParams {
  const params: SubmitParams = { thread_id: threadId, tool_outputs: [] };
  if (run.required_action?.type === 'submit_tool_approval') {
    const approvals = outputs.map(({ callId, outcome }) => ({ tool_call_id: callId, approve: outcome === 'allowed' }));
    return { ...params, tool_approvals: approvals };
  }
  for (const { callId, output } of outputs) params.tool_outputs.push({ tool_call_id: callId, output });
  return params;
}
