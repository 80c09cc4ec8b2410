import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { callTools, emitItems, requestApprovals, say, type ModelStep } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { ending, oneCall, type Item } from '../../setup/responses.ts';

const stream = { transport: 'stream' } as const;
const empty = (response: Item): Item => ({ ...response, output: [] });
const lastItem = (response: Item): Item => ({ ...response, output: (response['output'] as Item[]).slice(1) });
const pay = { name: 'pay', id: 'call_1' };
const message = (text: string): Item => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});

describe('a stream that ends with an empty output', () => {
  test.each<[string, ModelStep, object]>([
    ['a function call', callTools(pay), { outcome: 'allowed', output: 'paid' }],
    ['a text call', callTools({ ...pay, name: 'query', kind: 'text' }), { outcome: 'allowed', output: 'paid' }],
    ['an MCP approval request', requestApprovals(pay), { outcome: 'allowed', executed: 'unknown' }],
  ])('has the items that it reported: %s', async (_, step, record) => {
    for (const where of [{}, { background: true }, { store: false }] as const) {
      const { openai, respond, on } = oneCall({
        script: [step, say('ok'), step, say('ok')],
        decisions: { pay: 'ALLOW', query: 'ALLOW' },
        tools: { pay: () => 'paid', query: tool({ text: true, execute: () => 'paid' }) },
      });
      openai.misbehave('responses.create', { rewrite: empty, times: 4 });
      for (const run of [respond, on]) {
        const { status, text, calls, response } = await run(where, stream);
        expect({ status, text, calls }).toMatchObject({ status: 'completed', text: 'ok', calls: [record] });
        expect(response).toMatchObject({ output_text: 'ok' });
      }
      openai.assertDone();
    }
  });

  test('after it was joined again has the items from before, too', async () => {
    const { openai, respond } = oneCall();
    openai.misbehave('responses.create', { rewrite: empty, cutAfterEvents: 7 });
    openai.misbehave('responses.retrieve', { rewrite: empty });
    expect(await respond({ background: true }, stream)).toMatchObject({ text: 'ok', calls: [{ output: 'paid' }] });
  });

  test('and has begun an item that was never done is no response', async () => {
    const { openai, gateway } = oneCall({ script: () => say('never whole') });
    const fetch: typeof openai.fetch = async (...request) => {
      const reply = await openai.fetch(...request);
      const text = (await reply.text()).replaceAll('output_item.done', 'output_item.almost');
      return new Response(text, { headers: reply.headers });
    };
    openai.misbehave('responses.create', { rewrite: empty, times: Infinity });
    openai.misbehave('responses.retrieve', { status: 404, times: Infinity });
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const { code, message: says } = await ending(
      new GuardedRunner({ client, gateway, pollIntervalMs: 5 }).responses({ model: MODEL, input: 'Hello' }, stream),
    );
    expect([code, says]).toEqual(['api_error', expect.stringContaining('without the items that the stream began')]);
  });
});

describe('a stream that completes without something that it reported as done', () => {
  test.each<[string, ModelStep]>([
    ['without the call "call_1" as it was streamed', callTools(pay, { name: 'look' })],
    ['without the text that was streamed', emitItems(message('Done.'), { type: 'reasoning', summary: [] })],
  ])('is no response: %s', async (what, step) => {
    const { openai, respond, ran } = oneCall({ script: () => step });
    openai.misbehave('responses.create', { rewrite: lastItem, times: Infinity });
    openai.misbehave('responses.retrieve', { status: 404, times: Infinity });
    const { code, message: says } = await ending(respond({}, stream));
    expect(code).toBe('api_error');
    expect(says).toContain(what);
    expect(ran).toEqual([]);
  });
});
