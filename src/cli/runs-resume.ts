import { command, type Command } from './command.ts';
import { duration } from './duration.ts';
import { ID_MEANS, JOURNAL_OPTION, RUN_CODES, RUNNER_OPTION } from './runs-options.ts';
import type { LoadedRunner, Resumed } from './runs-runner.ts';
import { withOpenRun, type Taken } from './runs-take.ts';
import { oneLine, visible } from './visible.ts';

export const runsResume: Command = command({
  name: 'resume',
  summary: 'Go on with a run that was interrupted, or that waits for approvals',
  description: `What its journal has is used, not repeated: no decision is asked for again, and no call runs twice but of tools that are idempotent. MODULE makes the runner as your program does, with the same tools and fileJournal(DIR); where handlers need a context, it exports that, too. Ctrl-C leaves the run as a crash does: resume it again. ${ID_MEANS} The exit code is 0 when the run completed, 1 when it ended otherwise (failed, expired, …), ${RUN_CODES.waits} when it waits for approvals, ${RUN_CODES.inUse} when another process has it, and else as below.`,
  operands: 'ID',
  options: {
    'new-run': {
      type: 'boolean',
      description:
        'when the Assistants API has given the run up (10 minutes after its creation), start a new one on the thread, which is told what became of the calls',
    },
    ...RUNNER_OPTION,
    ...JOURNAL_OPTION,
  },
  examples: [
    [
      'interven-openai-assistants runs resume run_abc123 --journal journals/ --runner dist/runner.js',
      'after a crash, or once somebody has approved',
    ],
  ],
  async run({ values, operands: [given = ''], json }, io) {
    const isNew = values['new-run'];
    const evenIf = (status: string): boolean => isNew && status === 'expired';
    return withOpenRun(given, { ...values, goal: 'completed', json, evenIf }, io, async (taken) => {
      if (!json) io.tell(`Going on with ${oneLine(taken.run.id)}; Ctrl-C leaves it as a crash does.\n`);
      const result = await resumed(taken, isNew);
      const id = idOf(taken, result);
      if (!json && id !== taken.run.id)
        io.write(`${oneLine(`${taken.run.id} has expired; ${id} has taken its place`)}\n`);
      io.write(json ? `${JSON.stringify(asJson(id, result))}\n` : asText(id, result));
      return exitCode(result);
    });
  },
});

async function resumed({ run: { id, api, threadId }, runner, options }: Taken, isNew: boolean): Promise<Resumed> {
  const ways: Readonly<Record<typeof api, (of: LoadedRunner) => Promise<Resumed>>> = {
    assistants: async (of) => of.resume(threadId, id, { ...options, ...(isNew ? { onExpired: 'new-run' } : {}) }),
    responses: async (of) => of.resumeResponses(id, options),
    agents: async (of) => of.resumeSession(id, options),
  };
  return ways[api](runner);
}

/** A new run may have taken the place of the one that was asked for. */
function idOf({ run: { id, api } }: Taken, { run }: Resumed): string {
  return api === 'assistants' && typeof run?.id === 'string' ? run.id : id;
}

function exitCode({ status }: Resumed): number {
  if (status === 'awaiting_approval') return RUN_CODES.waits;
  return status === 'completed' ? 0 : 1;
}

function asJson(id: string, { status, text, calls, approvals }: Resumed): object {
  return {
    id,
    status,
    text,
    approvals: approvals.map(({ approvalId, approvalUrl, callId, name, argumentsHash, expiresAt }) => {
      const approval = { approval_id: approvalId, approval_url: approvalUrl, call_id: callId, tool: name };
      return { ...approval, arguments_hash: argumentsHash, expires_at: expiresAt };
    }),
    calls: calls.map(({ callId, name, turn, decision, outcome, executed, approval }) => {
      const { status, decidedBy } = approval ?? {};
      const decided = status === undefined ? {} : { approval: { status, decided_by: decidedBy } };
      return { call_id: callId, tool: name, turn, decision, outcome, executed, ...decided };
    }),
  };
}

function asText(id: string, { status, text, calls, approvals }: Resumed): string {
  const ended = calls.map(({ name, callId, outcome, approval }) => {
    // An approval that came when the run was over would otherwise be lost on whoever reads this.
    const late = outcome === 'not_run' && approval?.status === 'approved' ? ', though approved: too late' : '';
    return `  call      ${oneLine(`${name} (${callId}): ${outcome}${late}`)}\n`;
  });
  const waiting = approvals.map(({ approvalId, name, callId, approvalUrl = '', expiresAt }) => {
    const left = expiresAt ? `${duration(expiresAt.getTime() - Date.now())} left` : '';
    const parts = [`${approvalId}: ${name} (${callId})`, left, approvalUrl].filter((part) => part !== '');
    return `  approval  ${oneLine(parts.join(' · '))}\n`;
  });
  // Indented, so that no line of the model's can look like one of ours.
  const said = text === null ? '' : `  text\n${visible(text).replace(/^/gm, '    ')}\n`;
  return `${oneLine(`${id}  ${status}`)}\n${[...ended, ...waiting].join('')}${said}`;
}
