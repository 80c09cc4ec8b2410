import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate, imageOf, journalWorld, untilTheEnd } from './world.ts';

test.each([
  [
    'is not sent again when the API runs tools by itself',
    [{ type: 'mcp', server_label: 'shop', server_url: 'https://shop.test', require_approval: 'never' }],
    'reply_lost',
  ],
  ['is sent again when it does not', [], 'completed'],
])('a request of a chain whose process died before the reply %s', async (_, hosted, end) => {
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
  const params = { model: MODEL, input: 'Go', tools: hosted };
  const tools = { read: () => 'read' };
  world
    .process(tools)
    .responses(params as never, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const creations = (): number =>
    world.openai.requests.filter(({ operation }) => operation === 'responses.create').length;
  const before = creations();
  const resumed = world.process(tools, { in: image }).resumeResponses(id);
  held.open();
  if (end === 'completed') expect(await resumed).toMatchObject({ status: end });
  else expect(await rejection(resumed)).toMatchObject({ code: end });
  expect(creations() - before).toBe(end === 'completed' ? 1 : 0);
});
