import { describe, expect, test } from '@jest/globals';
import { callTools, requestApprovals, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { CANCEL, decide, message, refusal, result, world, type Input } from './agents-world.ts';

const CALLS = callTools({ id: 'call_a', name: 'add' }, { id: 'call_b', name: 'sub' });
const LONG = 'x'.repeat(1_048_577);
const MISSING = 'missing_required_parameter';

describe('input to a session', () => {
  const parts = (content: unknown, more: object = { role: 'user' }) => ({
    type: 'agent.session.input.message',
    input: [{ ...more, content }],
  });
  const text = { type: 'input_text', text: 'Hi' };

  test.each<[string, unknown, string]>([
    ['no events', undefined, `Missing required parameter: 'events'. | events | ${MISSING}`],
    [
      'events that are not an array',
      {},
      "Invalid type for 'events': expected an array of objects, but got an object instead. | events | invalid_type",
    ],
    ['an empty array of events', [], "Invalid 'events': empty array. Expected an array with minimum length 1"],
    ['too many events', new Array(16_385).fill(CANCEL), 'array_above_max_length'],
    ['an event that is no object', ['cancel'], "Invalid type for 'events[0]': expected an object,"],
    ['an event of no kind', [{}], `Missing required parameter: 'events[0].type'.`],
    [
      'an event of an unknown kind',
      [{ type: 'agent.session.input.dance' }],
      "Invalid value: 'agent.session.input.dance'.",
    ],
    ['an unknown key', [{ ...CANCEL, reason: 'x' }], "Unknown parameter: 'events[0].reason'."],
    ['a message without input', [{ type: 'agent.session.input.message' }], "parameter: 'events[0].input'."],
    ['a message with an empty input', [{ type: 'agent.session.input.message', input: [] }], "'events[0].input': empty"],
    ['a message of the assistant', [parts([text], { role: 'assistant' })], "Invalid value: 'assistant'."],
    ['a message of another type', [parts([text], { role: 'user', type: 'item' })], "Invalid value: 'item'."],
    ['a message with an unknown key', [parts([text], { role: 'user', id: 'x' })], "'events[0].input[0].id'."],
    ['a message whose content is a string', [parts('Hi')], 'expected an array of objects, but got a string instead.'],
    ['a message with an unknown part', [parts([{ type: 'audio' }])], "Invalid value: 'audio'."],
    ['a text part without text', [parts([{ type: 'input_text' }])], "'events[0].input[0].content[0].text'."],
    ['an image part without address', [parts([{ type: 'input_image' }])], "input[0].content[0].image_url'."],
    ['a text that is too long', [parts([{ ...text, text: LONG }])], 'string_above_max_length'],
    ['a result without its turn', [result(undefined as never, 'call_a')], "parameter: 'events[0].turn_id'."],
    ['a result without its call', [result('t', undefined as never)], "parameter: 'events[0].call_id'."],
    ['a call_id that is no string', [result('t', 1 as never)], "'events[0].call_id': expected a string,"],
    ['a result that says no success', [result('t', 'call_a', { output: 'A' })], "parameter: 'events[0].success'."],
    ['a success that is a word', [result('t', 'c', { success: 'yes' })], "'events[0].success': expected a boolean,"],
    [
      'an output that is an object',
      [result('t', 'c', { success: true, output: {} })],
      'expected one of a string or array of objects, but got an object instead.',
    ],
    ['an output of unknown parts', [result('t', 'c', { success: true, output: [{}] })], "'events[0].output[0].type'."],
    ['an output that is too long', [result('t', 'c', { success: true, output: LONG })], 'string_above_max_length'],
    ['an error that is too long', [result('t', 'c', { success: false, error: LONG })], 'string_above_max_length'],
    [
      'an error that is an object',
      [result('t', 'c', { success: false, error: {} })],
      "'events[0].error': expected a string",
    ],
    ['a decision of another kind', [decide('r', 'maybe')], "Invalid value: 'maybe'. Supported values are: 'approve'"],
    [
      'a decision on another kind',
      [{ ...decide('r', 'deny'), response: { type: 'x', decision: 'deny' } }],
      "Invalid value: 'x'.",
    ],
  ])('is refused when it has %s', async (_, events, problem) => {
    const { send, run, seen } = world([say('Done.')]);
    expect(await refusal(send(events as Input[]))).toContain(problem);
    const { turns, items } = await run();
    expect([turns.length, items.length, seen().status]).toEqual([1, 2, 'idle']);
  });

  test('is accepted up to the limits', async () => {
    const { send, run, turnId } = world([CALLS]);
    await run();
    const output = LONG.slice(1);
    expect(await refusal(send([result(turnId(), 'call_a', { success: true, output })]))).toBe('accepted');
    expect(await refusal(send(new Array<Input>(16_384).fill(CANCEL)))).toBe('accepted');
  });

  test('gets an empty response, and is refused for an unknown session', async () => {
    const { sessions, sessionId, send } = world([]);
    const { data, response } = await sessions.events.create(sessionId, { events: [CANCEL] }).withResponse();
    expect([response.status, data as unknown]).toEqual([202, '']);
    expect(await refusal(send([CANCEL], undefined, 'sess_x'))).toBe("404 Session with id 'sess_x' not found.");
  });
});

describe('the result of a call', () => {
  const UNKNOWN = '400 Unknown pending tool call: call_x | invalid_request_error';
  const DIFFERENT = '409 The tool call already has a different result. | conflict_error';

  test('that is not pending is refused with the message that the SDK recognises', async () => {
    const { send, run, turnId } = world([CALLS]);
    expect(await refusal(send([result('turn_x', 'call_x')]))).toBe(UNKNOWN);
    await run();
    expect(await refusal(send([result(turnId(), 'call_x')]))).toBe(UNKNOWN);
  });

  test('for another turn is refused', async () => {
    const { send, run } = world([CALLS]);
    await run();
    const wrong = '400 The tool call call_a belongs to a different turn. | invalid_request_error';
    expect(await refusal(send([result('turn_x', 'call_a')]))).toBe(wrong);
  });

  test('applies to the call of its turn, also if an earlier turn had one with the same id', async () => {
    const { send, run, answer, turnId } = world([CALLS, say('One'), CALLS, say('Two')]);
    const both = () => [result(turnId(), 'call_a'), result(turnId(), 'call_b')];
    await run();
    const first = both();
    await answer(first);
    await run();
    expect(await refusal(send(first))).toBe('accepted');
    expect((await answer(both())).turns.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  test('is accepted once: a repeat has no effect, and a different one is refused, in any turn state', async () => {
    const { send, run, answer, until, turnId } = world([CALLS, say('Done.')]);
    await run();
    const one = result(turnId(), 'call_a', { success: true, output: 'A' });
    const other = result(turnId(), 'call_a', { success: false, error: 'A' });
    await send([one]);
    expect(await refusal(send([one]))).toBe('accepted');
    expect(await refusal(send([other]))).toBe(DIFFERENT);
    await until(({ requiredActions }) => requiredActions.length === 1);
    expect(await refusal(send([one, { ...one, error: null } as Input]))).toBe('accepted');
    expect(await refusal(send([other]))).toBe(DIFFERENT);
    const { items } = await answer([result(turnId(), 'call_b')]);
    expect(items.filter((item) => 'output' in item).length).toBe(2);
    expect(await refusal(send([one]))).toBe('accepted');
    expect(await refusal(send([other]))).toBe(DIFFERENT);
  });

  test('that is refused also refuses the other events of its request', async () => {
    const { send, run, seen, turnId, answer } = world([CALLS, say('Done.')]);
    await run();
    const [a, b] = [result(turnId(), 'call_a'), result(turnId(), 'call_b')];
    expect(await refusal(send([message('Hurry'), a, result(turnId(), 'call_x')]))).toBe(UNKNOWN);
    expect(await refusal(send([a, result(turnId(), 'call_a', { success: false })]))).toBe(DIFFERENT);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen()).toMatchObject({ requiredActions: [{}, {}] });
    expect(seen().items.length).toBe(3);
    await answer([result(turnId(), 'call_a', { success: false }), b, b]);
  });
});

test('an approval is accepted once, for a pending request, and cannot be changed', async () => {
  const { send, run, until } = world([requestApprovals({ id: 'r1', name: 'buy' }, { id: 'r2', name: 'sell' })]);
  await run();
  const unknown = '400 Unknown pending approval request: r3 | invalid_request_error';
  expect(await refusal(send([decide('r3', 'deny')]))).toBe(unknown);
  const call = '400 Unknown pending tool call: r1 | invalid_request_error';
  expect(await refusal(send([result('turn_x', 'r1')]))).toBe(call);
  await send([decide('r1', 'deny')]);
  await until(({ requiredActions }) => requiredActions.length === 1);
  expect(await refusal(send([decide('r1', 'deny')]))).toBe('accepted');
  const different = '409 The approval request already has a different result. | conflict_error';
  expect(await refusal(send([decide('r1', 'approve')]))).toBe(different);
});

describe('an idempotency key', () => {
  test('makes the same input count once, and refuses a different one', async () => {
    const { send, run, seen, until } = world([CALLS]);
    await run();
    for (let time = 0; time < 2; time += 1) await send([message('Hurry')], 'key');
    const conflict = '409 This idempotency key was used with different input. | idempotency_conflict';
    expect(await refusal(send([message('Slowly')], 'key'))).toBe(conflict);
    await send([message('Please')], 'other');
    await until(({ items }) => items.length === 5);
    expect(seen().items.filter((item) => 'role' in item).length).toBe(3);
  });

  test('can be used again if the input was refused', async () => {
    const { send, run, turnId } = world([CALLS]);
    expect(await refusal(send([result('turn_x', 'call_a')], 'key'))).toContain('Unknown pending tool call');
    await run();
    expect(await refusal(send([result(turnId(), 'call_a')], 'key'))).toBe('accepted');
  });

  test('has 1 to 256 characters', async () => {
    const { send } = world([]);
    expect(await refusal(send([CANCEL], 'k'.repeat(256)))).toBe('accepted');
    for (const key of ['', 'k'.repeat(257)]) {
      const problem = `400 Invalid 'Idempotency-Key': expected 1 to 256 characters, but got ${key.length}.`;
      expect(await refusal(send([CANCEL], key))).toBe(`${problem} | Idempotency-Key`);
    }
  });
});

describe('a session', () => {
  const tool = { type: 'function', name: 'add', description: 'Adds.', parameters: { type: 'object', properties: {} } };
  const withTools = (...tools: object[]) => ({ agent: { model: MODEL, tools } });

  test.each<[string, object, string]>([
    ['no environment', { environment: undefined }, `Missing required parameter: 'environment'.`],
    ['an environment without a type', { environment: {} }, `Missing required parameter: 'environment.type'.`],
    ['an environment of an unknown type', { environment: { type: 'moon' } }, "Invalid value: 'moon'."],
    ['no environment and no input', { environment: { type: 'none' } }, "Missing required parameter: 'input'."],
    ['no model', { agent: {} }, "Missing required parameter: 'agent.model'."],
    ['no agent', { agent: undefined }, "Missing required parameter: 'agent.model'."],
    ['an unknown key', { model: MODEL }, "Unknown parameter: 'model'."],
    ['an agent with an unknown key', { agent: { model: MODEL, temperature: 1 } }, "parameter: 'agent.temperature'."],
    ['an agent_id that is no string', { agent_id: 1 }, "Invalid type for 'agent_id'"],
    ['an empty input', { input: [] }, "Invalid 'input': empty array."],
    ['an input of the assistant', { input: [{ role: 'assistant', content: [] }] }, "Invalid value: 'assistant'."],
    ['a stream', { stream: true }, "The fake streams no creation: subscribe to the session's events. | stream"],
    ['metadata that is too long', { metadata: { a: 'x'.repeat(513) } }, "Invalid 'metadata.a': string too long."],
    ['a tool of an unknown kind', withTools({ type: 'custom' }), "Invalid value: 'custom'."],
    ['a function without a name', withTools({ ...tool, name: undefined }), "'agent.tools[0].name'."],
    ['a function without description', withTools({ ...tool, description: undefined }), "'agent.tools[0].description'."],
    [
      'a function without parameters',
      withTools(tool, { ...tool, parameters: undefined }),
      "'agent.tools[1].parameters'.",
    ],
    ['a function that is strict', withTools({ ...tool, strict: true }), "Unknown parameter: 'agent.tools[0].strict'."],
    [
      'too many tools',
      withTools({ ...tool, description: LONG }, tool, ...(Array(3).fill({ ...tool, description: LONG }) as object[])),
      '3145728',
    ],
  ])('cannot be created with %s', async (_, body, problem) => {
    const { sessions, api } = world([]);
    const usual = { environment: { type: 'openai_hosted' as const }, agent: { model: MODEL } };
    expect(await refusal(sessions.create({ ...usual, ...body }))).toContain(problem);
    expect((await sessions.list()).data.length).toBe(1);
    api.assertDone();
  });

  test('cannot be updated with invalid fields', async () => {
    const { sessions, sessionId } = world([]);
    const update = async (body: object) => refusal(sessions.update(sessionId, body));
    expect(await update({ environment: { type: 'none' } })).toContain("Unknown parameter: 'environment'.");
    expect(await update({ agent: { instructions: 'x' } })).toContain("Unknown parameter: 'agent.instructions'.");
    expect(await update({ agent: { model: 1 } })).toContain("Invalid type for 'agent.model'");
  });
});

test('an agent cannot be created without a model', async () => {
  const { agents } = world([]);
  expect(await refusal(agents.create({} as never))).toBe(
    `400 Missing required parameter: 'model'. | model | ${MISSING}`,
  );
});

test('every request requires the beta header', async () => {
  const { client, sessions, sessionId, api } = world([]);
  const problem =
    "400 You must provide the 'OpenAI-Beta' header to access the Agents API: 'OpenAI-Beta: agents=v1'. | invalid_beta";
  const headers = { 'OpenAI-Beta': 'agents=v2' };
  expect(await refusal(sessions.retrieve(sessionId, { headers }))).toBe(problem);
  expect(await refusal(client.get(`/agents/sessions/${sessionId}/events`))).toBe(problem);
  expect(api.requests).toEqual([]);
});

test('requests are recorded by the SDK’s method names, and can misbehave', async () => {
  const { api, agents, sessions, sessionId, run, turnId } = world([say('Done.')]);
  const agent = await agents.create({ model: MODEL });
  await agents.retrieve(agent.id);
  await sessions.create({ environment: { type: 'openai_hosted' }, agent_id: agent.id });
  await sessions.retrieve(sessionId);
  await sessions.update(sessionId, {});
  await sessions.list();
  (await sessions.events.stream(sessionId)).controller.abort();
  await run();
  await sessions.turns.list(sessionId);
  await sessions.turns.retrieve(turnId(), { session_id: sessionId });
  await sessions.turns.items.list(turnId(), { session_id: sessionId });
  await sessions.items.list(sessionId);
  await sessions.delete(sessionId);
  const operations = api.requests.map(({ operation }) => operation);
  expect(operations).toEqual([
    ...['agents.create', 'agents.retrieve', 'sessions.create', 'sessions.retrieve', 'sessions.update'],
    ...['sessions.list', 'events.stream', 'events.create', 'turns.list', 'turns.retrieve', 'turns.items.list'],
    ...['sessionItems.list', 'sessions.delete'],
  ]);
  for (const operation of operations) api.misbehave(operation as 'agents.create', { status: 503 });
  await expect(sessions.list()).rejects.toMatchObject({ status: 503 });
  await expect(sessions.events.stream(sessionId)).rejects.toMatchObject({ status: 503 });
  await expect(sessions.items.list(sessionId)).rejects.toMatchObject({ status: 503 });
  expect(() => {
    api.misbehave('events.create', { rewrite: (body) => body });
  }).toThrow(new TypeError('misbehave("events.create"): the reply has no body to rewrite.'));
});

test('input whose response is lost or truncated is accepted', async () => {
  const { api, tell, until } = world([CALLS]);
  api.misbehave('events.create', { dropReply: true });
  api.misbehave('events.create', { cutBody: true });
  await expect(tell()).rejects.toThrow('Connection error.');
  await expect(tell()).rejects.toThrow(TypeError);
  const { turns } = await until(({ items }) => items.length === 4);
  expect(turns.length).toBe(1);
});
