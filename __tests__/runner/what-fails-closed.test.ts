/** The table of docs/fails-closed.md: every row is a test, and every test of this file is a row. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GuardedRunError, tool } from 'interven-openai-assistants';
import {
  callTools,
  emitItems,
  reportStatus,
  requestApprovals,
  say,
  stopShort,
  type ModelStep,
  type ScriptedRule,
} from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { world } from '../setup/world.ts';

interface Scenario {
  readonly row: string;
  /** The outcome of the call, or the code of the error that the run rejects with. */
  readonly result: string;
  readonly rule?: ScriptedRule;
  readonly args?: string | Record<string, unknown>;
  readonly step?: ModelStep;
  readonly needsApproval?: true | (() => boolean);
  readonly options?: Parameters<typeof world>[0]['options'];
  readonly sabotage?: (parts: ReturnType<typeof world>) => void;
  /** Default: a run of the Assistants API. */
  readonly api?: 'responses';
}

const pay = (id?: string) => ({ name: 'pay', arguments: { cents: 1 }, ...(id === undefined ? {} : { id }) });
const open = { onGatewayError: 'allow' } as const;
const approval = { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } as const;

const scenarios: readonly Scenario[] = [
  { row: 'The gateway is unreachable', result: 'scan_unavailable', rule: { fault: 'unreachable' } },
  {
    row: 'The gateway takes longer than `scanTimeoutMs`',
    result: 'scan_unavailable',
    rule: { decision: 'ALLOW', delayMs: 5_000 },
    options: { scanTimeoutMs: 10 },
  },
  { row: 'The gateway has a server error (5xx)', result: 'scan_unavailable', rule: { fault: 'server_error' } },
  {
    row: 'The gateway is over its rate limit (429)',
    result: 'scan_unavailable',
    rule: { fault: 'rate_limited' },
    options: open,
  },
  {
    row: "The gateway's answer is not a decision",
    result: 'scan_rejected',
    rule: { fault: 'malformed_reply' },
    options: open,
  },
  { row: 'SANITIZE comes without a body', result: 'scan_rejected', rule: { decision: 'SANITIZE' }, options: open },
  {
    row: 'The gateway clears a call whose tool has `needsApproval`, and names no approval',
    result: 'scan_rejected',
    needsApproval: true,
    options: open,
  },
  {
    row: "The tool's `needsApproval` throws, takes longer than 10 s or returns no boolean",
    result: 'scan_rejected',
    needsApproval: () => {
      throw new Error('The limits are unknown.');
    },
    options: open,
  },
  {
    row: "The redacted arguments do not fit the tool's schema",
    result: 'sanitized_invalid',
    rule: { decision: 'SANITIZE', sanitizedBody: { cents: 'x' } },
    options: open,
  },
  {
    row: "The arguments that an approver edited do not fit the tool's schema",
    result: 'edited_invalid',
    rule: approval,
    options: { approval: 'wait' },
    sabotage: ({ gateway }) => {
      gateway.approve('ap_1', { cents: 'x' });
    },
  },
  {
    row: 'The arguments are larger than 256 KB',
    result: 'too_large',
    args: { cents: 1, note: 'x'.repeat(300_000) },
    options: open,
  },
  {
    row: 'The arguments are not a JSON object, or have a `__proto__` key',
    result: 'invalid_arguments',
    args: '{"cents":1,"__proto__":{}}',
    options: open,
  },
  {
    row: 'The arguments have a number that JavaScript cannot represent exactly, or a duplicate key',
    result: 'invalid_arguments',
    args: '{"cents":2512292042121000001}',
    options: open,
  },
  {
    row: "The argument `url` stands for the call's target, and gateways refuse it, such as `https://a!b.example`",
    result: 'invalid_arguments',
    args: { cents: 1, url: 'https://a!b.example' },
    options: open,
  },
  {
    row: "The arguments do not fit the tool's schema",
    result: 'invalid_arguments',
    args: { cents: 'many' },
    options: open,
  },
  {
    row: 'The tool is not registered',
    result: 'unknown_tool',
    step: callTools({ name: 'constructor' }),
    options: open,
  },
  { row: 'An approval is pending', result: 'approval_pending', rule: approval, options: open },
  {
    row: 'An approver refuses',
    result: 'approval_denied',
    rule: approval,
    options: { approval: 'wait' },
    sabotage: ({ gateway }) => {
      gateway.deny('ap_1');
    },
  },
  {
    row: 'The approval expires',
    result: 'approval_expired',
    rule: approval,
    options: { approval: 'wait' },
    sabotage: ({ gateway }) => {
      gateway.expire('ap_1');
    },
  },
  { row: 'The run is about to expire', result: 'not_run', options: { expiryMarginMs: 700_000 } },
  {
    row: 'The run or the tool is over its budget',
    result: 'budget_exceeded',
    step: callTools({ name: 'missing' }, pay()),
    options: { maxToolCalls: 1 },
  },
  {
    row: "An MCP call, which the API's own side runs, is not clearly allowed",
    result: 'scan_unavailable',
    step: requestApprovals(pay()),
    rule: { fault: 'unreachable' },
    options: open,
  },
  {
    row: 'A response with calls is incomplete, failed or cancelled',
    result: 'not_run',
    api: 'responses',
    step: stopShort('max_completion_tokens', pay()),
  },
  {
    row: 'A response asks for a shell command, a patch or a client-side tool search',
    result: 'unknown_tool',
    api: 'responses',
    step: emitItems({
      type: 'shell_call',
      call_id: 'call_1',
      status: 'completed',
      action: { commands: ['pay'] },
      environment: { type: 'local' },
    }),
  },
  {
    row: 'The gateway refuses the request (400, 401, 403, any other 4xx)',
    result: 'gateway_configuration',
    rule: { fault: 'configuration' },
    options: open,
  },
  {
    row: 'A turn has duplicate call ids, or no calls',
    result: 'invalid_turn',
    step: callTools(pay('call_1'), pay('call_1')),
  },
  {
    row: 'The run needs an unknown action or an unknown kind of call',
    result: 'unknown_action',
    sabotage: ({ openai }) => {
      openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, required_action: { type: 'submit_blood' } }) });
    },
  },
  { row: 'The run has an unknown status', result: 'unknown_status', step: reportStatus('pondering') },
  {
    row: 'The run has used up its tokens or cost, or its principal those of the day',
    result: 'over_budget',
    api: 'responses',
    options: { maxTokens: 1 },
  },
  {
    row: 'Tokens or cost are limited, and the API reports no usage, or the model has no price',
    result: 'over_budget',
    options: { maxCost: 1, prices: {} },
  },
];

function setUp({ step = callTools(pay()), rule = 'ALLOW', args, needsApproval, options = {}, sabotage }: Scenario) {
  const ran: unknown[] = [];
  const call = args === undefined ? step : callTools({ name: 'pay', arguments: args });
  const parameters = z.looseObject({ cents: z.number(), url: z.string().optional() });
  const parts = world({
    script: [call, say('ok')],
    decisions: { pay: rule },
    tools: { pay: tool({ parameters, needsApproval, execute: (input) => ran.push(input) }) },
    options,
  });
  sabotage?.(parts);
  return { ran, ...parts };
}

test.each(scenarios)('$row: $result', async (scenario) => {
  const { runner, openai, ran, threadId, assistantId } = setUp(scenario);
  const running = scenario.api ? runner.responses({ model: MODEL, input: 'Pay.' }) : runner.run(threadId, assistantId);
  const ended = await running.catch((error: unknown) => error as GuardedRunError);
  const actual = ended instanceof GuardedRunError ? ended.code : ended.calls.at(-1)?.outcome;
  expect(actual).toBe(scenario.result);
  expect(ended.calls.map(({ executed }) => executed)).not.toContain('yes');
  expect(ran).toEqual([]);
  if (scenario.api) return;
  expect(openai.runs(threadId)).toMatchObject([
    { status: ended instanceof GuardedRunError ? 'cancelled' : 'completed' },
  ]);
});

test('the table of docs/fails-closed.md has exactly these rows', () => {
  const page = readFileSync('docs/fails-closed.md', 'utf8');
  const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)].map(([, what, result]) => [what, result]);
  expect(rows.slice(1)).toEqual(scenarios.map(({ row, result }) => [row, `\`${result}\``]));
});
