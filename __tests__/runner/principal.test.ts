import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  decisionLog,
  GuardedRunError,
  IntervenGateway,
  scanToolCalls,
  type Principal,
  type RunEvent,
} from 'interven-openai-assistants';
import { callTools, say, ScriptedGateway } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { sending } from '../setup/sending.ts';
import { rejection, world } from '../setup/world.ts';
import { journalWorld, newFolder, type JournalWorld } from './journal/world.ts';

const ADA: Principal = { id: 'ada', roles: ['finance'], attributes: { limit: 500, isAdmin: false, unit: 'sales' } };
const BOB: Principal = { id: 'bob' };

interface Session {
  readonly user: string;
}

/** A runner that derives the principal from the session. */
function derived(principal: (session: Session) => unknown = ({ user }) => ({ id: user })) {
  return world<Session>({
    script: ({ turn }) => (turn === 1 ? callTools({ name: 'send' }) : say('ok')),
    decisions: { send: 'ALLOW' },
    tools: { send: () => 'sent' },
    options: { principal: principal as (session: Session) => Principal },
  });
}

describe('The principal of a run', () => {
  test('reaches the gateway with the run’s thread, frozen, as it was when the run started', async () => {
    const principal = { id: 'ada', roles: ['finance'], attributes: { limit: 500 } };
    const { runner, gateway, threadId, assistantId } = sending('ALLOW');
    const running = runner.run(threadId, assistantId, { principal });
    principal.roles.push('admin');
    principal.attributes.limit = 1e9;
    await running;
    const [scan] = gateway.scans;
    expect(scan).toMatchObject({ threadId, principal: { id: 'ada', roles: ['finance'], attributes: { limit: 500 } } });
    const parts = [scan?.principal, scan?.principal?.roles, scan?.principal?.attributes];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true]);
  });

  test('is derived from the context of each run, unless the run has its own', async () => {
    const { runner, gateway, openai, assistantId, threadId } = derived();
    const other = openai.seed('Hello').threadId;
    await Promise.all([
      runner.run(threadId, assistantId, { context: { user: 'ada' } }),
      runner.run(other, assistantId, { context: { user: 'ada' }, principal: BOB }),
    ]);
    expect(new Map(gateway.scans.map((scan) => [scan.threadId, scan.principal?.id]))).toEqual(
      new Map([
        [threadId, 'ada'],
        [other, 'bob'],
      ]),
    );
  });

  test('is named by its id in records, events and the decision log; its roles and attributes are not', async () => {
    const folder = await newFolder();
    const path = join(folder, 'decisions.jsonl');
    const log = decisionLog(path);
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent): void => {
      events.push(event);
      log(event);
    };
    const { runner, threadId, assistantId } = sending('ALLOW', 1, { options: { onEvent } });
    const { calls } = await runner.run(threadId, assistantId, { principal: ADA });
    await log.flush();
    expect(calls).toMatchObject([{ principalId: 'ada' }]);
    expect(new Set(events.map(({ principalId }) => principalId))).toEqual(new Set(['ada']));
    const written = await readFile(path, 'utf8');
    expect(JSON.parse(written)).toMatchObject({ type: 'decision', principalId: 'ada' });
    expect(JSON.stringify([written, calls, events])).not.toMatch(/finance|sales/);
    await rm(folder, { recursive: true });
  });

  test('is absent where none is named', async () => {
    const events: RunEvent[] = [];
    const options = { onEvent: (event: RunEvent) => events.push(event) };
    const { runner, gateway, threadId, assistantId } = sending('ALLOW', 1, { options });
    const { calls } = await runner.run(threadId, assistantId);
    expect(gateway.scans[0]).not.toHaveProperty('principal');
    for (const shown of [...calls, ...events]) expect(shown).not.toHaveProperty('principalId');
  });

  test('comes with the conversation, or with the first response of a run without one', async () => {
    const threads: (string | undefined)[] = [];
    const { runner, conversationId } = world({
      script: ({ turn }) => (turn === 1 ? callTools({ name: 'send' }) : say('ok')),
      decisions: {
        send: ({ threadId }) => {
          threads.push(threadId);
          return 'ALLOW';
        },
      },
      tools: { send: () => 'sent' },
    });
    await runner.responses({ model: MODEL, input: 'Hi', conversation: conversationId });
    const { runId } = await runner.responses({ model: MODEL, input: 'Hi' });
    expect(threads).toEqual([conversationId, runId]);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /^principal\(context\) is undefined; it must be a principal\. Pass \{ id, roles, attributes \}/],
    ['ada', /^principal\(context\) is "ada"; it must be a principal/],
    [{}, /^principal\(context\)\.id is undefined; it must be an id, a non-empty string\.$/],
    [{ id: '' }, /^principal\(context\)\.id is ""; it must be an id/],
    [{ id: 7 }, /^principal\(context\)\.id is 7; it must be an id/],
    [{ userId: 'ada' }, /^principal\(context\): Unknown option "userId"/],
    [{ id: 'ada', role: ['x'] }, /^principal\(context\): Unknown option "role". Did you mean "roles"\?/],
    [{ id: 'ada', roles: 'finance' }, /^principal\(context\)\.roles is "finance"; it must be an array/],
    [{ id: 'ada', attributes: ['x'] }, /^principal\(context\)\.attributes is an array; it must be an object/],
    [{ id: 'ada', attributes: { a: null } }, /^principal\(context\)\.attributes\["a"\] is null; it must be a string/],
    [{ id: 'ada', attributes: { a: NaN } }, /^principal\(context\)\.attributes\["a"\] is no finite number/],
    [Promise.resolve({ id: 'ada' }), /^principal\(context\) is a promise\. Find the user before the run/],
  ])('ends the run before any request if it is %p', async (principal, message) => {
    const { runner, openai, threadId, assistantId } = derived(() => principal);
    const error = await rejection(runner.run(threadId, assistantId, { context: { user: 'ada' } }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
    expect(openai.requests).toEqual([]);
  });

  test('ends the run before any request if its function throws: the method rejects with that error', async () => {
    const gone = new Error('The session has expired.');
    const { runner, openai, threadId, assistantId } = derived(() => {
      throw gone;
    });
    expect(await rejection(runner.run(threadId, assistantId, { context: { user: 'ada' } }))).toBe(gone);
    const stream = runner.stream(threadId, assistantId, { context: { user: 'ada' } });
    expect(await rejection(stream.result)).toBe(gone);
    expect(openai.requests).toEqual([]);
  });

  test('of a loop of your own goes with scanToolCalls', async () => {
    const gateway = new ScriptedGateway({ send: 'ALLOW' });
    const calls = [{ call_id: 'c1', name: 'send', arguments: '{}' }];
    await scanToolCalls(calls, { gateway, principal: ADA, threadId: 'thread_1' });
    expect(gateway.scans).toMatchObject([{ principal: ADA, threadId: 'thread_1' }]);
    const refused = async (options: object) => rejection(scanToolCalls(calls, { gateway, ...options }));
    const isNoId = 'is ""; it must be an id, a non-empty string.';
    expect(await refused({ principal: { id: '' } })).toEqual(new TypeError(`principal.id ${isNoId}`));
    expect(await refused({ threadId: '' })).toEqual(new TypeError(`threadId ${isNoId}`));
    // Taken for no principal, the call would be any user's.
    for (const principal of [null, '']) expect(String(await refused({ principal }))).toContain('must be a principal');
  });
});

describe('Over HTTP, the principal', () => {
  async function sent(options: { readonly sendPrincipal?: boolean }): Promise<unknown> {
    let body: unknown;
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      body = JSON.parse(init.body as string);
      return new Response('{"decision":"ALLOW"}');
    };
    const gateway = new IntervenGateway({
      apiKey: 'iv_test_key',
      gatewayUrl: 'https://gateway.example',
      fetch,
      ...options,
    });
    const call = { functionName: 'send', method: 'POST', url: 'https://tools.invalid/send', body: {} };
    await gateway.scan({ ...call, runtimeType: 'openai_assistants', principal: ADA, threadId: 'thread_1' });
    return body;
  }

  test.each([{}, { sendPrincipal: false }])('stays here with %j', async (options) => {
    expect(await sent(options)).toEqual({
      method: 'POST',
      url: 'https://tools.invalid/send',
      body: {},
      runtime_type: 'openai_assistants',
    });
  });

  test('is sent with sendPrincipal: true', async () => {
    expect(await sent({ sendPrincipal: true })).toMatchObject({ x_principal: ADA, x_thread_id: 'thread_1' });
  });
});

describe.each(['run', 'responses', 'session'] as const)('A run that its journal keeps, of %s,', (api) => {
  type Runner = ReturnType<JournalWorld['process']>;
  const start = async (runner: Runner, { place }: JournalWorld, principal?: Principal) =>
    api === 'run'
      ? runner.run(place.threadId, place.assistantId, { principal })
      : api === 'responses'
        ? runner.responses({ model: MODEL, input: 'Hi', conversation: place.conversationId }, { principal })
        : runner.session(place.sessionId, { input: 'Hi' }, { principal });
  const resume = async (runner: Runner, { place }: JournalWorld, runId: string, principal?: Principal) =>
    api === 'run'
      ? runner.resume(place.threadId, runId, { principal })
      : api === 'responses'
        ? runner.resumeResponses(runId, { principal })
        : runner.resumeSession(place.sessionId, { principal });

  async function parked(principal?: Principal) {
    const at = await journalWorld([callTools({ name: 'pay' }), say('done')], {
      pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
    });
    const ran: string[] = [];
    const runner = (): Runner => at.process({ pay: () => void ran.push('pay') }, { approval: 'park' });
    const { runId, status } = await start(runner(), at, principal);
    expect(status).toBe('awaiting_approval');
    at.gateway.approve('ap_1');
    return { at, ran, runner, runId };
  }

  test('is resumed by its own principal, also with other roles', async () => {
    const { at, ran, runner, runId } = await parked(ADA);
    const { status, calls } = await resume(runner(), at, runId, { id: 'ada', roles: ['intern'] });
    expect({ status, ran }).toEqual({ status: 'completed', ran: ['pay'] });
    expect(calls).toMatchObject([{ principalId: 'ada', outcome: 'allowed' }]);
    const { threadId, conversationId, sessionId } = at.place;
    const thread = { run: threadId, responses: conversationId, session: sessionId }[api];
    expect(at.gateway.scans).toMatchObject([{ threadId: thread, principal: ADA }]);
  });

  test.each([
    [ADA, BOB, 'the principal "bob"'],
    [ADA, undefined, 'no principal'],
    [undefined, BOB, 'the principal "bob"'],
  ])('is refused to another one, and stays as it is: %j, %j', async (mine, theirs, named) => {
    const { at, ran, runner, runId } = await parked(mine);
    const requests = at.openai.requests.length;
    const error = await rejection(resume(runner(), at, runId, theirs));
    expect(error).toBeInstanceOf(GuardedRunError);
    expect(error).toMatchObject({ code: 'journal', leftOpen: false });
    expect((error as Error).message).toContain(`acts for another principal, and ${named} cannot resume it.`);
    expect({ ran, requests: at.openai.requests.length }).toEqual({ ran: [], requests });
    await resume(runner(), at, runId, mine);
    expect(ran).toEqual(['pay']);
  });

  test('can be cancelled without a principal', async () => {
    const { ran, runner, runId } = await parked(ADA);
    expect(await runner().cancel(runId)).toEqual({ status: 'cancelled' });
    expect(ran).toEqual([]);
  });
});
