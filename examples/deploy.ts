import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { threadId, assistantId } = offline([callTools({ name: 'get_time' }), say('Noon.')]);
const directory = await mkdtemp(join(tmpdir(), 'deploy-'));

// #region deploy
import OpenAI from 'openai';
import { fileJournal, GuardedRunner } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway(),
  journal: fileJournal(directory),
  tools: { get_time: () => '12:00' },
});
process.once('SIGTERM', () => {
  // Stop accepting requests of users here. The platform must wait longer than graceMs and 15 s before it kills.
  void runner.stop({ graceMs: 10_000 }).then(() => process.exit(0));
});
// #endregion

// #region key
const { status, calls } = await runner.run(threadId, assistantId, { runKey: 'invoice-7' });
// #endregion
assert.equal(status, 'completed');
// The job is repeated: the run is not.
assert.deepEqual((await runner.run(threadId, assistantId, { runKey: 'invoice-7' })).calls, calls);
await runner.stop();
await assert.rejects(runner.run(threadId, assistantId), { code: 'stopped' });
process.removeAllListeners('SIGTERM');
await rm(directory, { recursive: true });
