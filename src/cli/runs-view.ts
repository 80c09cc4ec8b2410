import type { JournaledRun, Json } from '../core/durable.ts';
import type { JournalEntry } from '../journal/journal-lines.ts';
import type { FileOwner } from '../internal/file-lock.ts';
import { readJournal, type JournalFile } from '../journal/read-journal.ts';
import { callsOf, stateOf, type CallState, type JournaledCall } from './runs-calls.ts';

/** How a run is, by its journal and by who has it. */
export type RunState = 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty';

/** How a run ended: with a status of the API, or because the runner ended it. */
export interface Ending {
  readonly status?: string;
  readonly code?: string;
}

/** A run, as a person looks at it who has its journal alone. */
export interface RunView extends JournalFile {
  /** Undefined when nothing is recorded yet. */
  readonly run: JournaledRun | undefined;
  readonly state: RunState;
  /** Only of what has ended. */
  readonly ending: Ending | undefined;
  readonly owner: FileOwner | undefined;
  readonly calls: readonly (JournaledCall & { readonly state: CallState })[];
  /** The number of a request to the model whose answer was not recorded. */
  readonly openRequest: number | undefined;
  readonly tornBytes: number;
}

/** @throws Error when the journal cannot be read, or is damaged */
export async function viewRun(file: JournalFile): Promise<RunView> {
  const { run, entries, owner, tornBytes } = await readJournal(file);
  const ending = endingOf(entries);
  const calls = callsOf(entries);
  const answered = lastResponse(entries);
  const ended = endedIds(entries);
  const isPast = ({ askedBy }: JournaledCall): boolean => {
    // Whoever has the model's next answer has answered what came before it.
    if (run?.api === 'responses') return answered !== undefined && askedBy !== answered;
    return run?.api === 'agents' && ended.has(askedBy);
  };
  const withState = calls.map((call) => {
    const isOver = (ending !== undefined && !owner) || isPast(call);
    return { ...call, state: stateOf(call, owner !== undefined, isOver) };
  });
  const openRequest = openRequestOf(entries);
  const state = ((): RunState => {
    if (owner) return 'running';
    if (!run) return 'empty';
    if (ending) return 'ended';
    return openRequest === undefined && isLeftToApprovers(withState) ? 'waiting' : 'interrupted';
  })();
  return {
    ...file,
    run,
    state,
    owner,
    ending: state === 'ended' ? ending : undefined,
    calls: withState,
    openRequest,
    tornBytes,
  };
}

/** Calls wait for a person, and nothing else is left to do. */
function isLeftToApprovers(calls: RunView['calls']): boolean {
  const states = new Set(calls.map(({ state }) => state));
  return states.has('waiting') && !['approved', 'cleared', 'asked'].some((state) => states.has(state as CallState));
}

/** A session goes on after the end of a turn: only what nothing follows is an end. */
function endingOf(entries: readonly JournalEntry[]): Ending | undefined {
  const last = entries.at(-1);
  if (!last || !('record' in last) || !last.record.startsWith('ended ')) return undefined;
  const { status, code } = Object(last.value) as Readonly<Record<string, Json | undefined>>;
  return {
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

/** What has ended: a session's journal has many turns. */
function endedIds(entries: readonly JournalEntry[]): ReadonlySet<string> {
  const names = entries.flatMap((entry) => ('record' in entry ? entry.record : []));
  return new Set(names.filter((name) => name.startsWith('ended ')).map((name) => name.slice('ended '.length)));
}

/** The id of the model's last answer. */
function lastResponse(entries: readonly JournalEntry[]): string | undefined {
  const last = entries.findLast((entry) => 'record' in entry && entry.record.startsWith('response '));
  const { id } = Object(last && 'record' in last ? last.value : undefined) as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

function openRequestOf(entries: readonly JournalEntry[]): number | undefined {
  const sent = entries.flatMap((entry) => ('claim' in entry ? numberAfter('request ', entry.claim) : []));
  const answered = new Set(
    entries.flatMap((entry) => ('record' in entry ? numberAfter('response ', entry.record) : [])),
  );
  return sent.find((number) => !answered.has(number));
}

function numberAfter(word: string, name: string): number[] {
  return name.startsWith(word) ? [Number(name.slice(word.length))] : [];
}
