import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { fileJournal, GuardedRunner } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';

test('tests that share a journal directory do not take the run of one for the run of another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shared-journal-'));
  const payments: string[] = [];
  const pay = async (name: string) => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'pay' }), say('Paid.')] });
    const runner = new GuardedRunner({
      client: new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }),
      gateway: new ScriptedGateway({ pay: 'ALLOW' }),
      journal: fileJournal(folder),
      tools: { pay: () => payments.push(name) },
    });
    const { threadId, assistantId } = openai.seed('Pay.');
    return runner.run(threadId, assistantId);
  };
  try {
    expect([(await pay('first')).status, (await pay('second')).status]).toEqual(['completed', 'completed']);
    expect(payments).toEqual(['first', 'second']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
