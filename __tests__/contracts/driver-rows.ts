import type { DriverRow } from './driver-contract.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const model = 'gpt-5';

const overAssistants: Omit<DriverRow, 'name' | 'start'> = {
  starts: 'runs.create',
  submits: 'runs.submitToolOutputs',
  looks: 'runs.retrieve',
  outputsIn: (body) => (body as { tool_outputs: Items }).tool_outputs.map(({ tool_call_id: callId }) => callId),
  isIn: 'threadId',
  goingOn: (openai, { threadId }) => openai.runs(threadId),
  ends: ['failed', 'incomplete', 'cancelled', 'expired'],
  endedByOthers: ['failed', 'cancelled', 'expired'],
  cutCalls: [],
  asksAgain: false,
  shortlyBeforeExpiry: 'not_run',
  tooManyBytes: 512 * 1024,
};

const overResponses: Omit<DriverRow, 'name' | 'start' | 'isIn' | 'asksAgain'> = {
  starts: 'responses.create',
  submits: 'responses.create',
  looks: 'responses.create',
  outputsIn: (body) => {
    const { input } = body as { input?: Items | string };
    return Array.isArray(input)
      ? (input as Items).flatMap(({ type, call_id: callId }) => (type === 'function_call_output' ? [callId] : []))
      : [];
  },
  goingOn: () => [],
  ends: ['failed', 'incomplete', 'cancelled'],
  endedByOthers: [],
  cutCalls: [{ name: 'whole' }, { name: 'cut', arguments: { half: 'of it' } }],
  shortlyBeforeExpiry: 'allowed',
  tooManyBytes: 10_485_760,
};

const inConversation = { ...overResponses, isIn: 'conversationId', asksAgain: false } as const;
const inChain = { ...overResponses, isIn: undefined, asksAgain: true } as const;

export const rows: readonly DriverRow[] = [
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
    name: 'responses({ model, input, background: true })',
    start: async (runner, _, options) => runner.responses({ model, input: 'Hello', background: true }, options),
    looks: 'responses.retrieve',
    goingOn: (openai) => openai.responses(),
    endedByOthers: ['failed', 'cancelled'],
  },
];
