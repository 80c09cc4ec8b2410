import pLimit from 'p-limit';
import { checkMethods } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { approvalFacts } from '../call/outcome.ts';
import { fold } from './history.ts';
import type { OpenRun, StoredRun } from './open-run.ts';
import { approvalIdOf, summarizeRun, type CallSummary } from './run-summary.ts';
import type { CallDetails, CallState, RunDetails, RunHead, Runs } from './runs.ts';

/** A journal that can list its runs, and read them without opening them: `fileJournal` and `postgresJournal`. */
export interface ListedJournal {
  /** Lists the ids of all runs, oldest first. */
  list(): Promise<readonly string[]>;
  openRuns(): Promise<readonly Pick<OpenRun, 'id'>[]>;
  read(runId: string): Promise<StoredRun | undefined>;
}

/** The number of journals read in parallel. */
const MAX_CONCURRENT_READS = 4;

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
  const reads = pLimit(MAX_CONCURRENT_READS);
  /** One unreadable journal does not hide the others. */
  const show = async (id: string): Promise<RunDetails | undefined> => {
    try {
      const stored = await journal.read(id);
      return stored && detailsOf(id, stored);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { id, state: 'unreadable', principals: [], ...NO_CALLS, problem };
    }
  };
  return {
    show,
    async list({ limit, before, isOpen = false }) {
      const ids = isOpen ? (await journal.openRuns()).map(({ id }) => id) : await journal.list();
      const last = before === undefined ? -1 : ids.indexOf(before);
      const older = (last === -1 ? ids : ids.slice(0, last)).toReversed();
      const shown = await Promise.all(older.slice(0, limit).map(async (id) => reads(async () => show(id))));
      return { runs: shown.flatMap((one) => (one ? [headOf(one)] : [])), hasMore: older.length > limit };
    },
  };
}

const NO_CALLS = { callCount: 0, waitingCount: 0, inDoubtCount: 0, calls: [] } as const;

/** A list does not keep the payloads in memory. */
function headOf({ calls: _calls, usage: _usage, ...head }: RunDetails): RunHead {
  return head;
}

function detailsOf(id: string, { entries, owner }: StoredRun): RunDetails {
  const { run, state, ending, successor, calls, usage } = summarizeRun(fold(entries).now, owner !== undefined);
  const principals = new Set([run?.principalId, ...calls.map(({ principalId }) => principalId)]);
  const countOf = (counted: CallState): number => calls.filter((call) => call.state === counted).length;
  const more = {
    api: run?.api,
    threadId: run?.threadId,
    assistantId: run?.assistantId,
    ended: ending && (ending.status ?? ending.code),
    successor,
    owner: owner && { pid: owner.pid, host: owner.host },
    begunAt: entries[0]?.at,
    writtenAt: entries.at(-1)?.at,
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
