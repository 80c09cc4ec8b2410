import { omitUndefined } from '../internal/omit-undefined.ts';
import { approvalFacts } from '../runner/call/outcome.ts';
import { command, type Command } from './command.ts';
import { duration, factLines, oneLine } from './format.ts';
import { DATABASE_ENVIRONMENT } from './database.ts';
import { ID_HELP } from './runs-options.ts';
import { findRun, STORE_OPTIONS, withRuns } from './runs-store.ts';
import { approvalIdOf, type RunView } from '../runner/journal/run-summary.ts';
import { CALL_DESCRIPTIONS } from '../runner/journal/runs.ts';
import { isRepeated, nextStep, describeOwner, describeRun, type NextStep } from './runs-text.ts';

type Call = RunView['calls'][number];
type Row = readonly [name: string, text: string];

export const runsShow: Command = command({
  name: 'show',
  summary: 'Show the calls of a run, and what to do next',
  description: `Reads the journal only, without changing or locking it, so it is safe while the run is in progress. ${ID_HELP}`,
  operands: 'ID',
  options: {
    payloads: { type: 'boolean', description: 'also arguments and outputs' },
    ...STORE_OPTIONS,
  },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    ['interven-openai-assistants runs show run_abc123 --journal journals/', 'the outcomes of its calls'],
    ['interven-openai-assistants runs show run_abc123 --journal journals/ --payloads --json', 'everything, as JSON'],
  ],
  async run({ values, operands: [given = ''], json }, io) {
    return withRuns(values, io, async (store) => {
      const view = await findRun(store, given);
      const next = nextStep(view, store.options);
      io.write(json ? `${JSON.stringify(asJson(view, next, values.payloads))}\n` : asText(view, next, values.payloads));
      return 0;
    });
  },
});

function asJson(view: RunView, { message, command: next }: NextStep, withPayloads: boolean): object {
  const { id, file, run, state, owner, ending, openRequest, begunAt, writtenAt, calls, usage } = view;
  return {
    id,
    file: file?.path,
    api: run?.api,
    thread_id: run?.threadId,
    begun_at: begunAt,
    written_at: writtenAt,
    state,
    owner: owner && { pid: owner.pid, host: owner.host },
    ended: ending,
    open_request: openRequest,
    usage: usage && { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens, cost: usage.cost },
    torn_bytes: file?.tornBytes,
    calls: calls.map((call) => callJson(call, withPayloads)),
    next: message,
    next_command: next,
  };
}

function callJson(call: Call, withPayloads: boolean): object {
  const { end, decision, settled, times, steps } = call;
  const { sanitized, edited } = changedArguments(call);
  return {
    call_id: call.call.callId,
    asked_by: call.askedBy,
    turn: call.turn,
    tool: call.call.name,
    state: call.state,
    decision: decision?.decision,
    reason_codes: decision?.reasonCodes ?? [],
    trace_id: decision?.traceId,
    approval_id: approvalIdOf(call),
    approval: settled && approvalFacts(settled.approval),
    outcome: end?.outcome,
    executed: end?.executed,
    decided_at: times.decided,
    settled_at: times.settled,
    started_at: times.started,
    ended_at: times.ended,
    scan_ms: end?.scanMs,
    approval_ms: end?.approvalMs,
    handler_ms: end?.handlerMs,
    steps: steps.map(({ name, at, ms, isOpen }) => ({ name, at, ms, is_open: isOpen })),
    ...(withPayloads
      ? {
          arguments: call.call.arguments,
          sanitized_arguments: sanitized,
          edited_arguments: edited,
          output: end?.output,
          error: end?.error,
        }
      : {}),
  };
}

function asText(view: RunView, { message, command: next }: NextStep, withPayloads: boolean): string {
  const { id, file, run, owner, openRequest, begunAt, writtenAt, calls, usage } = view;
  const tornBytes = file?.tornBytes ?? 0;
  const now = Date.now();
  const timeOf = (at: Date | undefined): string =>
    at ? `${at.toISOString()}, ${duration(now - at.getTime())} ago` : '';
  const head = factLines([
    ['thread', run ? `${run.threadId} (${run.api})` : ''],
    ['begun', timeOf(begunAt)],
    ['written', timeOf(writtenAt)],
    ['journal', file?.path ?? ''],
    ['held by', owner ? describeOwner(owner) : ''],
    ['model', openRequest === undefined ? '' : `request ${openRequest} was sent; no response is recorded`],
    ['used', usage ? usageText(usage) : ''],
    [
      'torn',
      tornBytes === 0 || owner ? '' : `${tornBytes} bytes at the end were not written completely; resume removes them`,
    ],
  ]);
  const parts = calls.map((call) => callText(call, view, withPayloads));
  return `${oneLine(id)}  ${describeRun(view)}\n${[head, ...parts].join('\n')}\nNext: ${message}${next === undefined ? '' : `:\n  ${next}`}\n`;
}

function usageText({ inputTokens, outputTokens, cost }: NonNullable<RunView['usage']>): string {
  const tokens = `${inputTokens} input and ${outputTokens} output tokens`;
  return cost === undefined ? tokens : `${tokens}, ${cost} in the unit of prices`;
}

function callText(call: Call, view: RunView, withPayloads: boolean): string {
  const { turn, state, decision } = call;
  const { callId, name } = call.call;
  const title = [...(turn === undefined ? [] : [`turn ${turn}`]), name, `(${callId})`];
  const rows = factLines([
    [
      'state',
      `${CALL_DESCRIPTIONS[state]}${isRepeated(call, view) && state === 'in_doubt' ? '; resume runs it again, with the same idempotency key' : ''}`,
    ],
    ['decision', decision ? [decision.decision, ...decision.reasonCodes].join(', ') : ''],
    ['approval', approvalOf(call)],
    ['when', timesOf(call)],
    ['took', tookOf(call)],
    ...(withPayloads ? payloadsOf(call) : []),
  ]);
  return `${oneLine(title.join('  '))}\n${rows}`;
}

function approvalOf(call: Call): string {
  const { settled, decision, state } = call;
  const approvalId = approvalIdOf(call);
  if (approvalId === undefined) return '';
  if (settled) {
    const { status, decidedBy, decidedAt, note, editedArguments, editedFields } = settled.approval;
    const edited = editedArguments
      ? ` with edited arguments${editedFields ? ` (${editedFields.join(', ')})` : ''}`
      : '';
    const by = `${edited}${decidedBy === undefined ? '' : ` by ${decidedBy}`}`;
    const at = decidedAt === undefined ? '' : `, ${decidedAt.toISOString()}`;
    return `${approvalId}: ${status}${by}${at}${note === undefined ? '' : `: ${note}`}`;
  }
  const { approvalUrl, approvalExpiresAt } = Object(decision) as { approvalUrl?: string; approvalExpiresAt?: Date };
  const left = (approvalExpiresAt?.getTime() ?? NaN) - Date.now();
  const time = left > 0 ? `${duration(left)} left` : 'its time is up';
  const status =
    state === 'waiting' && Number.isFinite(left) ? `no decision is recorded, ${time}` : 'no decision is recorded';
  return [`${approvalId}: ${status}`, ...(approvalUrl === undefined ? [] : [approvalUrl])].join(' · ');
}

function timesOf({ times }: Call): string {
  const { decided, settled, started, ended } = times;
  const when = [
    ['decided', decided],
    ['approval settled', settled],
    ['started', started],
    ['ended', ended],
  ] as const;
  return when.flatMap(([what, at]) => (at ? `${what} ${at.toISOString()}` : [])).join(', ');
}

function tookOf({ steps }: Call): string {
  return steps.flatMap(({ name, ms }) => (ms === undefined ? [] : `${name} ${ms} ms`)).join(', ');
}

function payloadsOf(call: Call): readonly Row[] {
  return [
    ['arguments', call.call.arguments],
    ...Object.entries(changedArguments(call)).map(([how, body]): Row => [how, JSON.stringify(body)]),
    ['output', call.end?.output ?? ''],
    ['error', call.end?.error === undefined ? '' : JSON.stringify(call.end.error)],
  ];
}

/** Returns the arguments that the gateway redacted, and those that an approver edited. */
function changedArguments({ decision, settled }: Call): { readonly sanitized?: unknown; readonly edited?: unknown } {
  const sanitized = decision?.decision === 'SANITIZE' ? decision.sanitizedBody : undefined;
  return omitUndefined({ sanitized, edited: settled?.approval.editedArguments });
}
