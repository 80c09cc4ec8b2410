import { describe, expect, test } from '@jest/globals';
import { fileJournal, tool, type Tools } from 'interven-openai-assistants';
import { callTools, type ModelTurn, say, type ScriptedDecision } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, type Options, untilRecorded, untilTheEnd } from './world.ts';
import OpenAI from 'openai7';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';

const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

/** A process that dies in the handler of `pay`, and one that resumes the run with other tools or settings. */
async function resumedWith(
  tools: Tools,
  options: Options = {},
  { decisions, ...first }: Options & { decisions?: ScriptedDecision[] } = {},
) {
  const began = gate();
  const world = await journalWorld(
    (turn) => (turn.turn === 1 ? callTools({ name: 'pay', arguments: { sum: 5 } }) : reportOutputs(turn)),
    { pay: () => decisions?.shift() ?? 'ALLOW' },
  );
  const { threadId, assistantId } = world.place;
  const pay = async (): Promise<never> => {
    began.open();
    return new Promise(() => undefined);
  };
  world
    .process({ pay }, { graceMs: 0, ...first })
    .run(threadId, assistantId, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { calls, text } = await world.process(tools, { in: image, ...options }).resume(threadId, id);
  return { text, call: calls[0] };
}

describe('a started call stays in doubt, whatever prevents it from running again:', () => {
  const ran: string[] = [];
  const execute = (): void => void ran.push('again');
  test.each<[string, Tools, Options, Options & { decisions?: ScriptedDecision[] }]>([
    ['its tool is not registered', {}, {}, {}],
    ['its tool has another schema', { pay: tool({ parameters: z.object({ sum: z.string() }), execute }) }, {}, {}],
    ['the run is about to expire', { pay: execute }, { expiryMarginMs: 3_600_000 }, {}],
    [
      'the gateway, which was unreachable, now denies it',
      { pay: tool({ parameters: z.object({ sum: z.number() }), idempotent: true, execute }) },
      {},
      { onGatewayError: 'allow', decisions: [{ fault: 'unreachable' }, 'DENY'] },
    ],
  ])('%s', async (_, tools, options, first) => {
    const { call, text } = await resumedWith(tools, options, first);
    expect(call).toMatchObject({ outcome: 'in_doubt', executed: 'unknown' });
    expect(text).toContain('It is not known whether this call did its work');
    expect(ran).toEqual([]);
  });
});

test.each([
  ['started', true, 'not known', { outcome: 'in_doubt', executed: 'unknown' }],
  ['ran', false, 'paid', { outcome: 'allowed', executed: 'yes' }],
])(
  'a conversation never receives "not run" for a call that an earlier process %s',
  async (_, hangs, expected, record) => {
    const [began, waits] = [gate(), gate()];
    const world = await journalWorld(
      ({ outputs }) =>
        outputs.length === 0 ? callTools({ name: 'pay', id: 'p' }, { name: 'wait', id: 'w' }) : say('ok'),
      { pay: 'ALLOW', wait: 'ALLOW' },
    );
    const never = async (): Promise<never> => new Promise(() => undefined);
    const pay = async (): Promise<string> => {
      began.open();
      return hangs ? never() : 'paid';
    };
    const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
    const wait = async (): Promise<never> => {
      waits.open();
      return never();
    };
    const first = world.process({ pay, wait }, { graceMs: 0 });
    first.responses(params, { signal: untilTheEnd() }).catch(() => undefined);
    await Promise.all([began.opened, waits.opened]);
    if (!hangs) await untilRecorded(world.folder, 'call-end', 'paid');
    const image = await imageOf(world.folder);
    const [id = ''] = await fileJournal(image).list();

    const controller = new AbortController();
    const client = new OpenAI({
      apiKey: 'test',
      baseURL: world.openai.baseURL,
      // The first request reads whether the calls are still open.
      async fetch(...request) {
        controller.abort();
        return world.openai.fetch(...request);
      },
    });
    const next = world.process({ pay: () => 'paid', wait: () => 'waited' }, { in: image, client });
    const error = await rejection(next.resumeResponses(id, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    const { calls } = error as { calls: { callId: string }[] };
    expect(calls.filter(({ callId }) => callId === 'p')).toMatchObject([record]);
    const items = world.openai.items(world.place.conversationId);
    const output = items.find((item) => item['type'] === 'function_call_output' && item['call_id'] === 'p');
    expect(output?.['output']).toContain(expected);
  },
);

const never = async (): Promise<never> => new Promise(() => undefined);
const asking = ({ outputs }: ModelTurn) =>
  outputs.length === 0
    ? callTools({ name: 'pay', arguments: { sum: 5 } })
    : say(outputs.map(({ output }) => output).join());

test.each([
  ['does not have the tool', {}, {}],
  ['takes other arguments', { pay: tool({ parameters: z.object({ sum: z.string() }), execute: () => 'paid' }) }, {}],
  ['has a smaller budget', { pay: () => 'paid' }, { maxToolCalls: 1 }],
])('a started call of a response stays in doubt when the next process %s', async (_, tools, options) => {
  const began = gate();
  const world = await journalWorld(
    (turn) =>
      turn.turn === 1 && 'maxToolCalls' in options
        ? callTools({ name: 'read' })
        : asking({ ...turn, outputs: turn.outputs.filter(({ name }) => name === 'pay') }),
    { read: 'ALLOW', pay: 'ALLOW' },
  );
  const pay = async (): Promise<never> => {
    began.open();
    return never();
  };
  const first = world.process({ read: () => 'read', pay }, { graceMs: 0 });
  first.responses({ model: MODEL, input: 'Pay' }, { signal: untilTheEnd() }).catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { text, calls } = await world
    .process({ read: () => 'read', ...tools }, { in: image, ...options })
    .resumeResponses(id);
  expect(calls.at(-1)).toMatchObject({ name: 'pay', outcome: 'in_doubt', executed: 'unknown' });
  expect(text).toContain('not known');
});
