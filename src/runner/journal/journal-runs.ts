import { checkMethods } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { approvalFacts } from '../call/outcome.ts';
import type { OpenRun, StoredRun } from './open-run.ts';
import { readAll } from './read-all.ts';
import { approvalIdOf, viewRun, type CallSummary, type RunView } from './run-summary.ts';
import type { CallDetails, CallState, RunDetails, RunHead, Runs } from './runs.ts';

/** A journal that can list its runs, and read them without opening them: `fileJournal` and `postgresJournal`. */
export interface ListedJournal {
  /** Lists the ids of all runs, oldest first. */
  list(): Promise<readonly string[]>;
  /** Lists the ids of the newest `limit` runs, or of those before a run, newest first. Default: `list` finds them. */
  newest?(query: { readonly limit: number; readonly before?: string | undefined }): Promise<readonly string[]>;
  openRuns(): Promise<readonly Pick<OpenRun, 'id'>[]>;
  read(runId: string): Promise<StoredRun | undefined>;
}

/**
 * Reads the runs of a journal for others to see, such as the page of a gateway server. Takes no lock and changes
 * nothing. The runs have the calls' arguments and outputs; the gateway server redacts them.
 *
 * @throws TypeError for a journal without `list`, `openRuns` and `read`
 * @example
 * createGatewayServer({ gateway, keys, approvers, runs: journalRuns(fileJournal('./journals')) });
 */
export function journalRuns(journal: ListedJournal): Runs {
  checkMethods('journal', journal, ['list', 'openRuns', 'read']);
  return {
    async show(id) {
      const [details] = await readRuns(journal, [id], detailsOf, unreadable);
      return details;
    },
    async list({ limit, before, isOpen = false }) {
      const older = isOpen
        ? newestOf(
            (await journal.openRuns()).map(({ id }) => id),
            before,
          )
        : await newestRuns(journal, { limit: limit + 1, before });
      const runs = await readRuns(journal, older.slice(0, limit), (view) => headOf(detailsOf(view)), unreadable);
      return { runs, hasMore: older.length > limit };
    },
  };
}

/** Lists the newest runs of a journal, newest first: at least `limit`, if there are that many. */
async function newestRuns(
  journal: ListedJournal,
  query: { readonly limit: number; readonly before: string | undefined },
): Promise<readonly string[]> {
  return journal.newest?.(query) ?? newestOf(await journal.list(), query.before);
}

function newestOf(ids: readonly string[], before: string | undefined): readonly string[] {
  const last = before === undefined ? -1 : ids.indexOf(before);
  return (last === -1 ? ids : ids.slice(0, last)).toReversed();
}

/**
 * Reads runs, and maps them in their order. Skips those that were removed meanwhile.
 *
 * @param problem returns the result for a journal that cannot be read, so that it does not hide the others
 */
export async function readRuns<Result extends object>(
  journal: Pick<ListedJournal, 'read'>,
  ids: readonly string[],
  map: (view: RunView) => Result,
  problem: (id: string, message: string) => Result,
): Promise<readonly Result[]> {
  return readAll<string, Result>(
    ids,
    async (id) => {
      const stored = await journal.read(id);
      return stored && map(viewRun(id, stored));
    },
    (id, { message }) => problem(id, message),
  );
}

function unreadable(id: string, problem: string): Omit<RunDetails, 'usage'> {
  return { id, state: 'unreadable', principals: [], ...NO_CALLS, problem };
}

const NO_CALLS = { callCount: 0, waitingCount: 0, inDoubtCount: 0, calls: [] } as const;

/** A list does not keep the payloads in memory. */
function headOf({ calls: _calls, usage: _usage, ...head }: RunDetails): RunHead {
  return head;
}

function detailsOf(view: RunView): RunDetails {
  const { id, run, state, ending, successor, calls, usage, owner, begunAt, writtenAt } = view;
  const principals = new Set([run?.principalId, ...calls.map(({ principalId }) => principalId)]);
  const countOf = (counted: CallState): number => calls.filter((call) => call.state === counted).length;
  const more = {
    api: run?.api,
    threadId: run?.threadId,
    assistantId: run?.assistantId,
    ended: ending && (ending.status ?? ending.code),
    successor,
    owner: owner && { pid: owner.pid, host: owner.host },
    begunAt,
    writtenAt,
    usage,
  };
  return {
    id,
    state,
    principals: [...principals].filter((one) => one !== undefined),
    callCount: calls.length,
    waitingCount: countOf('waiting'),
    inDoubtCount: countOf('in_doubt'),
    calls: calls.map(callDetails),
    ...omitUndefined(more),
  };
}

function callDetails(summary: CallSummary): CallDetails {
  const { call, turn, principalId, state, steps, decision, settled, end } = summary;
  const more = {
    turn,
    principalId,
    decision: decision?.decision,
    policyName: decision?.policyName,
    ruleId: decision?.ruleId,
    approvalId: approvalIdOf(summary),
    approval: settled && approvalFacts(settled.approval),
    outcome: end?.outcome,
    output: end?.output,
  };
  const { callId, name, arguments: args } = call;
  const reasonCodes = decision?.reasonCodes ?? [];
  return { callId, name, state, steps, arguments: args, reasonCodes, ...omitUndefined(more) };
}
