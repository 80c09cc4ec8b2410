import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import OpenAI7 from 'openai7';
import { fail, reportStatus, stopShort, type FakeOpenAI } from 'interven-openai-assistants/testing';
import { azureAgents } from 'interven-openai-assistants';
import { withoutEvents } from '../setup/agents.ts';
import { azureClient } from '../setup/azure.ts';
import { CHART } from '../setup/chart.ts';
import { MODEL } from '../setup/model.ts';
import type { DriverRow, Place } from './driver-contract.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const model = MODEL;
const IMAGE_NOTE = '[an image that is not part of this text]';
const FILE_NOTE = '[a file that is not part of this text]';

/** The calls that an Assistants run requires, and one more. */
function withCall(action: unknown, call: object): object {
  const { submit_tool_outputs: asked } = action as { submit_tool_outputs: { tool_calls: Items } };
  return { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [...asked.tool_calls, call] } };
}

const common: Pick<DriverRow, 'clientOf' | 'sends' | 'approvalTexts'> = {
  clientOf: (options) => new OpenAI(options),
  sends: 'together',
  approvalTexts: ['true', 'false'],
};

const failing = ['fails', 'failed', fail('Out of luck.')] as const;
const cancelling = ['is cancelled', 'cancelled', reportStatus('cancelled')] as const;

const overAssistants: Omit<DriverRow, 'name' | 'start'> = {
  ...common,
  starts: 'runs.create',
  submits: 'runs.submitToolOutputs',
  reads: 'runs.retrieve',
  outputsIn: (body) => (body as { tool_outputs: Items }).tool_outputs.map(({ tool_call_id: callId }) => callId),
  isIn: 'threadId',
  active: (openai, { threadId }) => openai.runs(threadId),
  ends: ['failed', 'incomplete', 'cancelled', 'expired'],
  endings: [failing, ['stops short', 'incomplete', stopShort()], cancelling],
  endedByOthers: ['failed', 'cancelled', 'expired'],
  asksAgain: false,
  mayGoOn: false,
  withUnknownAction: (run) => {
    const { required_action: action } = run;
    return action ? { ...run, required_action: withCall(action, { type: 'telepathy', id: 'call_9' }) } : run;
  },
  shortlyBeforeExpiry: 'not_run',
  chart: `the chart\n${IMAGE_NOTE}\n${FILE_NOTE}`,
  tooManyBytes: 512 * 1024,
};

const overResponses: Omit<DriverRow, 'name' | 'start' | 'isIn' | 'asksAgain' | 'mayGoOn'> = {
  ...common,
  starts: 'responses.create',
  submits: 'responses.create',
  reads: 'responses.create',
  outputsIn: (body) => {
    const { input } = body as { input?: Items | string };
    return Array.isArray(input)
      ? (input as Items).flatMap(({ type, call_id: callId }) => (type === 'function_call_output' ? [callId] : []))
      : [];
  },
  active: () => [],
  ends: ['failed', 'incomplete', 'cancelled'],
  endings: [
    failing,
    [
      'stops short',
      'incomplete',
      stopShort('max_completion_tokens', { name: 'whole' }, { name: 'cut', arguments: { half: 'of it' } }),
    ],
    cancelling,
  ],
  endedByOthers: [],
  withUnknownAction: ({ output, ...response }) => ({
    ...response,
    output: [...(output as Items), { type: 'telepathy_call', id: 'tc_1', call_id: 'call_9' }],
  }),
  shortlyBeforeExpiry: 'allowed',
  chart: JSON.stringify([CHART[0], { ...CHART[1], detail: 'auto' }, CHART[2]]),
  tooManyBytes: 10_485_760,
};

const inBackground = {
  reads: 'responses.retrieve',
  active: (openai) => openai.responses(),
  endedByOthers: ['failed', 'cancelled'],
} as const satisfies Partial<DriverRow>;

const inConversation = { ...overResponses, isIn: 'conversationId', asksAgain: false, mayGoOn: true } as const;
const inChain = { ...overResponses, isIn: undefined, asksAgain: true, mayGoOn: false } as const;

const overAgents: Omit<DriverRow, 'name' | 'start'> = {
  clientOf: (options) => new OpenAI7(options),
  starts: 'events.create',
  submits: 'events.create',
  reads: 'sessions.retrieve',
  outputsIn: (body) =>
    (body as { events: Items }).events.flatMap(({ type, call_id: callId }) =>
      type === 'agent.session.input.tool_result' ? [callId] : [],
    ),
  sends: 'as ready',
  approvalTexts: ['approve', 'deny'],
  isIn: 'sessionId',
  active: (openai, { sessionId }) => openai.session(sessionId).turns,
  ends: ['failed'],
  endings: [failing, ['stops short', 'failed', stopShort()]],
  endedByOthers: ['failed', 'cancelled'],
  asksAgain: false,
  mayGoOn: false,
  withUnknownAction: (session) => ({
    ...session,
    required_actions: [...(session['required_actions'] as Items), { type: 'telepathy', call_id: 'call_9' }],
  }),
  shortlyBeforeExpiry: 'allowed',
  chart: JSON.stringify([CHART[0], CHART[1], { type: 'input_text', text: FILE_NOTE }]),
  tooManyBytes: 1_048_577,
};

/** Another client sends the session its input, and disconnects when its turn is in progress. */
async function beginTurn(openai: FakeOpenAI, { sessionId }: Place): Promise<void> {
  const { sessions } = new OpenAI7({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }).beta.agents;
  const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Hello' }] }];
  await sessions.events.create(sessionId, { events: [{ type: 'agent.session.input.message', input }] });
  while (openai.session(sessionId).status === 'idle') await sleep(1);
}

/** Runs that are in progress when the runner joins: the rules for starting a run do not apply. */
export const joiningRows: readonly DriverRow[] = [
  {
    ...overAgents,
    name: 'resumeSession(sessionId)',
    start: async (runner, place, options, openai) => {
      await beginTurn(openai, place);
      return runner.resumeSession(place.sessionId, options);
    },
  },
];

const polledRows: readonly DriverRow[] = [
  {
    ...overAssistants,
    name: 'run(threadId, assistantId)',
    start: async (runner, { threadId, assistantId }, options) => runner.run(threadId, assistantId, options),
  },
  {
    ...inChain,
    name: 'responses({ model, input })',
    start: async (runner, _, options) => runner.responses({ model, input: 'Hello' }, options),
  },
  {
    ...inConversation,
    name: 'responses({ model, conversation, input })',
    start: async (runner, { conversationId: conversation }, options) =>
      runner.responses({ model, conversation, input: 'Hello' }, options),
  },
  {
    ...inConversation,
    name: 'run(conversationId, assistantId)',
    options: { assistants: { helper: { model } } },
    start: async (runner, { conversationId }, options) => runner.run(conversationId, 'helper', options),
  },
  {
    ...inChain,
    name: 'responses({ model, input, store: false })',
    start: async (runner, _, options) => runner.responses({ model, input: 'Hello', store: false }, options),
  },
  {
    ...inChain,
    ...inBackground,
    mayGoOn: true,
    name: 'responses({ model, input, background: true })',
    start: async (runner, _, options) => runner.responses({ model, input: 'Hello', background: true }, options),
  },
  {
    ...inConversation,
    ...inBackground,
    name: 'responses({ model, conversation, input, background: true })',
    start: async (runner, { conversationId: conversation }, options) =>
      runner.responses({ model, conversation, input: 'Hello', background: true }, options),
  },
  {
    ...overAgents,
    name: 'session(sessionId, { input })',
    start: async (runner, { sessionId }, options) => runner.session(sessionId, { input: 'Hello' }, options),
  },
  {
    ...overAgents,
    name: 'session(sessionId, { input }), without events',
    clientOf: (options) => new OpenAI7({ ...options, fetch: withoutEvents(options.fetch) }),
    start: async (runner, { sessionId }, options) => runner.session(sessionId, { input: 'Hello' }, options),
  },
];

/** The same run, streamed. */
function streamed(row: DriverRow, more: Partial<DriverRow> = {}): DriverRow {
  return {
    ...row,
    name: `${row.name}, streamed`,
    streams: true,
    options: { ...row.options, transport: 'stream' },
    ...more,
  };
}

/** The same session, polled. */
function polled(row: DriverRow): DriverRow {
  return { ...row, name: `${row.name}, polled`, options: { ...row.options, transport: 'poll' } };
}

const [overThread, inAChain, inAConversation, , , backgroundChain, , session] = polledRows as readonly [
  DriverRow,
  DriverRow,
  DriverRow,
  DriverRow,
  DriverRow,
  DriverRow,
  DriverRow,
  DriverRow,
];

/** The same run with the client of Azure Foundry Agents. */
const overAzure: DriverRow = {
  ...overThread,
  name: 'run(threadId, agentId) with azureAgents()',
  clientOf: (options) => azureAgents(azureClient(options)),
  isAzure: true,
  approvalTexts: undefined,
};

/** Each API, client and transport at least once: for rules about what all runs share. */
export const usualRows: readonly DriverRow[] = [
  overThread,
  inAChain,
  inAConversation,
  session,
  overAzure,
  streamed(overThread, { reads: 'runs.create' }),
  streamed(backgroundChain, { reads: 'responses.create' }),
  polled(session),
];

const isUsual = new Set(usualRows.map(({ name }) => name));

/** Every way to run, for rules that a driver could break alone. */
export const rows: readonly DriverRow[] = [
  ...usualRows,
  ...[
    ...polledRows,
    streamed(overAzure, { reads: 'runs.create' }),
    streamed(inAChain),
    streamed(inAConversation),
  ].filter(({ name }) => !isUsual.has(name)),
];
