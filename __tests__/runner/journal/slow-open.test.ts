import { expect, test } from '@jest/globals';
import { fileJournal, type RunJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { journalWorld } from './world.ts';
import { shorten } from '../../setup/limits.ts';

const never = async (): Promise<never> => new Promise(() => undefined);

test.each([
  ['it records the first response', 'response 1'],
  ['it records a later response', 'response 2'],
  ['it claims a request', 'request 2'],
])('a run of the Responses API times out when its journal hangs while %s', async (_, hanging) => {
  shorten({ journalCloseMs: 300 });
  const world = await journalWorld([callTools({ name: 'pay' }), callTools({ name: 'pay' }), say('ok')], {
    pay: 'ALLOW',
  });
  const own = fileJournal(world.folder);
  const open = async (runId: string): Promise<RunJournal> => {
    const opened = await own.open(runId);
    return { ...opened, append: async (key, event) => (key === hanging ? never() : opened.append(key, event)) };
  };
  const runner = world.process({ pay: () => 'paid' }, { journal: { ...own, open } });
  const error = await rejection(runner.responses({ model: MODEL, input: 'Pay' }, { timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'timeout' });
});

test('a journal that never opens ends the run with the code journal', async () => {
  shorten({ journalOpenMs: 300 });
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
  const { threadId, sessionId } = world.place;
  const own = fileJournal(world.folder);
  const runner = world.process({ pay: () => 'paid' }, { journal: { ...own, open: never, reopen: never, id: never } });
  const both = [runner.session(sessionId, { input: 'Pay' }), runner.resume(threadId, 'run_1'), runner.cancel('run_1')];
  for (const one of both) expect(await rejection(one)).toMatchObject({ code: 'journal' });
});
