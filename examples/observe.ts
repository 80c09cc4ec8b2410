/** A decision log, traces, and monitor mode. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { EmbeddedGateway, agentSafety } from 'interven-openai-assistants/embedded';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const { openai, threadId, assistantId } = offline([
  callTools({ name: 'delete_file', arguments: { path: '/a' } }),
  say('Done.'),
]);
process.chdir(mkdtempSync(join(tmpdir(), 'observe-')));
const client = new OpenAI();
const gateway = new EmbeddedGateway({ policies: agentSafety });
const tools = { delete_file: () => 'deleted' };

// #region observe
import { decisionLog, GuardedRunner } from 'interven-openai-assistants';
import { openTelemetry } from 'interven-openai-assistants/telemetry';

const log = decisionLog('decisions.jsonl'); // a line of JSON per decision
const watched = { onEvent: log, telemetry: openTelemetry() };
// #endregion

// #region monitor
const runner = new GuardedRunner({ client, gateway, tools, ...watched, mode: 'monitor', awaitScans: true });
const { calls } = await runner.run(threadId, assistantId);
for (const { name, wouldBe } of calls) console.log(`${name} would have been ${wouldBe?.outcome ?? 'refused'}`);
// #endregion

await log.flush();
assert.deepEqual(
  calls.map(({ outcome, wouldBe }) => [outcome, wouldBe?.outcome]),
  [['allowed', 'approval_pending']],
);
assert.match(readFileSync('decisions.jsonl', 'utf8'), /"enforced":false/);
rmSync(process.cwd(), { recursive: true });
openai.assertDone();
