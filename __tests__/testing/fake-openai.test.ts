import { describe, expect, test } from '@jest/globals';
import OpenAI, { type APIError } from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import * as testing from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';

const { callTools, fail, reportStatus, requestApprovals, say, stopShort } = testing;
const POLL = { pollIntervalMs: 5 };
const CALLS = callTools({ id: 'call_a', name: 'add', arguments: { x: 1 } }, { id: 'call_b', name: 'sub' });
const OUTPUTS = [
  { tool_call_id: 'call_b', output: 'B' },
  { tool_call_id: 'call_a', output: 'A' },
];
const clients: [string, typeof OpenAI][] = [
  ['openai 5', OpenAI5 as unknown as typeof OpenAI],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7 as unknown as typeof OpenAI],
];

function world(script: testing.Script, options: Partial<testing.FakeOpenAIOptions> = {}, Client = OpenAI) {
  const api = new testing.FakeOpenAI({ script, ...options });
  const client = new Client({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch, maxRetries: 0 });
  const { threadId, assistantId } = api.seed('Hello');
  const { runs, messages } = client.beta.threads;
  const at = { thread_id: threadId };
  const body = { assistant_id: assistantId };
  const run = async () => runs.createAndPoll(threadId, body, POLL);
  const submit = async (id: string, tool_outputs = OUTPUTS) => runs.submitToolOutputs(id, { ...at, tool_outputs });
  return { api, client, runs, messages, threadId, at, body, run, submit };
}

/** The API's error, with its param and code unless they are null. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  const accepted = () => 'accepted';
  const error = await attempt.then(accepted, (thrown: unknown) => thrown as APIError);
  if (typeof error === 'string') return error;
  expect(error.type).toBe('invalid_request_error');
  return [error.message, error.param, error.code].filter((word) => word != null).join(' | ');
}

describe.each(clients)('with %s', (_, Client) => {
  test('a run is queued, requires tool outputs, is queued again and completes', async () => {
    const { api, client } = world([CALLS, say('Done.')], { thinkMs: 2 }, Client);
    const { assistants, threads } = client.beta;
    const assistant = await assistants.create({ model: MODEL, instructions: 'Be brief.' });
    const thread = await threads.create({ messages: [{ role: 'user', content: 'One' }] });
    await threads.messages.create(thread.id, { role: 'user', content: [{ type: 'text', text: 'Two' }] });
    const created = await threads.runs.create(thread.id, { assistant_id: assistant.id, metadata: { tag: 'x' } });
    expect(created).toMatchObject({ status: 'queued', required_action: null, metadata: { tag: 'x' }, usage: null });
    expect(created).toMatchObject({ model: MODEL, instructions: 'Be brief.', thread_id: thread.id });
    const asking = await threads.runs.poll(created.id, { thread_id: thread.id }, POLL);
    const tool_calls = [
      { id: 'call_a', type: 'function', function: { name: 'add', arguments: '{"x":1}' } },
      { id: 'call_b', type: 'function', function: { name: 'sub', arguments: '{}' } },
    ];
    expect(asking.status).toBe('requires_action');
    expect(asking.required_action).toEqual({ type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls } });
    const answer = { thread_id: thread.id, tool_outputs: OUTPUTS };
    const submitted = await threads.runs.submitToolOutputs(created.id, answer);
    expect(submitted).toMatchObject({ status: 'queued', required_action: null });
    expect((await threads.runs.poll(created.id, { thread_id: thread.id }, POLL)).status).toBe('completed');
    expect(api.runs(thread.id)).toEqual([{ id: created.id, status: 'completed', metadata: { tag: 'x' } }]);
    expect(api.messages(thread.id).map(({ text }) => text)).toEqual(['One', 'Two', 'Done.']);
    const operations = api.requests.map(({ operation }) => operation);
    expect(operations.filter((operation, at) => operation !== operations[at - 1])).toEqual([
      ...['assistants.create', 'threads.create', 'messages.create', 'runs.create'],
      ...['runs.retrieve', 'runs.submitToolOutputs', 'runs.retrieve'],
    ]);
    expect(api.requests[operations.indexOf('runs.submitToolOutputs')]?.body).toEqual({ tool_outputs: OUTPUTS });
    api.assertDone();
  });

  test('the fake serves the same on a local port, until the test closes it', async () => {
    const { api, threadId, at, body } = world([CALLS, say('Done.')]);
    const server = await api.listen();
    const { runs } = new Client({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 }).beta.threads;
    try {
      const { id, status } = await runs.createAndPoll(threadId, body, POLL);
      expect(status).toBe('requires_action');
      const done = await runs.submitToolOutputsAndPoll(id, { ...at, tool_outputs: OUTPUTS }, POLL);
      expect(done.status).toBe('completed');
    } finally {
      await server.close();
    }
    await expect(runs.list(threadId)).rejects.toThrow('Connection error.');
  });
});

describe('the script', () => {
  test('as a function receives the turn, the messages and the last outputs in the order of their calls', async () => {
    const seen: testing.ModelTurn[] = [];
    const { threadId, run, submit } = world((turn) => {
      seen.push(turn);
      return turn.turn < 2 ? CALLS : say('Done.');
    });
    const { id } = await run();
    await submit(id);
    const always = { runId: id, threadId, messages: [{ role: 'user', text: 'Hello' }] };
    const outputs = [
      { callId: 'call_a', name: 'add', output: 'A' },
      { callId: 'call_b', name: 'sub', output: 'B' },
    ];
    expect(seen[0]).toEqual({ ...always, turn: 1, outputs: [] });
    expect(seen[1]).toEqual({ ...always, turn: 2, outputs });
  });

  test('as an array is consumed by the runs of all threads', async () => {
    const { api, client, threadId, body, run } = world([say('One'), say('Two'), say('Three')]);
    await run();
    const thread = { messages: [{ role: 'user', content: 'Hi' } as const] };
    const { thread_id } = await client.beta.threads.createAndRunPoll({ ...body, thread }, POLL);
    await run();
    const texts = [threadId, thread_id].map((id) => api.messages(id).map(({ text }) => text));
    expect(texts.flat()).toEqual(['Hello', 'One', 'Three', 'Hi', 'Two']);
    api.assertDone();
  });

  test('sends string arguments unchanged, and generates the ids of calls without one', async () => {
    const { run } = world([callTools({ name: 'add', arguments: '{"x":' }, { name: 'add' })]);
    const [first, second] = (await run()).required_action?.submit_tool_outputs.tool_calls ?? [];
    expect(first?.function.arguments).toBe('{"x":');
    expect(new Set([first?.id, second?.id, undefined]).size).toBe(3);
  });

  test.each<[string, testing.Script, object]>([
    ['fail', [fail('Busy.', 'busy')], { status: 'failed', last_error: { code: 'busy', message: 'Busy.' } }],
    ['stopShort', [stopShort('long')], { status: 'incomplete', incomplete_details: { reason: 'long' } }],
    ['reportStatus', [reportStatus('expired')], { status: 'expired', last_error: null, incomplete_details: null }],
    ['an error', () => Promise.reject(new Error('Oops')), { last_error: { message: 'The script threw: Error: Oops' } }],
  ])('ends a run with %s', async (_, script, expected) => {
    expect(await world(script).run()).toMatchObject(expected);
  });

  test('requires approvals as Azure does, which tool_approvals answers', async () => {
    const { api, runs, threadId, at, run, submit } = world(({ outputs }) =>
      outputs[0] ? say(`${outputs[0].name}: ${outputs[0].output}`) : requestApprovals({ id: 'call_m', name: 'search' }),
    );
    const { id, required_action } = await run();
    const call = { id: 'call_m', type: 'mcp', name: 'search', arguments: '{}', server_label: 'fake' };
    expect(required_action).toEqual({ type: 'submit_tool_approval', submit_tool_approval: { tool_calls: [call] } });
    expect(await refusal(submit(id, []))).toBe("400 Expected tool outputs for call_ids ['call_m'], got []");
    const answer = { ...at, tool_outputs: [], tool_approvals: [{ tool_call_id: 'call_m', approve: true }] };
    expect((await runs.submitToolOutputsAndPoll(id, answer, POLL)).status).toBe('completed');
    expect(api.messages(threadId).at(-1)?.text).toBe('search: true');
  });
});

test('lists are newest first or in the requested order and limit, and messages can be filtered by run', async () => {
  const { run, runs, messages, threadId } = world([say('One'), say('Two')]);
  const [first, second] = [await run(), await run()];
  const texts = async (query: OpenAI.Beta.Threads.MessageListParams) =>
    (await messages.list(threadId, query)).data.map(({ content: [part] }) => part?.type === 'text' && part.text.value);
  expect(await texts({})).toEqual(['Two', 'One', 'Hello']);
  expect(await texts({ order: 'asc' })).toEqual(['Hello', 'One', 'Two']);
  expect(await texts({ run_id: first.id })).toEqual(['One']);
  expect((await runs.list(threadId)).data.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(await runs.list(threadId, { limit: 1 })).toMatchObject({ data: [{ id: second.id }], has_more: true });
});

test("a run's steps contain the calls with their outputs, and the message", async () => {
  const { run, submit, runs, at, messages, threadId } = world([CALLS, say('Done.')]);
  const { id } = await run();
  const outputs = async () =>
    (await runs.steps.list(id, { ...at, order: 'asc' })).data.map(({ status, step_details: details }) =>
      details.type === 'tool_calls'
        ? [status, ...details.tool_calls.map((call) => call.type === 'function' && call.function.output)]
        : [status, details.message_creation.message_id],
    );
  expect(await outputs()).toEqual([['in_progress', null, null]]);
  await submit(id);
  await runs.retrieve(id, at);
  const { data } = await messages.list(threadId, { run_id: id });
  expect(await outputs()).toEqual([
    ['completed', 'A', 'B'],
    ['completed', data[0]?.id],
  ]);
});

test('assistants, messages and steps can be read one by one, and all assistants listed', async () => {
  const { client, run, runs, messages, threadId, at, body } = world([say('Done.')]);
  const { assistants } = client.beta;
  const { id } = await run();
  const named = await assistants.create({ model: MODEL, name: 'Second' });
  expect((await assistants.list()).data.map((one) => one.id)).toEqual([named.id, body.assistant_id]);
  expect(await assistants.retrieve(named.id)).toEqual(named);
  const [message] = (await messages.list(threadId)).data;
  expect(await messages.retrieve(String(message?.id), at)).toEqual(message);
  const [step] = (await runs.steps.list(id, at)).data;
  expect(await runs.steps.retrieve(String(step?.id), { ...at, run_id: id })).toEqual(step);
});

test('the metadata of a run can be replaced, and a thread be deleted with its runs', async () => {
  const { client, run, runs, messages, threadId, at } = world([CALLS]);
  const { id } = await run();
  expect(await runs.update(id, { ...at, metadata: { tag: 'x' } })).toMatchObject({ id, metadata: { tag: 'x' } });
  expect(await runs.update(id, at)).toMatchObject({ status: 'requires_action', metadata: { tag: 'x' } });
  const deleted = { id: threadId, object: 'thread.deleted', deleted: true };
  expect(await client.beta.threads.delete(threadId)).toEqual(deleted);
  const gone = `404 No thread found with id '${threadId}'.`;
  expect([await refusal(runs.retrieve(id, at)), await refusal(messages.list(threadId))]).toEqual([gone, gone]);
});

test('no two fakes create the same id', async () => {
  const ids = async () => {
    const { api, client, run } = world([callTools({ name: 'add' })]);
    const { id, required_action: action } = await run();
    const response = await client.responses.compact({ model: MODEL, input: 'Hi' });
    const seeded = Object.values(api.seed('Hi'));
    return [id, action?.submit_tool_outputs.tool_calls[0]?.id, response.id, ...seeded];
  };
  const both = [...(await ids()), ...(await ids())];
  expect(new Set(both).size).toBe(both.length);
  expect(both[0]).toMatch(/^run_fake\d+_[0-9a-f]{8}$/);
});

describe('the fake refuses', () => {
  test('an unknown id', async () => {
    const { client, runs, messages, threadId, at, run, submit } = world([say('Done.')]);
    expect(await refusal(messages.list('x'))).toBe("404 No thread found with id 'x'.");
    expect(await refusal(runs.create(threadId, { assistant_id: 'x' }))).toBe("404 No assistant found with id 'x'.");
    expect(await refusal(runs.retrieve('x', at))).toBe("404 No run found with id 'x'.");
    expect(await refusal(submit('x'))).toBe("404 No run found with id 'x'.");
    expect(await refusal(client.beta.assistants.retrieve('x'))).toBe("404 No assistant found with id 'x'.");
    expect(await refusal(messages.retrieve('x', at))).toBe("404 No message found with id 'x'.");
    const { id: run_id } = await run();
    expect(await refusal(runs.steps.retrieve('x', { ...at, run_id }))).toBe("404 No run step found with id 'x'.");
  });

  test('a missing or unknown parameter', async () => {
    const { client, runs, messages, threadId, body } = world([]);
    const missing = (name: string) =>
      `400 Missing required parameter: '${name}'. | ${name} | missing_required_parameter`;
    expect(await refusal(client.beta.assistants.create({} as never))).toBe(missing('model'));
    expect(await refusal(runs.create(threadId, {} as never))).toBe(missing('assistant_id'));
    expect(await refusal(messages.create(threadId, { role: 'user' } as never))).toBe(missing('content'));
    expect(await refusal(messages.create(threadId, { content: 'Hi' } as never))).toBe(missing('role'));
    const misspelt = { ...body, instruction: 'Be brief.' };
    const unknown = "400 Unknown parameter: 'instruction'. | instruction | unknown_parameter";
    expect(await refusal(runs.create(threadId, misspelt))).toBe(unknown);
  });

  test('metadata of more than 16 pairs, or with a key or value that is too long', async () => {
    const { client, runs, threadId, body } = world([say('Done.')]);
    const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
    const create = async (metadata: Record<string, string>) => refusal(runs.create(threadId, { ...body, metadata }));
    const tooMany =
      "400 Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead. | metadata | object_above_max_properties";
    expect(await create(pairs(17))).toBe(tooMany);
    expect(await refusal(client.beta.threads.create({ metadata: pairs(17) }))).toBe(tooMany);
    const key = 'k'.repeat(65);
    expect(await create({ [key]: 'v' })).toBe(
      `400 Invalid property name in 'metadata': '${key}' is too long. Expected a string with maximum length 64, but got a string with length 65 instead. | metadata.${key} | property_name_above_max_length`,
    );
    expect(await create({ key: 'v'.repeat(513) })).toBe(
      "400 Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead. | metadata.key | string_above_max_length",
    );
    expect(await create({ ...pairs(15), ['k'.repeat(64)]: 'v'.repeat(512) })).toBe('accepted');
  });

  test('a request without a key or the beta header', async () => {
    const { client } = world([]);
    const create = async (headers: Record<string, null>) => refusal(client.beta.threads.create({}, { headers }));
    expect(await create({ Authorization: null })).toBe("401 You didn't provide an API key.");
    expect(await create({ 'OpenAI-Beta': null })).toBe(
      "400 You must provide the 'OpenAI-Beta' header to access the Assistants API: 'OpenAI-Beta: assistants=v2'. | invalid_beta",
    );
  });

  test('a submit with a missing output, an extra output or one that is not a string', async () => {
    const { run, submit } = world([CALLS, say('Done.')]);
    const { id } = await run();
    const of = (...ids: string[]) => ids.map((tool_call_id) => ({ tool_call_id, output: '' }));
    const expected = "400 Expected tool outputs for call_ids ['call_a', 'call_b'], got";
    expect(await refusal(submit(id, of('call_a')))).toBe(`${expected} ['call_a']`);
    expect(await refusal(submit(id, []))).toBe(`${expected} []`);
    expect(await refusal(submit(id, of('call_a', 'call_a')))).toBe(`${expected} ['call_a', 'call_a']`);
    expect(await refusal(submit(id, of('call_a', 'call_b', 'x')))).toBe(`${expected} ['call_a', 'call_b', 'x']`);
    const number = [{ tool_call_id: 'call_a', output: 7 as never }, ...of('call_b')];
    const text =
      "400 Invalid type for 'tool_outputs[0].output': expected a string, but got an integer instead. | tool_outputs[0].output | invalid_type";
    expect(await refusal(submit(id, number))).toBe(text);
    expect(await refusal(submit(id))).toBe('accepted');
  });

  test('outputs of 512 KB in total, counted in bytes', async () => {
    const { run, submit } = world([CALLS, say('Done.')]);
    const { id } = await run();
    const half = { tool_call_id: 'call_a', output: 'é'.repeat(128 * 1024) };
    const text = "400 'tool_outputs' too large: the combined tool outputs must be less than 512kb. | invalid_value";
    const rest = (length: number) => [half, { tool_call_id: 'call_b', output: 'x'.repeat(length) }];
    expect(await refusal(submit(id, rest(256 * 1024)))).toBe(text);
    expect(await refusal(submit(id, rest(256 * 1024 - 1)))).toBe('accepted');
  });
});
