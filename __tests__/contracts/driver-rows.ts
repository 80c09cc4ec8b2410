import type { DriverRow } from './driver-contract.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const model = 'gpt-5';

/** The calls that an Assistants run waits for, and one more. */
function withCall(action: unknown, call: object): object {
  const { submit_tool_outputs: asked } = action as { submit_tool_outputs: { tool_calls: Items } };
  return { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [...asked.tool_calls, call] } };
}

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
  mayGoOn: false,
  askingForMore: (run) => ({
    ...run,
    required_action: withCall(run['required_action'], { type: 'telepathy', id: 'call_9' }),
  }),
  shortlyBeforeExpiry: 'not_run',
  tooManyBytes: 512 * 1024,
};

const overResponses: Omit<DriverRow, 'name' | 'start' | 'isIn' | 'asksAgain' | 'mayGoOn'> = {
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
  askingForMore: ({ output, ...response }) => ({
    ...response,
    output: [...(output as Items), { type: 'telepathy_call', id: 'tc_1', call_id: 'call_9' }],
  }),
  cutCalls: [{ name: 'whole' }, { name: 'cut', arguments: { half: 'of it' } }],
  shortlyBeforeExpiry: 'allowed',
  tooManyBytes: 10_485_760,
};

const inBackground = {
  looks: 'responses.retrieve',
  goingOn: (openai) => openai.responses(),
  endedByOthers: ['failed', 'cancelled'],
} as const satisfies Partial<DriverRow>;

const inConversation = { ...overResponses, isIn: 'conversationId', asksAgain: false, mayGoOn: true } as const;
const inChain = { ...overResponses, isIn: undefined, asksAgain: true, mayGoOn: false } as const;

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
];
