import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const NOTE = 'The key is AKIA' + 'IOSFODNN7EXAMPLE.';
const { openai, threadId, assistantId, posted, slack } = offline([
  callTools(
    { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
    { name: 'post_message', arguments: { channel: '#dev', text: NOTE } },
    { name: 'delete_file', arguments: { path: '/a' } },
    { name: 'get_time' },
  ),
  say('Done.'),
]);
const deleted: string[] = [];
const disk = { delete: (path: string) => deleted.push(path) };
const report: string[] = [];
process.chdir(mkdtempSync(join(tmpdir(), 'monitor-')));

// #region monitor
import OpenAI from 'openai';
import { z } from 'zod';
import { decisionLog, GuardedRunner, tool } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';

const log = decisionLog('decisions.jsonl');
const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] }),
  mode: 'monitor',
  awaitScans: true, // for the records below; by default no handler waits for its scan
  onEvent: log,
  tools: {
    post_message: tool({
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => slack.post(channel, text),
    }),
    delete_file: tool({ parameters: z.object({ path: z.string() }), execute: ({ path }) => disk.delete(path) }),
    get_time: () => new Date().toISOString(),
  },
});

const { calls } = await runner.run(threadId, assistantId);
for (const { name, reasonCodes, wouldBe } of calls) {
  if (!wouldBe || wouldBe.outcome === 'allowed') continue;
  report.push(`${name} would have been ${wouldBe.outcome}: ${[...reasonCodes, ...wouldBe.fields].join(', ')}`);
}
await log.flush(); // before the process ends
// #endregion

assert.deepEqual(report, [
  'post_message would have been sanitized: PII, text',
  'post_message would have been denied: SECRET_DETECTED',
  'delete_file would have been approval_pending: DESTRUCTIVE_OPERATION',
]);
assert.deepEqual(
  calls.map(({ outcome, executed }) => [outcome, executed]),
  calls.map(() => ['allowed', 'yes']),
);
assert.deepEqual(posted.map(({ text }) => text).toSorted(), ['Ask ada@example.com about the backups.', NOTE]);
assert.deepEqual(deleted, ['/a']);

const written = readFileSync('decisions.jsonl', 'utf8');
const entries = written
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);
assert.deepEqual(entries.map(({ decision, effective, enforced }) => [decision, effective, enforced]).toSorted(), [
  ['ALLOW', 'ALLOW', false],
  ['DENY', 'ALLOW', false],
  ['REQUIRE_APPROVAL', 'ALLOW', false],
  ['SANITIZE', 'ALLOW', false],
]);
assert.ok(!written.includes('ada@example.com') && !written.includes('AKIA'), 'no arguments, but their hash');
rmSync(process.cwd(), { recursive: true });
openai.assertDone();
