/** A decision log, traces, and monitor mode. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { EmbeddedGateway, agentSafety } from 'interven-openai-assistants/embedded';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const step = callTools({ name: 'delete_file', arguments: { path: '/a' } });
const { openai, threadId, assistantId } = offline([step, say('It waits for approval.'), step, say('Done.')]);
process.chdir(mkdtempSync(join(tmpdir(), 'observe-')));
const client = new OpenAI();
const gateway = new EmbeddedGateway({ policies: agentSafety });
const tools = { delete_file: () => 'deleted' };

// #region observe
import { decisionLog, GuardedRunner } from 'interven-openai-assistants';
import { openTelemetry } from 'interven-openai-assistants/telemetry';

const log = decisionLog('decisions.jsonl'); // a line of JSON per decision
const runner = new GuardedRunner({ client, gateway, tools, onEvent: log, telemetry: openTelemetry() });
// #endregion

const { calls: guarded } = await runner.run(threadId, assistantId);

// #region monitor
const trial = new GuardedRunner({ client, gateway, tools, onEvent: log, mode: 'monitor', awaitScans: true });
const { calls } = await trial.run(threadId, assistantId);
for (const { name, wouldBe } of calls) console.log(`${name} would have been`, wouldBe?.outcome);
// #endregion

await log.flush();
assert.deepEqual(
  calls.map(({ outcome, wouldBe }) => [outcome, wouldBe?.outcome]),
  [['allowed', 'approval_pending']],
);
assert.equal(guarded[0]?.outcome, 'approval_pending');
assert.match(readFileSync('decisions.jsonl', 'utf8'), /"enforced":false/);
rmSync(process.cwd(), { recursive: true });
openai.assertDone();
