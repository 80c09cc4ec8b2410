import type { Driver, Loop, ToolCall, Turn } from '../core/driver.ts';
import { EndRun } from '../errors.ts';
import { raceAbort, sleep, withTimeLimit } from '../internal/abort.ts';
import { backoffMs } from '../internal/backoff.ts';
import { messageOf, statusOf } from './api-error.ts';
import type { AssistantRun, AssistantsClient, RunBody, SubmitParams } from './assistants-client.ts';
import { assertKnownStatus, isTerminal, reliableRuns, type ReliableRuns } from './assistants-runs.ts';

/** The API refuses outputs of 512 KB together ("must be less than 512kb"); this leaves room for the request around them. */
const MAX_OUTPUT_BYTES = 500_000;
/** How long we stay to see a run cancelled. */
const LEAVE_MS = 10_000;
/** How often a run may wait for something that it does not name yet. */
const MAX_UNNAMED_WAITS = 5;

export interface AssistantsRequest {
  readonly client: AssistantsClient;
  readonly threadId: string;
  /** A new run's parameters, or the id of a run to join. */
  readonly start: { readonly create: RunBody } | { readonly join: string };
  readonly pollIntervalMs: number;
}

/** Drives a run of the Assistants API through the client's `createAndPoll` and `submitToolOutputsAndPoll`. */
export function assistantsDriver({ client, threadId, start, pollIntervalMs }: AssistantsRequest): Driver<AssistantRun> {
  return async (loop) => {
    const api = client.beta.threads.runs;
    const reliable = reliableRuns(api, threadId, loop, pollIntervalMs);
    const { runs } = reliable;
    let latest: AssistantRun | undefined;
    // A client's own methods may not heed the signal: whoever leaves does not wait for them.
    const follow = async (run: PromiseLike<AssistantRun>): Promise<AssistantRun> => {
      latest = await raceAbort(run, loop.signal);
      loop.opened(latest.id);
      assertKnownStatus(latest);
      return latest;
    };
    const options = { pollIntervalMs: reliable.pollIntervalMs, signal: loop.signal };
    const poll = async (runId: string): Promise<AssistantRun> => {
      if (!runs.poll) throw new EndRun('unknown_action', 'The client has no runs.poll, which is needed to join a run.');
      return follow(runs.poll(runId, { thread_id: threadId }, options));
    };

    try {
      if ('join' in start) loop.opened(start.join);
      let run = await ('join' in start
        ? poll(start.join)
        : follow(runs.createAndPoll(threadId, start.create, options)));
      for (let unnamed = 0; run.status === 'requires_action';) {
        if (run.required_action) {
          const submission = await answer(run, threadId, loop, reliable.clockAheadMs);
          run = await follow(runs.submitToolOutputsAndPoll(run.id, submission, options));
        } else {
          unnamed += 1;
          if (unnamed > MAX_UNNAMED_WAITS)
            throw new EndRun('unknown_action', 'The run waits but does not say for what.');
          await sleep(pollIntervalMs, loop.signal);
          run = await poll(run.id);
        }
      }
      return run;
    } catch (error) {
      const joined = 'join' in start ? start.join : undefined;
      if (!(await leave(client, threadId, reliable, latest, joined))) loop.leftOpen();
      throw error;
    }
  };
}

async function answer(run: AssistantRun, threadId: string, loop: Loop, clockAheadMs: number): Promise<SubmitParams> {
  const approves = run.required_action?.type === 'submit_tool_approval';
  const outputs = await loop.answer({ ...turnOf(run, clockAheadMs), maxOutputBytes: MAX_OUTPUT_BYTES });
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
  const expiresAt = typeof run.expires_at === 'number' ? new Date(run.expires_at * 1000 + clockAheadMs) : undefined;
  return { calls: callsOf(run), expiresAt };
}

/** @throws EndRun for an action or a kind of call that nobody knows */
function callsOf(run: AssistantRun): ToolCall[] {
  const action = run.required_action;
  const unknown = (what: string): EndRun =>
    new EndRun('unknown_action', `The run asks for ${what}, which nobody here knows how to answer.`);
  switch (action?.type) {
    case 'submit_tool_outputs':
      return (action.submit_tool_outputs?.tool_calls ?? []).map(({ id, type, function: asked }) => {
        if (type !== 'function') throw unknown(`a tool call of type "${type}"`);
        return { callId: id, name: asked.name, arguments: textOf(asked.arguments), kind: 'function' };
      });
    case 'submit_tool_approval':
      return (action.submit_tool_approval?.tool_calls ?? []).map(({ id, type, name, arguments: args }) => {
        if (type !== 'mcp') throw unknown(`the approval of a tool call of type "${type}"`);
        return { callId: id, name, arguments: textOf(args), kind: 'approval' };
      });
    case undefined:
    default:
      throw unknown(`"${action?.type ?? 'nothing'}"`);
  }
}

/** The API says text; should a compatible server send the object itself, it is guarded all the same. */
function textOf(args: unknown): string {
  return typeof args === 'string' ? args : JSON.stringify(args ?? {});
}

/**
 * Cancels a run that was left before its end, and stays to see it ended: until then its thread takes no message and no
 * other run.
 *
 * @returns false when the run may still be open
 */
async function leave(
  client: AssistantsClient,
  threadId: string,
  reliable: ReliableRuns,
  latest: AssistantRun | undefined,
  joined: string | undefined,
): Promise<boolean> {
  const api = client.beta.threads.runs;
  try {
    return await withTimeLimit(LEAVE_MS, undefined, async (signal) => {
      await reliable.creation;
      const seen = reliable.latest ?? latest;
      const runId = seen?.id ?? joined;
      if (runId === undefined) return true;
      if (seen && isTerminal(seen.status)) return true;
      const params = { thread_id: threadId };
      let run = await api.cancel(runId, params, { signal }).then(undefined, async (error: unknown) => {
        // A run that ended meanwhile refuses to be cancelled; one that is not there needs no cancelling.
        if (statusOf(error) === 404) return { id: runId, status: 'cancelled' };
        const ended = /cannot cancel run/i.test(messageOf(error));
        if (ended && api.retrieve) return api.retrieve(runId, params, { signal });
        throw error;
      });
      for (let attempt = 1; !isTerminal(run.status) && api.retrieve; attempt += 1) {
        await sleep(backoffMs(attempt, 50, 1_000), signal);
        run = await api.retrieve(runId, params, { signal });
      }
      return true;
    });
  } catch {
    return false;
  }
}
