import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';

/** The keys of each object of the real API, with the JSON types of their values in recorded traffic. */
const recorded = JSON.parse(readFileSync(new URL('../fixtures/recorded-run.json', import.meta.url), 'utf8')) as Partial<
  Record<string, Record<string, string[]>>
>;

/** The same objects of the fake, some of them at several moments. */
const faked = new Map<string, object[]>();

beforeAll(async () => {
  const api = new FakeOpenAI({ script: [callTools({ name: 'add', arguments: { x: 1 } }), say('Done.')], thinkMs: 2 });
  const client = new OpenAI({ apiKey: 'test', baseURL: api.baseURL, fetch: api.fetch });
  const { assistants, threads } = client.beta;
  const keep = (name: string, ...objects: unknown[]) => faked.set(name, objects as object[]);

  const assistant = await assistants.create({ model: 'gpt-4o' });
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Hello' }] });
  const at = { thread_id: thread.id };
  keep('assistant', assistant);
  keep('thread', thread, await threads.retrieve(thread.id));
  const emptyPage: unknown = await (await threads.runs.list(thread.id).asResponse()).json();

  const queued = await threads.runs.create(thread.id, { assistant_id: assistant.id });
  const asking = await threads.runs.poll(queued.id, at, { pollIntervalMs: 1 });
  const call = asking.required_action?.submit_tool_outputs.tool_calls[0];
  const tool_outputs = [{ tool_call_id: String(call?.id), output: '2' }];
  keep('run queued', queued, await threads.runs.submitToolOutputs(queued.id, { ...at, tool_outputs }));
  keep('run requires_action', asking);
  keep('required action', asking.required_action);
  keep('tool call', call);
  keep('function of a tool call', call?.function);
  const completed = await threads.runs.poll(queued.id, at, { pollIntervalMs: 1 });
  keep('run completed', completed);
  keep('usage of a run', completed.usage);

  const { data: messages } = await threads.messages.list(thread.id, { order: 'asc' });
  keep('message of the user', await threads.messages.create(thread.id, { role: 'user', content: 'Hi' }), messages[0]);
  keep('message of the assistant', messages[1]);
  const parts = messages.flatMap(({ content }) => content);
  keep('text part', ...parts);
  keep('text of a part', ...parts.map((part) => part.type === 'text' && part.text));
  keep('list page', emptyPage, await (await threads.runs.list(thread.id).asResponse()).json());
});

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const names = Object.keys(recorded);
test('the fake has each recorded object, in its recorded state', () => {
  expect([...faked.keys()].toSorted()).toEqual(names.toSorted());
  for (const status of ['queued', 'requires_action', 'completed']) {
    for (const run of faked.get(`run ${status}`) ?? []) expect(run).toMatchObject({ status });
  }
});

describe('compared with recorded traffic', () => {
  test.each(names)('%s has no additional keys, and values of the same types', (name) => {
    for (const object of faked.get(name) ?? []) {
      const strange = Object.entries(object)
        .map(([key, value]) => [key, jsonType(value)] as const)
        .filter(([key, type]) => !recorded[name]?.[key]?.includes(type));
      expect(strange).toEqual([]);
    }
  });

  test.each(names)('%s has every key', (name) => {
    for (const object of faked.get(name) ?? []) {
      expect(Object.keys(object).toSorted()).toEqual(Object.keys(recorded[name] ?? {}).toSorted());
    }
  });
});
