import { expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { ApprovalPolls } from '../../../src/runner/call/approval-polls.ts';
import { Places } from '../../../src/internal/places.ts';
import { gate } from '../../setup/gate.ts';
import { shorten } from '../../setup/limits.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection, world } from '../../setup/world.ts';

test('the scan of a new call does not wait for polls of approvals', async () => {
  shorten({ approvalPollFirstMs: 1 });
  let polls = 0;
  const { runner, openai, assistantId, threadId } = world({
    script: ({ outputs, messages }) =>
      outputs.length > 0 ? say('ok') : callTools({ name: messages.at(-1)?.text === 'Now' ? 'read' : 'send' }),
    decisions: {},
    tools: { read: () => 'read', send: () => 'sent' },
    options: {
      approval: 'wait',
      maxConcurrentScans: 1,
      gateway: {
        scan: async ({ functionName }) =>
          Promise.resolve({
            decision: functionName === 'read' ? 'ALLOW' : 'REQUIRE_APPROVAL',
            approvalId: 'ap_1',
            reasonCodes: [],
          }),
        approvalStatus: async () => {
          polls += 1;
          return new Promise(() => undefined);
        },
      },
    },
  });
  const controller = new AbortController();
  const waiting = rejection(runner.run(threadId, assistantId, { signal: controller.signal }));
  await waitFor(() => polls === 1);
  const other = openai.seed('Now');
  expect(await runner.run(other.threadId, other.assistantId)).toMatchObject({ calls: [{ outcome: 'allowed' }] });
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'aborted' });
});

test('polls become rarer the more calls wait for approvers, and as often again when fewer do', async () => {
  const polls = new ApprovalPolls(new Places(1));
  const decided = gate();
  const waiting = Array.from({ length: 2_000 }, async () => polls.whileWaiting(async () => decided.opened));
  expect(polls.pauseMs(1)).toBeGreaterThanOrEqual(30_000);
  expect(polls.pauseMs(9)).toBeLessThanOrEqual(40_000);
  decided.open();
  await Promise.all(waiting);
  expect(polls.pauseMs(1)).toBeLessThanOrEqual(500);
  expect(polls.pauseMs(9)).toBeLessThanOrEqual(5_000);
});
