import { command, type Command, CommandError, type Io } from './command.ts';
import { duration, oneLine, visible } from './format.ts';
import { DATABASE_ENVIRONMENT } from './database.ts';
import { ID_HELP, RUN_EXIT_CODES, RUNNER_OPTION } from './runs-options.ts';
import { findRun, STORE_OPTIONS, withRuns, type RunStore } from './runs-store.ts';
import { type LoadedRunner, type ResumeResult, loadRunner } from './load-runner.ts';
import type { JournaledRun } from '../runner/journal/events.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { describeOwner, describeRun } from './runs-text.ts';

export const runsResume: Command = command({
  name: 'resume',
  summary: 'Resume a run that was interrupted or waits for approvals',
  description: `Recorded decisions and calls are replayed from the journal. Only calls of idempotent tools may run twice. MODULE creates the runner as your program does, with the same tools and journal, and exports context if handlers need one. Ctrl-C interrupts the run as a crash does; resume it again. ${ID_HELP} The exit code is 0 when the run completed, 1 when it ended otherwise (failed, expired, …), ${RUN_EXIT_CODES.waits} when it waits for approvals or a higher spending limit, ${RUN_EXIT_CODES.inUse} when another process has it, and otherwise as below.`,
  operands: 'ID',
  options: {
    'new-run': {
      type: 'boolean',
      description:
        'if the run expired in the Assistants API (10 minutes after its creation), start a new run on the thread that receives the outcomes of the calls',
    },
    ...RUNNER_OPTION,
    ...STORE_OPTIONS,
  },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    [
      'interven-openai-assistants runs resume run_abc123 --journal journals/ --runner dist/runner.js',
      'after a crash or an approval',
    ],
  ],
  async run({ values, operands: [given = ''], json }, io) {
    const isNew = values['new-run'];
    const acceptsEnded = (status: string): boolean => isNew && status === 'expired';
    const options = { runner: values.runner, goal: 'completed', json, acceptsEnded } as const;
    const resume = async (open: OpenRun): Promise<number> => {
      if (!json) io.log(`Resuming ${oneLine(open.run.id)}. Ctrl-C interrupts it as a crash does.\n`);
      const result = await resumeRun(open, isNew);
      const id = idOf(open, result);
      if (!json && id !== open.run.id) io.write(`${oneLine(`${open.run.id} has expired; ${id} replaced it`)}\n`);
      io.write(json ? `${JSON.stringify(asJson(id, result))}\n` : asText(id, result));
      return exitCode(result);
    };
    return withRuns(values, io, async (store) => withOpenRun(store, given, options, io, resume));
  },
});

async function resumeRun(
  { run: { id, api, threadId }, runner, options }: OpenRun,
  isNew: boolean,
): Promise<ResumeResult> {
  const ways: Readonly<Record<typeof api, (runner: LoadedRunner) => Promise<ResumeResult>>> = {
    assistants: async (runner) =>
      runner.resume(threadId, id, { ...options, ...omitUndefined({ onExpired: isNew ? 'new-run' : undefined }) }),
    responses: async (runner) => runner.resumeResponses(id, options),
    agents: async (runner) => runner.resumeSession(id, options),
  };
  return ways[api](runner);
}

/** The id of the new run, if one replaced the expired run. */
function idOf({ run: { id, api } }: OpenRun, { run }: ResumeResult): string {
  return api === 'assistants' && typeof run?.id === 'string' ? run.id : id;
}

function exitCode({ status }: ResumeResult): number {
  if (status === 'awaiting_approval' || status === 'budget_reached') return RUN_EXIT_CODES.waits;
  return status === 'completed' ? 0 : 1;
}

function asJson(id: string, { status, text, calls, approvals }: ResumeResult): object {
  return {
    id,
    status,
    text,
    approvals: approvals.map(({ approvalId, approvalUrl, callId, name, argumentsHash, expiresAt }) => {
      const approval = { approval_id: approvalId, approval_url: approvalUrl, call_id: callId, tool: name };
      return { ...approval, arguments_hash: argumentsHash, expires_at: expiresAt };
    }),
    calls: calls.map(({ callId, name, turn, decision, outcome, executed, approval }) => {
      const decided = approval && { status: approval.status, decided_by: approval.decidedBy };
      return { call_id: callId, tool: name, turn, decision, outcome, executed, approval: decided };
    }),
  };
}

function asText(id: string, { status, text, calls, approvals }: ResumeResult): string {
  const ended = calls.map(({ name, callId, outcome, approval }) => {
    // Without this, an approval that came too late would not be visible.
    const late = outcome === 'not_run' && approval?.status === 'approved' ? ', though approved: too late' : '';
    return `  call      ${oneLine(`${name} (${callId}): ${outcome}${late}`)}\n`;
  });
  const waiting = approvals.map(({ approvalId, name, callId, approvalUrl = '', expiresAt }) => {
    const left = expiresAt ? `${duration(expiresAt.getTime() - Date.now())} left` : '';
    const parts = [`${approvalId}: ${name} (${callId})`, left, approvalUrl].filter((part) => part !== '');
    return `  approval  ${oneLine(parts.join(' · '))}\n`;
  });
  // Indented, so that the model's text cannot imitate our lines.
  const reply = text === null ? '' : `  text\n${visible(text).replace(/^/gm, '    ')}\n`;
  return `${oneLine(`${id}  ${status}`)}\n${[...ended, ...waiting].join('')}${reply}`;
}

export const runsCancel: Command = command({
  name: 'cancel',
  summary: 'Cancel a run that was interrupted or waits for approvals',
  description: `Cancels a run of the Assistants API, the current turn of an Agents API session, or a background response of the Responses API. Pending calls of a conversation are answered with their outcomes. Calls that ran are not undone. The journal then records the run as ended. A run that another process is serving must be cancelled there. ${ID_HELP} The exit code is 0 when the run is cancelled, 1 when it had already ended otherwise, ${RUN_EXIT_CODES.inUse} when another process has it, and otherwise as below.`,
  operands: 'ID',
  options: { ...RUNNER_OPTION, ...STORE_OPTIONS },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    [
      'interven-openai-assistants runs cancel run_abc123 --journal journals/ --runner dist/runner.js',
      'the run is no longer needed',
    ],
  ],
  async run({ values, operands: [given = ''], json }, io) {
    const options = { runner: values.runner, goal: 'cancelled', json } as const;
    const cancel = async ({ run, runner }: OpenRun): Promise<number> => {
      const { status } = await runner.cancel(run.id);
      io.write(json ? `${JSON.stringify({ id: run.id, status })}\n` : `${oneLine(`${run.id}  ${status}`)}\n`);
      return status === 'cancelled' ? 0 : 1;
    };
    return withRuns(values, io, async (store) => withOpenRun(store, given, options, io, cancel));
  },
});

/** A run that no process is serving, with the runner to serve it. */
interface OpenRun {
  readonly run: JournaledRun;
  readonly runner: LoadedRunner;
  /** The options for the method that resumes. */
  readonly options: { readonly context?: unknown };
}

interface OpenRunOptions {
  readonly runner: string | undefined;
  /** The status of a run that needs nothing more. */
  readonly goal: 'completed' | 'cancelled';
  readonly json: boolean;
  /** Returns true if a run that ended with this status still needs the work. */
  readonly acceptsEnded?: (status: string) => boolean;
}

/**
 * Finds a run that is still open, loads the runner, and calls `work` with both. Resolves with the exit code, also when
 * another process serves the run or when it has already ended.
 *
 * @throws CommandError if the run or its runner cannot be loaded; errors of `work` pass through
 */
async function withOpenRun(
  store: RunStore,
  given: string,
  { runner: module, goal, json, acceptsEnded }: OpenRunOptions,
  io: Io,
  work: (open: OpenRun) => Promise<number>,
): Promise<number> {
  const view = await findRun(store, given);
  const { id, run, state, owner, ending } = view;
  if (owner) return reportInUse(id, owner, io);
  if (!run) {
    throw new CommandError(
      3,
      `The journal of ${oneLine(id)} is empty: its process ended before it scanned a call, so no handler has started. Resume the run from your code.`,
    );
  }
  // A run that the runner ended may still be open at the API, so ask the API.
  if (state === 'ended' && ending?.status !== undefined && !acceptsEnded?.(ending.status)) {
    if (json) io.write(`${JSON.stringify({ id, status: ending.status, ended_before: true })}\n`);
    else io.log(`${oneLine(id)} has already ended: ${describeRun(view)}. See the next step with runs show.\n`);
    return ending.status === goal ? 0 : 1;
  }
  const { runner, ...options } = await loadRunner(module, store);
  try {
    return await work({ run, runner, options });
  } catch (error) {
    const { code } = Object(error) as { readonly code?: unknown };
    // Another process may have taken the run since.
    const ownerNow = code === 'journal' ? (await store.journal.read(id))?.owner : undefined;
    if (!ownerNow || (ownerNow.isHere && ownerNow.pid === process.pid)) throw error;
    return reportInUse(id, ownerNow, io);
  }
}

function reportInUse(id: string, owner: Parameters<typeof describeOwner>[0], io: Io): number {
  io.log(`${oneLine(id)} is in use by ${describeOwner(owner)}. Only one process can serve a run.\n`);
  return RUN_EXIT_CODES.inUse;
}
