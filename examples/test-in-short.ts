import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { MODEL } from './model.ts';

const refunds: number[] = [];
const tools = {
  refund: tool({ parameters: z.object({ cents: z.number() }), execute: ({ cents }) => refunds.push(cents) }),
};

// #region test
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say, ScriptedGateway } from 'interven-openai-assistants/testing';

const openai = new FakeOpenAI({ script: [callTools({ name: 'refund', arguments: { cents: 500 } }), say('Refunded.')] });
const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
const runner = new GuardedRunner({ client, tools, gateway: new ScriptedGateway({ refund: 'DENY' }) });

openai.misbehave('responses.create', { status: 500 }); // the API fails once
const { calls } = await runner.responses({ model: MODEL, input: 'I want my money back.' });

assert.equal(calls[0]?.outcome, 'denied');
openai.assertDone(); // fails if something unexpected happened
// #endregion

assert.deepEqual(refunds, []);
