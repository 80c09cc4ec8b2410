import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, emitItems, say, stopShort } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { ending, oneCall, type Item, type Params } from '../../setup/responses.ts';

const ENCRYPTED = 'reasoning.encrypted_content';
const call = (more: Item = {}): Item => ({
  type: 'function_call',
  call_id: 'call_1',
  name: 'pay',
  arguments: '{}',
  ...more,
});
const reasoning = (more: Item = {}): Item => ({ type: 'reasoning', id: 'rs_1', summary: [], ...more });

describe('include', () => {
  test.each(['poll', 'stream'] as const)('asks for encrypted reasoning with store: false (%s)', async (transport) => {
    const { respond, sent } = oneCall();
    await respond({ store: false }, { transport });
    expect(sent().map(({ include }) => include)).toEqual([[ENCRYPTED], [ENCRYPTED]]);
  });

  test.each<[string, Params, unknown]>([
    [
      'keeps the caller’s own',
      { store: false, include: ['message.output_text.logprobs'] },
      ['message.output_text.logprobs', ENCRYPTED],
    ],
    ['does not ask twice', { store: false, include: [ENCRYPTED] }, [ENCRYPTED]],
    ['is unchanged with store: true', { store: true }, undefined],
    ['is unchanged by default', {}, undefined],
  ])('%s', async (_, params, include) => {
    const { respond, sent } = oneCall();
    await respond(params);
    expect(sent().map((body) => body['include'])).toEqual([include, include]);
  });

  test('is unchanged in a conversation, which keeps the reasoning', async () => {
    const { on, sent } = oneCall();
    await on({ store: false });
    expect(sent().map(({ include }) => include)).toEqual([undefined, undefined]);
  });

  describe('of encrypted reasoning that the API rejects', () => {
    const rejecting = (status: number, error: Item) => {
      const parts = oneCall();
      const fetch: typeof parts.openai.fetch = async (input, init) => {
        const asks = typeof init?.body === 'string' && init.body.includes(ENCRYPTED);
        return asks ? Response.json(error, { status }) : parts.openai.fetch(input, init);
      };
      const client = new OpenAI({ apiKey: 'test', baseURL: parts.openai.baseURL, fetch });
      const { gateway, ran } = parts;
      const tools = { pay: (_: unknown, { callId }: { callId: string }) => ran.push(callId) };
      const runner = new GuardedRunner({ client, gateway, tools });
      const respond = async (params: Params) =>
        runner.responses({ model: MODEL, input: 'Pay', store: false, ...params });
      return { ...parts, respond };
    };
    const unsupported = { error: { message: 'Encrypted content is not supported with this model.', param: 'include' } };

    test.each<[string, number, Item]>([
      ['a model that does not reason', 400, unsupported],
      ['a server that does not know it', 422, { detail: [{ loc: ['body', 'include', 0], msg: 'Input should be …' }] }],
    ])('is left out from then on: %s', async (_, status, error) => {
      const { respond, sent, ran } = rejecting(status, error);
      const logprobs = 'message.output_text.logprobs';
      expect(await respond({ include: [logprobs] })).toMatchObject({ text: 'ok' });
      expect(sent().map(({ include }) => include)).toEqual([[logprobs], [logprobs]]);
      expect(ran).toEqual(['call_1']);
    });

    test('is the caller’s error if the caller asked for it', async () => {
      const { respond } = rejecting(400, unsupported);
      expect(await ending(respond({ include: [ENCRYPTED] }))).toMatchObject({
        code: 'api_error',
        cause: { status: 400 },
      });
    });
  });
});

describe('with store: false, an item is sent again', () => {
  const replayed = async (...items: Item[]): Promise<Item[]> => {
    const { respond, sent } = oneCall({ script: [emitItems(...items), say('ok')] });
    await respond({ store: false });
    return (sent()[1]?.['input'] as Item[]).slice(1, -1);
  };

  test.each<[string, Item, Item]>([
    ['without null', call({ status: null, namespace: null, caller: null }), {}],
    ['without a status that requests do not have', call({ status: 'done' }), {}],
    ['without its author', call({ created_by: 'user_1' }), {}],
    ['with arguments that are not JSON as {}', call({ arguments: '{"half": ' }), { arguments: '{}' }],
    ['with an object of arguments as JSON', call({ arguments: { sum: 1 } }), { arguments: '{"sum":1}' }],
    ['with whole characters', call({ arguments: '{"a":"\ud83d"}' }), { arguments: '{"a":"\ufffd"}' }],
    ['with whole escaped characters', call({ arguments: '{"a":"\\ud83d"}' }), { arguments: '{"a":"\ufffd"}' }],
    [
      'as it is',
      call({ arguments: '{"a": 1.50}', status: 'completed' }),
      { arguments: '{"a": 1.50}', status: 'completed' },
    ],
  ])('%s', async (_, item, changed) => {
    expect(await replayed(item)).toEqual([{ ...call(changed), id: expect.any(String) }]);
  });

  test('with what follows it, if it is reasoning', async () => {
    const encrypted = { encrypted_content: 'abc' };
    const items = await replayed(reasoning({ ...encrypted, status: null, content: null }), call());
    expect(items).toMatchObject([reasoning(encrypted), call()]);
    expect(Object.keys(items[0] ?? {})).toEqual(['type', 'id', 'summary', 'encrypted_content']);
  });

  test.each<[string, Item[]]>([
    ['has no content', [reasoning(), call()]],
    ['is the last item', [call(), reasoning({ encrypted_content: 'abc' })]],
  ])('unless it is reasoning that %s', async (_, items) => {
    expect(await replayed(...items)).toMatchObject([call()]);
  });

  test('in the history of a response that stopped short, so that the next request is accepted', async () => {
    const { respond } = oneCall({
      script: [stopShort('max_completion_tokens', { name: 'pay', arguments: { sum: 12345 } }), say('more')],
    });
    const { history = [] } = await respond({ store: false });
    expect(history).toMatchObject([
      { role: 'user' },
      { type: 'function_call', arguments: '{}', status: 'incomplete' },
      {},
    ]);
    expect(await respond({ store: false, input: history })).toMatchObject({ text: 'more' });
  });

  test('also when it is a text that is no text', async () => {
    const { respond, sent } = oneCall({
      script: [emitItems({ type: 'custom_tool_call', call_id: 'call_1', name: 'query', input: null }), say('ok')],
    });
    await respond({ store: false });
    expect(sent()[1]?.['input']).toMatchObject([{}, { type: 'custom_tool_call', input: '""' }, {}]);
  });
});

test('in a chain, the calls stay at the API', async () => {
  const { respond, sent } = oneCall({
    script: [callTools({ name: 'pay', id: 'call_1', arguments: '{"half": ' }), say('ok')],
  });
  await respond();
  expect(sent()[1]?.['input']).toMatchObject([{ type: 'function_call_output' }]);
});
