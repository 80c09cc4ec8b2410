import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { imageOf, journalWorld } from './world.ts';

const CHART = [
  { type: 'input_text', text: 'the chart' },
  { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
];
const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

test.each([
  ['in a conversation', (conversation: string) => ({ conversation })],
  ['in a chain', () => ({})],
  ['without a store', () => ({ store: false })],
])('A later process sends the same content parts %s, without running their call again', async (_, place) => {
  let image = '';
  const world = await journalWorld(
    async (turn) => {
      if (turn.outputs.length === 0) return callTools({ name: 'draw' });
      // The process dies before it learns that the API has accepted its outputs.
      if (image === '') image = await imageOf(world.folder);
      return reportOutputs(turn);
    },
    { draw: 'ALLOW' },
  );
  let ran = 0;
  const tools = { draw: () => ((ran += 1), CHART) };
  const params = { model: MODEL, input: 'Draw', ...place(world.place.conversationId) };
  const first = await world.process(tools).responses(params);
  expect(first.text).toBe(JSON.stringify(CHART));
  const [id = ''] = await fileJournal(image).list();
  const second = await world.process(tools, { in: image }).resumeResponses(id);
  expect([second.text, ran]).toEqual([first.text, 1]);
  expect(second.calls).toEqual(first.calls);
  expect(second.calls[0]?.content).toEqual(CHART);
});

test('A run that ends early leaves its content parts in the conversation', async () => {
  const world = await journalWorld([callTools({ name: 'draw' })], { draw: 'ALLOW' });
  const { conversationId } = world.place;
  const draw = (): unknown => {
    world.openai.misbehave('responses.create', { status: 400 });
    return CHART;
  };
  const params = { model: MODEL, input: 'Draw', conversation: conversationId };
  const error = await rejection(world.process({ draw }).responses(params));
  expect(error).toMatchObject({ code: 'api_error', leftOpen: false });
  const { data } = await world.client.conversations.items.list(conversationId);
  expect(data.find(({ type }) => type === 'function_call_output')).toMatchObject({ output: CHART });
});
