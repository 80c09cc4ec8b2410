import type { FileOwner } from '../internal/file-lock.ts';
import { PROGRAM } from './help.ts';
import type { CallState, RunState, RunView } from './runs-view.ts';
import { oneLine } from './format.ts';

interface WithStates {
  readonly calls: readonly { readonly state: CallState }[];
}

/** What is said of a call. */
export const CALL_DESCRIPTIONS: Readonly<Record<CallState, string>> = {
  ran: 'ran',
  failed: 'ran, and failed',
  timed_out: 'told to stop when its time was up: it may have done its work',
  in_doubt: 'in doubt: it was started, or about to be, and nobody recorded how it ended',
  running: 'runs now',
  denied: 'denied by a policy',
  approval_denied: 'denied by a person',
  approval_expired: 'nobody decided in time',
  waiting: 'waits for a person',
  approved: 'approved, and not started yet',
  cleared: 'cleared, and not started yet',
  asked: 'asked for; nothing was done about it yet',
  not_run: 'did not run',
};

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

export function describeOwner(owner: FileOwner | undefined): string {
  if (!owner) return 'no process';
  return owner.isHere ? `process ${owner.pid}` : `process ${owner.pid} of the machine ${oneLine(owner.host)}`;
}

export function countOf({ calls }: WithStates, state: CallState): number {
  return calls.filter((call) => call.state === state).length;
}

/** How many there are; of those in doubt nobody knows whether they happened. */
export function describeCalls(view: WithStates): string {
  const { length } = view.calls;
  const inDoubt = countOf(view, 'in_doubt');
  return `${length} ${length === 1 ? 'call' : 'calls'}${inDoubt === 0 ? '' : `, ${inDoubt} in doubt`}`;
}

/** What is left to do for whoever looks at a run: the last thing that they read. */
export interface NextStep {
  readonly says: string;
  /** For a shell. */
  readonly command?: string;
}

export function nextStep(view: RunView, directory: string): NextStep {
  const { id, state, owner, successor } = view;
  const at = `--journal ${shellWord(directory)}`;
  const resume = `${PROGRAM} runs resume ${shellWord(id)} ${at} --runner MODULE`;
  const doubts = view.calls.filter((call) => call.state === 'in_doubt' && !isRepeated(call, view)).length;
  const calls = doubts === 1 ? 'the call' : `the ${doubts} calls`;
  const doubt = doubts === 0 ? '' : `look whether ${calls} in doubt happened; `;
  switch (state) {
    case 'running':
      return owner?.isHere === false
        ? {
            says: `it is with ${describeOwner(owner)}; when that one is gone, delete ${oneLine(view.path)}.lock, and`,
            command: resume,
          }
        : { says: `wait: ${describeOwner(owner)} is at it.` };
    case 'waiting':
      return { says: `${doubt}let somebody decide (${PROGRAM} approvals list), then`, command: resume };
    case 'interrupted':
      return {
        says: doubt === '' ? 'go on with it' : `${doubt}what you find, your onInDoubt can tell the model. Then`,
        command: resume,
      };
    case 'ended':
      if (successor !== undefined) {
        const says = `${doubt}${oneLine(successor)} replaced it`;
        return { says, command: `${PROGRAM} runs show ${shellWord(successor)} ${at}` };
      }
      if (view.ending?.status === 'expired' && view.run?.api === 'assistants') {
        return {
          says: `${doubt}for a new run that is told what became of these calls`,
          command: `${resume} --new-run`,
        };
      }
      return { says: doubt === '' ? 'nothing, as it has ended.' : `${doubt}it has ended, and nobody else will.` };
    case 'empty':
      return { says: 'no handler has started: resume it from your code, or delete the file.' };
  }
}

/** Whether `resume` runs a call in doubt again by itself. */
export function isRepeated({ idempotent, end }: RunView['calls'][number], { state }: Pick<RunView, 'state'>): boolean {
  return idempotent === true && end === undefined && state !== 'ended';
}

/** As a shell takes it for one word. What is not printable stays escaped: it is to be read, not run. */
function shellWord(text: string): string {
  const shown = oneLine(text);
  return /^[\w@%+=:,./-]+$/.test(shown) && !shown.startsWith('-')
    ? shown
    : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
