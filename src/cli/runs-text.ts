import { PROGRAM } from './help.ts';
import type { CallState, RunState } from '../runner/journal/runs.ts';
import type { RunOwner } from '../runner/journal/open-run.ts';
import type { RunView } from '../runner/journal/run-summary.ts';
import { oneLine, shellWord } from './format.ts';

interface WithStates {
  readonly calls: readonly { readonly state: CallState }[];
}

/** The state of a run in a few words. */
export function describeRun(view: Pick<RunView, 'state' | 'owner' | 'ending'> & WithStates): string {
  const waiting = countOf(view, 'waiting');
  const words: Readonly<Record<RunState, () => string>> = {
    running: () => `running (${describeOwner(view.owner)})`,
    waiting: () => `waits for approval (${waiting})`,
    interrupted: () => (waiting > 0 ? `interrupted, and waits for approval (${waiting})` : 'interrupted'),
    ended: () =>
      view.ending?.status === undefined ? `ended by the runner: ${view.ending?.code ?? 'unknown'}` : view.ending.status,
    empty: () => 'nothing recorded',
  };
  return oneLine(words[view.state]());
}

export function describeOwner(owner: RunOwner | undefined): string {
  if (!owner) return 'no process';
  return owner.isHere ? `process ${owner.pid}` : `process ${owner.pid} on host ${oneLine(owner.host)}`;
}

export function countOf({ calls }: WithStates, state: CallState): number {
  return calls.filter((call) => call.state === state).length;
}

/** The number of calls, and how many of them are in doubt. */
export function describeCalls(view: WithStates): string {
  const { length } = view.calls;
  const inDoubt = countOf(view, 'in_doubt');
  return `${length} ${length === 1 ? 'call' : 'calls'}${inDoubt === 0 ? '' : `, ${inDoubt} in doubt`}`;
}

/** The next step for the operator, shown last. */
export interface NextStep {
  readonly message: string;
  /** A shell command. */
  readonly command?: string;
}

/** @param at the options that name its journal */
export function nextStep(view: RunView, at: string): NextStep {
  const { id, state, owner, successor, file } = view;
  const resume = `${PROGRAM} runs resume ${shellWord(id)} ${at} --runner MODULE`;
  const doubts = view.calls.filter((call) => call.state === 'in_doubt' && !isRepeated(call, view)).length;
  const calls = doubts === 1 ? 'the call' : `the ${doubts} calls`;
  const doubt = doubts === 0 ? '' : `check whether ${calls} in doubt happened; `;
  switch (state) {
    case 'running':
      if (!file)
        return {
          message: `wait for ${describeOwner(owner)}; if it is gone, its lease ends within leaseMs, and you can resume`,
          command: resume,
        };
      return owner?.isHere === false
        ? {
            message: `in use by ${describeOwner(owner)}; if that process is gone, delete ${oneLine(file.path)}.lock and resume`,
            command: resume,
          }
        : { message: `wait for ${describeOwner(owner)}.` };
    case 'waiting':
      return {
        message: `${doubt}decide the pending approvals (${PROGRAM} approvals list), then resume`,
        command: resume,
      };
    case 'interrupted':
      return {
        message: doubt === '' ? 'resume' : `${doubt}your onInDoubt can report the result to the model. Then resume`,
        command: resume,
      };
    case 'ended':
      if (successor !== undefined) {
        const message = `${doubt}${oneLine(successor)} replaced it`;
        return { message, command: `${PROGRAM} runs show ${shellWord(successor)} ${at}` };
      }
      if (view.ending?.status === 'expired' && view.run?.api === 'assistants') {
        return {
          message: `${doubt}start a new run that receives the outcomes of these calls`,
          command: `${resume} --new-run`,
        };
      }
      return {
        message:
          doubt === '' ? 'nothing; the run has ended.' : `${doubt}the run has ended, so no process will check it.`,
      };
    case 'empty':
      return {
        message: 'no handler has started; resume the run from your code, or remove its journal with runs prune.',
      };
  }
}

/** Returns true if `resume` runs a call in doubt again by itself. */
export function isRepeated({ idempotent, end }: RunView['calls'][number], { state }: Pick<RunView, 'state'>): boolean {
  return idempotent && end === undefined && state !== 'ended';
}
