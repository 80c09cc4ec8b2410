import type { JournaledRun } from '../runner/journal/durable.ts';
import { JOURNAL_NAMES } from '../runner/journal/journaled-calls.ts';
import type { FileOwner } from '../internal/file-lock.ts';
import { endingOf, type Ending } from '../runner/journal/ending.ts';
import { readJournal, type JournalFile, type JournalReading } from '../runner/journal/read-journal.ts';
import { answersOf, callsOf, stateOf, type CallState, type SeenCall } from './runs-calls.ts';

/** How a run is, by its journal and by who has it. */
export type RunState = 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty';

/** A run, as a person looks at it who has its journal alone. */
export interface RunView extends JournalFile {
  /** Undefined when nothing is recorded yet. */
  readonly run: JournaledRun | undefined;
  readonly state: RunState;
  /** Only of what has ended. */
  readonly ending: Ending | undefined;
  /** The run that took the place of one that has expired. */
  readonly successor: string | undefined;
  readonly owner: FileOwner | undefined;
  readonly calls: readonly (SeenCall & { readonly state: CallState })[];
  /** The number of a request to the model whose answer was not recorded. */
  readonly openRequest: number | undefined;
  readonly tornBytes: number;
}

/** @throws Error when the journal cannot be read, or is damaged */
export async function viewRun(file: JournalFile): Promise<RunView> {
  const reading = await readJournal(file);
  const { run, owner, tornBytes, records } = reading;
  const ending = endingOf(reading);
  const successor = records.get(JOURNAL_NAMES.successor);
  const answered = answersOf(reading).at(-1)?.['id'];
  const isPast = ({ askedBy }: SeenCall): boolean => {
    // Whoever has the model's next answer has answered what came before it.
    if (run?.api === 'responses') return answered !== undefined && askedBy !== answered;
    return run?.api === 'agents' && records.has(JOURNAL_NAMES.ended(askedBy));
  };
  const calls = callsOf(reading).map((call) => {
    const isOver = (ending !== undefined && !owner) || isPast(call);
    return { ...call, state: stateOf(call, owner !== undefined, isOver) };
  });
  const openRequest = openRequestOf(reading);
  const state = ((): RunState => {
    if (owner) return 'running';
    if (!run) return 'empty';
    if (ending) return 'ended';
    return openRequest === undefined && isLeftToApprovers(calls) ? 'waiting' : 'interrupted';
  })();
  return {
    ...file,
    run,
    state,
    owner,
    ending: state === 'ended' ? ending : undefined,
    successor: typeof successor === 'string' ? successor : undefined,
    calls,
    openRequest,
    tornBytes,
  };
}

/** Calls wait for a person, and nothing else is left to do. */
function isLeftToApprovers(calls: RunView['calls']): boolean {
  const states = new Set(calls.map(({ state }) => state));
  return states.has('waiting') && !['approved', 'cleared', 'asked'].some((state) => states.has(state as CallState));
}

function openRequestOf({ records, claims }: JournalReading): number | undefined {
  const sent = [...claims].flatMap((claim) =>
    /^request \d+$/.test(claim) ? Number(claim.slice('request '.length)) : [],
  );
  return sent.find((number) => !records.has(`response ${number}`));
}
