import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate, imageOf, journalWorld, untilTheEnd } from './world.ts';

test('a process that stops before it has found what the previous one sent reports the run as resumable', async () => {
  const [began, held] = [gate(), gate()];
  const world = await journalWorld(
    async ({ outputs }) => {
      if (outputs.length === 0) return callTools({ name: 'read' });
      began.open();
      await held.opened;
      return say('ok');
    },
    { read: 'ALLOW' },
  );
  const params = { model: MODEL, input: 'Go', conversation: world.place.conversationId };
  const tools = { read: () => 'read' };
  world
    .process(tools)
    .responses(params, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const leaving = new AbortController();
  const looks = world.openai.requests.length;
  const resumed = world.process(tools, { in: image }).resumeResponses(id, { signal: leaving.signal });
  while (world.openai.requests.length === looks) await new Promise((resolve) => setTimeout(resolve, 5));
  world.openai.misbehave('conversations.items.list', { status: 403, times: 20 });
  leaving.abort();
  expect(await rejection(resumed)).toMatchObject({
    code: 'aborted',
    leftOpen: true,
    message: expect.stringContaining('The API may still be processing a request'),
  });
  held.open();
}, 30_000);
