import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { runner } from './runs-runner.ts';
import { idOf, killed, onlyJournal, RUNNER, runsWorld, snapshot, type RunsWorld } from './runs-world.ts';

const REMOVE = { name: 'remove', arguments: { path: '/secret-path' }, id: 'call_r' };
const LOOK = { name: 'look', arguments: {}, id: 'call_l' };
const LEAK = { name: 'leak', arguments: {}, id: 'call_k' };
const STAY = { name: 'stay', arguments: {}, id: 'call_s' };

let world: RunsWorld;
afterEach(async () => {
  await world.close();
});

describe('a parked run', () => {
  let id = '';
  beforeEach(async () => {
    world = await runsWorld([callTools(LOOK, REMOVE, LEAK), say('Done.\nAll of it.')]);
    await runner().run(world.seeded.threadId, world.seeded.assistantId);
    id = idOf(await onlyJournal(world.journals));
  });

  test('is listed with its number of pending calls, and is not changed', async () => {
    const before = await snapshot(world.journals);
    const { code, out, err } = await world.runs('list');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      new RegExp(
        `^${id}  assistants  ${world.seeded.threadId}  begun \\d+ s ago  waits for approval \\(1\\)  3 calls\n$`,
      ),
    );
    const ageless = (text: string) => text.replace(/begun \d+ s/, 'begun');
    expect(ageless((await world.runs('list', '--open')).out)).toBe(ageless(out));
    expect(await snapshot(world.journals)).toEqual(before);
  });

  test('is shown call by call, without payloads, with the next step', async () => {
    const { code, out } = await world.runs('show', id);
    expect(code).toBe(0);
    expect(out).toContain(`${id}  waits for approval (1)\n  thread     ${world.seeded.threadId} (assistants)\n`);
    expect(out).toMatch(
      /turn 1 {2}look {2}\(call_l\)\n {2}state {6}ran\n {2}decision {3}ALLOW\n {2}when {7}decided [\d-]+T[\d:.]+Z, started [\d-]+T[\d:.]+Z, ended [\d-]+T[\d:.]+Z\n {2}took {7}/,
    );
    expect(out).toContain('turn 1  leak  (call_k)\n  state      denied by a policy\n  decision   DENY, secrets\n');
    expect(out).toContain(
      'turn 1  remove  (call_r)\n  state      waits for an approver\n  decision   REQUIRE_APPROVAL, deletes\n' +
        '  approval   approval-1: no decision is recorded\n',
    );
    expect(out).not.toContain('look: done');
    expect(out.trimEnd().split('\n').slice(-2).join('\n')).toBe(
      'Next: decide the pending approvals (interven-openai-assistants approvals list), then resume:\n' +
        `  interven-openai-assistants runs resume ${id} --journal ${world.journals} --runner MODULE`,
    );
    const payloads = await world.runs('show', id, '--payloads');
    expect(payloads.out).toContain('  output     look: done\n');
    expect(payloads.out).toContain('  arguments  {"path":"/secret-path"}');
  });

  test('is listed and shown as JSON', async () => {
    const { runs } = JSON.parse((await world.runs('list', '--json')).out) as { runs: object[] };
    expect(runs).toEqual([
      {
        id,
        file: await onlyJournal(world.journals),
        begun_at: expect.any(String),
        written_at: expect.any(String),
        api: 'assistants',
        thread_id: world.seeded.threadId,
        state: 'waiting',
        calls: 3,
        waiting: 1,
        in_doubt: 0,
      },
    ]);
    const shown = JSON.parse((await world.runs('show', id, '--json')).out) as { calls: { call_id: string }[] };
    expect(shown).toMatchObject({
      id,
      state: 'waiting',
      torn_bytes: 0,
      next_command: expect.stringContaining('runs resume'),
    });
    expect(shown.calls.find(({ call_id: callId }) => callId === 'call_r')).toEqual({
      call_id: 'call_r',
      decided_at: expect.stringMatching(/Z$/),
      asked_by: id,
      turn: 1,
      tool: 'remove',
      state: 'waiting',
      decision: 'REQUIRE_APPROVAL',
      reason_codes: ['deletes'],
      trace_id: 'trace-1',
      approval_id: 'approval-1',
      steps: [
        { name: 'scan', at: expect.any(String), is_open: false },
        { name: 'approval', at: expect.any(String), is_open: true },
      ],
    });
    expect((await world.runs('show', id, '--json', '--payloads')).out).toContain('"output":"look: done"');
  });

  test('resume exits with 4 while the approval is pending, and with 0 when the approved run has ended', async () => {
    const early = await world.runs('resume', id, '--runner', RUNNER);
    const begins = `Resuming ${id}. Ctrl-C interrupts it as a crash does.\n`;
    expect(early).toMatchObject({ code: 4, err: begins });
    expect(early.out).toContain(`${id}  awaiting_approval\n`);
    expect(early.out).toContain('  approval  approval-1: remove (call_r)\n');
    process.env['RUNS_APPROVED'] = 'ann';
    const late = await world.runs('resume', id.slice(0, 8), '--runner', RUNNER);
    expect(late).toMatchObject({ code: 0, err: begins });
    expect(late.out).toContain(`${id}  completed\n`);
    expect(late.out).toContain('  call      remove (call_r): allowed\n');
    expect(late.out).toContain('  text\n    Done.\n    All of it.\n');
    expect([...world.effects()].toSorted()).toEqual(['look', 'remove']);
    expect((await world.runs('list')).out).toContain('completed  3 calls\n');
    expect((await world.runs('list', '--open')).out).toBe(`No run is open; ${world.journals} has 1 that ended.\n`);
    const { out } = await world.runs('show', id);
    expect(out).toContain('  approval   approval-1: approved by ann, 2');
    expect(out.trimEnd()).toMatch(/Next: nothing; the run has ended\.$/);
    expect(await world.runs('resume', id, '--runner', RUNNER)).toMatchObject({
      code: 0,
      err: `${id} has already ended: completed. See the next step with runs show.\n`,
    });
    expect(await world.runs('resume', id, '--runner', RUNNER, '--json')).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ id, status: 'completed', ended_before: true })}\n`,
    });
    // The run had completed, so it could not be cancelled.
    expect(await world.runs('cancel', id, '--runner', RUNNER)).toMatchObject({ code: 1 });
  });

  test('cancel exits with 0, also the second time, and the run cannot be resumed', async () => {
    expect(await world.runs('cancel', id, '--runner', RUNNER)).toEqual({ code: 0, out: `${id}  cancelled\n`, err: '' });
    expect(world.openai.runs(world.seeded.threadId)).toMatchObject([{ status: 'cancelled' }]);
    process.env['RUNS_APPROVED'] = 'ann';
    const words = `${id} has already ended: cancelled. See the next step with runs show.\n`;
    expect(await world.runs('cancel', id, '--runner', RUNNER)).toEqual({ code: 0, out: '', err: words });
    expect(await world.runs('resume', id, '--runner', RUNNER)).toEqual({ code: 1, out: '', err: words });
    expect(world.effects()).toEqual(['look']);
  });

  test('is resumed with its results as JSON', async () => {
    const { code, out } = await world.runs('resume', id, '--runner', RUNNER, '--json');
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      id,
      status: 'awaiting_approval',
      text: null,
      approvals: [{ approval_id: 'approval-1', call_id: 'call_r', tool: 'remove', arguments_hash: expect.any(String) }],
      calls: [
        { call_id: 'call_l', tool: 'look', outcome: 'allowed', executed: 'yes' },
        { call_id: 'call_r', outcome: 'approval_pending' },
        { call_id: 'call_k', outcome: 'denied', executed: 'no' },
      ],
    });
  });

  test('resume exits with 1 if the run has expired; --new-run starts a run that receives the outcomes', async () => {
    world.openai.endRun(id, 'expired');
    process.env['RUNS_APPROVED'] = 'ann';
    const given = await world.runs('resume', id, '--runner', RUNNER);
    expect(given).toMatchObject({ code: 1, out: expect.stringContaining(`${id}  expired\n`) });
    expect(given.out).toContain('  call      remove (call_r): not_run, though approved: too late\n');
    expect((await world.runs('show', id)).out.trimEnd()).toMatch(/Next: .*:\n {2}.* --runner MODULE --new-run$/);
    expect((await world.runs('show', id)).out).toContain('  approval   approval-1: approved by ann, 2');
    expect(await world.runs('resume', id, '--runner', RUNNER)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${id} has already ended: expired.`),
    });
    const again = await world.runs('resume', id, '--runner', RUNNER, '--new-run');
    const [, fresh] = world.openai.runs(world.seeded.threadId);
    const freshId = fresh?.id ?? '';
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining(`${freshId}  completed\n`) });
    expect(again.out).toContain(`${id} has expired; ${freshId} replaced it\n`);
    const { out } = await world.runs('show', id);
    expect(out).toContain(`${id}  expired\n`);
    expect(out).toMatch(new RegExp(`Next: ${freshId} replaced it:\\n  .* runs show ${freshId} `));
  });
});

test.each(['responses', 'agents'] as const)('a run of %s is resumed by its own method', async (api) => {
  world = await runsWorld([callTools(LOOK, REMOVE), say('Done.')]);
  const { sessionId } = world.seeded;
  if (api === 'agents') await runner().session(sessionId, { input: 'Go.' });
  else await runner().responses({ model: MODEL, input: 'Go.' });
  const id = idOf(await onlyJournal(world.journals));
  expect((await world.runs('list')).out).toContain(`${id}  ${api}  `);
  const { out } = await world.runs('show', id, '--payloads');
  expect(out).toContain('turn 1  look  (call_l)\n  state      ran\n');
  if (api === 'responses') expect(out).toContain('  arguments  {"path":"/secret-path"}\n');
  process.env['RUNS_APPROVED'] = 'ann';
  const { code, out: resumed } = await world.runs('resume', id, '--runner', RUNNER);
  expect([code, resumed]).toEqual([0, expect.stringContaining('  text\n    Done.\n')]);
  expect((await world.runs('list')).out).toContain('completed  2 calls\n');
});

test('resume exits with 5 while a process serves the run; after a kill, its call is in doubt', async () => {
  world = await runsWorld([callTools(LOOK, STAY), say('Checked.')]);
  const child = await world.serveInChild();
  const id = idOf(await onlyJournal(world.journals));
  // The journal is about to record the end of the other call.
  while (!(await world.runs('show', id)).out.includes('(call_l)\n  state      ran\n')) await sleep(5);
  const before = await snapshot(world.journals);
  const { code, out } = await world.runs('list');
  expect([code, out]).toEqual([0, expect.stringContaining(`running (process ${child.pid ?? 0})  2 calls\n`)]);
  const shown = (await world.runs('show', id)).out;
  expect(shown).toContain(`(call_s)\n  state      running\n`);
  expect(shown.trimEnd()).toMatch(new RegExp(`Next: wait for process ${child.pid ?? 0}\\.$`));
  for (const what of ['resume', 'cancel']) {
    expect(await world.runs(what, id, '--runner', RUNNER)).toEqual({
      code: 5,
      out: '',
      err: `${id} is in use by process ${child.pid ?? 0}. Only one process can serve a run.\n`,
    });
  }
  expect(await snapshot(world.journals)).toEqual(before);

  await killed(child);
  expect((await world.runs('list', '--open')).out).toContain('interrupted  2 calls, 1 in doubt\n');
  const left = (await world.runs('show', id)).out;
  expect(left).toContain('(call_s)\n  state      in doubt: ');
  expect(left.trimEnd()).toMatch(
    /Next: check whether the call in doubt happened; .* Then resume:\n {2}.* --runner MODULE$/,
  );
  const resumed = await world.runs('resume', id, '--runner', RUNNER);
  expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining('stay (call_s): in_doubt\n') });
  expect([...world.effects()].toSorted()).toEqual(['look', 'stay']);
  const ended = (await world.runs('show', id)).out;
  expect(ended.trimEnd()).toMatch(
    /Next: check whether the call in doubt happened; the run has ended, so no process will check it\.$/,
  );
});

test('strings of a hostile model or gateway are shown on one line each', async () => {
  const call = { name: 'nothing\n\u001b[2Jrm', arguments: {}, id: 'call\nNext: rm -rf /' };
  world = await runsWorld([callTools(call, { ...REMOVE, id: 'call r\n\u202e' }), say('Done.')]);
  await runner().responses({ model: MODEL, input: 'Go.' });
  const { out } = await world.runs('show', idOf(await onlyJournal(world.journals)), '--payloads');
  expect(out).not.toMatch(/[\u001b\u202e]|^Next: rm/m);
  expect(out).toContain(String.raw`remove  (call r\n\u202e)`);
  expect(out).toContain(String.raw`(call\nNext: rm -rf /)`);
});
