import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilTheEnd, type JournalWorld } from './world.ts';

/** A run of the Responses API whose process dies during its second request. `answer` lets the API respond. */
async function interruptedRequest(more: (place: JournalWorld['place']) => object) {
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
  const tools = { read: () => 'read' };
  const params = { model: MODEL, input: 'Go', ...more(world.place) };
  world
    .process(tools)
    .responses(params as never, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const resume = async (options?: { signal: AbortSignal }) =>
    world.process(tools, { in: image }).resumeResponses(id, options);
  return { openai: world.openai, resume, answer: held.open };
}

test.each([
  [
    'is not sent again if the API runs tools',
    [{ type: 'mcp', server_label: 'shop', server_url: 'https://shop.test', require_approval: 'never' }],
    'reply_lost',
  ],
  ['is sent again if the API runs no tools', [], 'completed'],
])('a request of a chain whose process died before the response %s', async (_, hosted, end) => {
  const { openai, resume, answer } = await interruptedRequest(() => ({ tools: hosted }));
  const creations = (): number => openai.requests.filter(({ operation }) => operation === 'responses.create').length;
  const before = creations();
  const resumed = resume();
  answer();
  if (end === 'completed') expect(await resumed).toMatchObject({ status: end });
  else expect(await rejection(resumed)).toMatchObject({ code: end });
  expect(creations() - before).toBe(end === 'completed' ? 1 : 0);
});

test('an abort before the runner has found the previous process’s request leaves the run open', async () => {
  const { openai, resume, answer } = await interruptedRequest(({ conversationId }) => ({
    conversation: conversationId,
  }));
  const controller = new AbortController();
  const before = openai.requests.length;
  const resumed = resume({ signal: controller.signal });
  while (openai.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  openai.misbehave('conversations.items.list', { status: 403, times: 20 });
  controller.abort();
  expect(await rejection(resumed)).toMatchObject({
    code: 'aborted',
    leftOpen: true,
    message: expect.stringContaining('The API may still be processing a request'),
  });
  answer();
});
