import { expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';

test('smoke', async () => {
  const openai = new FakeOpenAI({
    script: [callTools({ name: 'post_message', arguments: { text: 'a' } }, { name: 'get_time' }), say('done')],
  });
  const client = new OpenAI({ apiKey: 'k', baseURL: openai.baseURL, fetch: openai.fetch });
  const gateway = new ScriptedGateway({ post_message: 'DENY', get_time: 'ALLOW' });
  const runner = new GuardedRunner({
    client,
    gateway,
    tools: {
      post_message: tool({ parameters: z.object({ text: z.string() }), execute: ({ text }) => text }),
      get_time: () => 'noon',
    },
  });
  const { threadId, assistantId } = openai.seed('hi');
  const result = await runner.run(threadId, assistantId);
  expect(result.text).toBe('done');
  expect(result.calls).toEqual([]);
  openai.assertDone();
  gateway.assertDone();
});
