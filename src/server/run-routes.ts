import { REDACTED, redactedForApprovers, redactName, truncate } from '../embedded/display/redacted-text.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { CALL_DESCRIPTIONS, type CallDetails, type RunHead } from '../runner/journal/runs.ts';
import { redactedArguments } from './approval-view.ts';
import { notFound } from './http-error.ts';
import type { KnownRun, KnownRuns } from './known-runs.ts';
import { queryLimit } from './read-request.ts';
import { get, type Route } from './router.ts';
import type { RunCallView, RunDetailsView, RunHeadView, RunPayloadsView } from './run-json.ts';

const NO_SUCH_RUN =
  'Run not found: its journal was removed, or the gateway reads another journal than its runner writes. It is not among the newest 1,000 decisions either.';
const NO_JOURNAL =
  'Run not found: it is not among the newest 1,000 decisions, and this gateway reads no journal. Start it with --journal DIR, or pass runs: journalRuns(journal).';
const NO_PAYLOADS = 'The gateway knows this run by its decisions, which have no arguments and outputs.';
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Serves runs to approvers. */
export function runRoutes(runs: KnownRuns, now: () => number): readonly Route[] {
  const found = async (id: string): Promise<KnownRun> => {
    const known = await runs.show(id);
    if (!known) throw notFound(runs.hasJournal ? NO_SUCH_RUN : NO_JOURNAL);
    return known;
  };
  return [
    get('/v1/runs', 'approver', async ({ url: { searchParams } }) => {
      const limit = queryLimit(searchParams, DEFAULT_LIMIT, MAX_LIMIT);
      const before = searchParams.get('before') ?? undefined;
      const beforeDecided = searchParams.get('before_decided') ?? undefined;
      const page = await runs.list({ limit, before, beforeDecided, isOpen: searchParams.get('open') === 'true' });
      return {
        has_journal: runs.hasJournal,
        runs: page.runs.map(headView),
        has_more: page.hasMore,
        now: new Date(now()).toISOString(),
      };
    }),
    get('/v1/runs/:id', 'approver', async ({ param }): Promise<RunDetailsView> => {
      const known = await found(param('id'));
      const { run } = known;
      const { inputTokens: input_tokens = 0, outputTokens: output_tokens = 0, cost } = run.usage ?? {};
      const usage = run.usage && { input_tokens, output_tokens, cost };
      return { run: headView(known), usage, calls: run.calls.map(callView), now: new Date(now()).toISOString() };
    }),
    // Calls by their place: the ids of calls are the model's, and may repeat.
    get('/v1/runs/:id/calls/:number{[0-9]{1,6}}', 'approver', async ({ param }) => {
      const { run, source } = await found(param('id'));
      if (source === 'decisions') throw notFound(NO_PAYLOADS);
      const call = run.calls[Number(param('number'))];
      if (!call) throw notFound('The run has no such call.');
      return payloadsView(call);
    }),
  ];
}

function headView({ run: head, source }: KnownRun<RunHead>): Required<RunHeadView> {
  const { owner, begunAt, writtenAt } = head;
  return {
    run_id: head.id,
    state: head.state,
    source,
    api: head.api,
    thread_id: head.threadId,
    assistant_id: head.assistantId,
    principal_ids: head.principals,
    agents: head.agents,
    ended: head.ended,
    successor: head.successor,
    owner: owner && `process ${owner.pid} on host ${owner.host}`,
    begun_at: begunAt?.toISOString(),
    written_at: writtenAt?.toISOString(),
    calls: head.callCount,
    waiting: head.waitingCount,
    in_doubt: head.inDoubtCount,
    problem: head.problem,
  };
}

function callView(call: CallDetails): Required<RunCallView> {
  const { status = '', decidedBy, decidedAt, note } = call.approval ?? {};
  return {
    call_id: call.callId,
    function_name: redactName(call.name),
    agent: call.agent,
    turn: call.turn,
    state: call.state,
    description: CALL_DESCRIPTIONS[call.state],
    decision: call.decision,
    reason_codes: call.reasonCodes,
    policy_name: call.policyName,
    rule_id: call.ruleId,
    approval_id: call.approvalId,
    approval: call.approval && { status, decided_by: decidedBy, decided_at: decidedAt?.toISOString(), note },
    outcome: call.outcome,
    steps: call.steps.map(({ name, at, ms, isOpen }) => ({
      name,
      at: at.toISOString(),
      is_open: isOpen,
      ...omitUndefined({ ms }),
    })),
  };
}

const MAX_OUTPUT_LENGTH = 4_000;
/** Detection reads more than is shown, so that no sensitive value is cut before it is found. */
const MAX_DETECTED_LENGTH = 16_000;

function payloadsView({ arguments: written, output }: CallDetails): Required<RunPayloadsView> {
  return {
    ...redactedArguments(parsed(written)),
    redacted_output: output === undefined ? undefined : redactedOutput(output),
  };
}

/** Arguments that are not JSON are shown as text. */
function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

function redactedOutput(output: string): string {
  const read = output.slice(0, MAX_DETECTED_LENGTH);
  const clean = redactedForApprovers(read)?.body;
  return typeof clean === 'string' ? truncate(clean, MAX_OUTPUT_LENGTH) : REDACTED;
}
