import { expect, test } from '@jest/globals';
import { tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { rejection } from '../../setup/world.ts';
import { viewRun } from '../../../src/cli/runs-view.ts';
import { journalFiles } from '../../../src/runner/journal/read-journal.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld } from './world.ts';

test('the journaled state of an interrupted turn does not apply to the next input of the session', async () => {
  const began = gate();
  const world = await journalWorld(
    ({ outputs }) =>
      outputs.length === 0 ? callTools({ name: 'mail' }) : say(outputs.map(({ output }) => output).join()),
    { mail: 'ALLOW' },
  );
  const { sessionId } = world.place;
  const mail = (execute: () => unknown) => ({ mail: tool({ parameters: z.object({}), limit: 1, execute }) });
  const never = async (): Promise<never> => {
    began.open();
    return new Promise(() => undefined);
  };
  const controller = new AbortController();
  const first = world.process(mail(never), { graceMs: 0 });
  const left = rejection(first.session(sessionId, { input: 'Mail' }, { signal: controller.signal }));
  await began.opened;
  const image = await imageOf(world.folder);
  controller.abort();
  await left;
  const next = world.process(
    mail(() => 'mailed'),
    { in: image },
  );
  const { text, calls } = await next.session(sessionId, { input: 'Mail' });
  expect(text).toBe('mailed');
  expect(calls).toMatchObject([{ turn: 1, outcome: 'allowed' }]);
});

test('a session can be cancelled after each input, and each input then has ended', async () => {
  let calls = 0;
  const world = await journalWorld(() => callTools({ name: 'pay', id: `p${(calls += 1)}` }), {
    pay: () => ({ decision: 'REQUIRE_APPROVAL', approvalId: `a${calls}` }),
  });
  const { sessionId } = world.place;
  const one = () => world.process({ pay: () => 'paid' }, { approval: 'park' });
  for (const callId of ['p1', 'p2', 'p3']) {
    const { calls } = await one().session(sessionId, { input: 'Pay' });
    expect(calls).toMatchObject([{ callId, turn: 1 }]);
    await one().cancel(sessionId);
    const [file] = await journalFiles(world.folder);
    expect(file && (await viewRun(file)).state).toBe('ended');
  }
});
