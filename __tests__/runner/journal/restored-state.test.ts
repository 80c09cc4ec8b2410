import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import { fileJournal, tool, type CallRecord, type Tools } from 'interven-openai-assistants';
import {
  callTools,
  say,
  type ModelTurn,
  type ScriptedCall,
  type ScriptedDecision,
} from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilTheEnd, type JournalWorld, type Options } from './world.ts';

type Runner = ReturnType<JournalWorld['process']>;
type Place = JournalWorld['place'];

/** How a run is started and resumed. */
const apis = {
  run: {
    start: async (runner: Runner, { threadId, assistantId }: Place) =>
      runner.run(threadId, assistantId, { signal: untilTheEnd() }),
    resume: async (runner: Runner, { threadId }: Place, id: string) => runner.resume(threadId, id),
  },
  responses: {
    start: async (runner: Runner, { conversationId: conversation }: Place) =>
      runner.responses({ model: MODEL, input: 'Hello', conversation }, { signal: untilTheEnd() }),
    resume: async (runner: Runner, _: Place, id: string) => runner.resumeResponses(id),
  },
  session: {
    start: async (runner: Runner, { sessionId }: Place) =>
      // Polled, because the simulated dead process would still receive events.
      runner.session(sessionId, { input: 'Hello' }, { signal: untilTheEnd(), transport: 'poll' }),
    resume: async (runner: Runner, _: Place, id: string) => runner.resumeSession(id),
  },
} as const;

type Api = keyof typeof apis;

interface Interrupted {
  /** The model's call in the first and third turn. The process dies in the second. */
  readonly call?: ScriptedCall;
  readonly decision: ScriptedDecision;
  /** The tool's `limit`. */
  readonly limit?: number;
  readonly options?: Options;
}

const mail = { name: 'mail', arguments: { to: 'ann' } };

/** A run whose process died in its second turn, to be resumed by the next process. */
async function interrupted(api: Api, { call = mail, decision, limit, options = {} }: Interrupted) {
  const world = await journalWorld(
    ({ outputs, turn }: ModelTurn) => {
      if (turn === 1) return callTools({ ...call, id: 'first' });
      if (turn === 2) return callTools({ name: 'hold', id: 'second' });
      return turn === 3 ? callTools({ ...call, id: 'third' }) : say(outputs.map(({ output }) => output).join());
    },
    { [call.name]: decision, hold: 'ALLOW' },
  );
  const held = gate();
  const ran: string[] = [];
  const tools = (hold: () => unknown): Tools => ({
    mail: tool({
      parameters: z.object({ to: z.string() }),
      ...(limit === undefined ? {} : { limit }),
      execute: ({ to }) => {
        ran.push(to);
        return `mailed ${to}`;
      },
    }),
    hold: tool({ parameters: z.object({}), idempotent: true, execute: hold }),
  });
  const hang = async (): Promise<never> => {
    held.open();
    return new Promise(() => undefined);
  };
  let isDead = false;
  const testEnd = untilTheEnd();
  const client = new OpenAI({
    apiKey: 'test',
    baseURL: world.openai.baseURL,
    async fetch(...request) {
      if (isDead && !testEnd.aborted)
        await new Promise((resolve) => {
          testEnd.addEventListener('abort', resolve);
        });
      return world.openai.fetch(...request);
    },
  });
  apis[api].start(world.process(tools(hang), { client, graceMs: 0, ...options }), world.place).catch(() => undefined);
  await held.opened;
  isDead = true;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const next = world.process(
    tools(() => 'held'),
    { in: image, ...options },
  );
  return { ...world, ran, resume: async () => apis[api].resume(next, world.place, id) };
}

const last = ({ calls }: { readonly calls: readonly CallRecord[] }): CallRecord | undefined => calls.at(-1);

describe.each(Object.keys(apis) as Api[])('After a crash, a resumed %s keeps', (api) => {
  test('the number of calls of a tool, for its limit', async () => {
    const { resume, ran } = await interrupted(api, { decision: 'ALLOW', limit: 1 });
    expect(last(await resume())).toMatchObject({ callId: 'third', turn: 3, outcome: 'budget_exceeded' });
    expect(ran).toEqual(['ann']);
  });

  test('the number of all calls, for maxToolCalls, in which a replayed call counts once', async () => {
    const { resume, ran } = await interrupted(api, { decision: 'ALLOW', options: { maxToolCalls: 3 } });
    expect(last(await resume())).toMatchObject({ callId: 'third', outcome: 'allowed' });
    expect(ran).toEqual(['ann', 'ann']);
    const other = await interrupted(api, { decision: 'ALLOW', options: { maxToolCalls: 2 } });
    expect(last(await other.resume())).toMatchObject({ callId: 'third', outcome: 'budget_exceeded' });
  });

  test('the number of turns, for maxTurns', async () => {
    const { resume } = await interrupted(api, { decision: 'ALLOW', options: { maxTurns: 2 } });
    expect(await rejection(resume())).toMatchObject({ code: 'max_turns' });
  });

  test('denials: the same call is refused without a scan', async () => {
    const { resume, gateway } = await interrupted(api, { decision: 'DENY' });
    expect(last(await resume())).toMatchObject({ callId: 'third', outcome: 'repeated' });
    expect(gateway.scans.map(({ functionName }) => functionName)).toEqual(['mail', 'hold']);
  });

  test('pending approvals: the approver’s decision clears the same call', async () => {
    const { resume, gateway, ran } = await interrupted(api, {
      decision: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
    });
    gateway.approve('a1');
    expect(last(await resume())).toMatchObject({ callId: 'third', outcome: 'allowed', approvalId: 'a1' });
    expect(ran).toEqual(['ann']);
    expect(gateway.scans.map(({ functionName }) => functionName)).toEqual(['mail', 'hold']);
  });

  test('tool outputs, for a gateway with provenance', async () => {
    const { resume, gateway } = await interrupted(api, { decision: 'ALLOW', options: { provenance: true } });
    await resume();
    const outputs = gateway.scans.at(-1)?.conversation?.toolOutputs.map(({ output }) => output);
    expect(new Set(outputs)).toEqual(new Set(['mailed ann', 'held']));
  });
});

test('a call whose id belonged to a different call before the crash ends the run', async () => {
  const { resume, openai, ran } = await interrupted('run', { decision: 'ALLOW' });
  openai.misbehave('runs.retrieve', {
    rewrite: (body) =>
      JSON.parse(JSON.stringify(body).replace('"arguments":"{}"', '"arguments":"{\\"to\\":1}"')) as unknown,
  });
  const error = await rejection(resume());
  expect(error).toMatchObject({ code: 'invalid_turn', leftOpen: false });
  expect((error as Error).message).toContain('"second" belonged to a different call');
  expect(ran).toEqual(['ann']);
});
