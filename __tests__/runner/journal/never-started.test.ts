import { expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilRecorded, untilTheEnd } from './world.ts';

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
