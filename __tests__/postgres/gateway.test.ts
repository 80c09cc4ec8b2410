import type { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, storedAuditLog, type StoredApproval } from 'interven-openai-assistants/embedded';
import {
  createGatewayServer,
  listenGateway,
  type Delivery,
  type NoticeOutbox,
} from 'interven-openai-assistants/server';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../examples/model.ts';
import {
  postgresApprovalStore,
  postgresAuditStore,
  postgresJournal,
  postgresNoticeOutbox,
  postgresServerState,
  postgresUsageStore,
  type PostgresClient,
} from '../../src/postgres.ts';
import { approvalStoreContract } from '../embedded/approvals/store-contract.ts';
import { migratedDatabase } from '../setup/postgres.ts';
import { ANN, jsonOf, POLICY, serving, type Json } from '../server/serving.ts';

const database = await migratedDatabase();
const open: { close(): Promise<void> }[] = [];
/** Closes it at the end of the test. */
const closing = <Closable extends { close(): Promise<void> }>(closable: Closable): Closable => {
  open.push(closable);
  return closable;
};

beforeEach(async () => {
  await database.exec('TRUNCATE interven.approvals, interven.frozen, interven.sessions, interven.rates');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (each) => each.close()));
});
afterAll(async () => {
  await database.close();
});

// Here, because it takes five seconds to start a database.
approvalStoreContract('the store in Postgres', async () => postgresApprovalStore(database, { now: () => 0 }));

/** A server as one of several replicas, with a connection of its own that can be lost. */
async function replica() {
  const link = { isLost: false };
  const client: PostgresClient & Pick<PGlite, 'listen'> = {
    async query(text, values) {
      if (link.isLost) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return database.query(text, values);
    },
    listen: async (...args) => database.listen(...args),
  };
  const store = closing(await postgresApprovalStore(client));
  const state = closing(await postgresServerState(client));
  const log = closing(storedAuditLog(postgresAuditStore(client)));
  const parts = serving(
    { state, decisions: log.decisions, now: store.now, scansPerMinute: 3 },
    { store, now: store.now },
  );
  parts.gateway.observe(log.listener);
  return { ...parts, link, log, store };
}

const CALL = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 7 } };

describe('replicas of a gateway server on one database', () => {
  test('share approvals: one clears one of many equal calls', async () => {
    const [one, other] = [await replica(), await replica()];
    const id = await one.asked();
    expect((await other.ann('POST', `/v1/approvals/${id}/approve`)).status).toBe(200);
    const request = { functionName: 'delete_page', ...CALL, runtimeType: 'custom' };
    const key = (await one.gateway.approval(id))?.key ?? '';
    const scans = Array.from({ length: 10 }, async (_, n) => (n % 2 ? one : other).gateway.scan(request, { key }));
    const decisions = (await Promise.all(scans)).map(({ decision }) => decision);
    expect(decisions.filter((decision) => decision === 'ALLOW')).toHaveLength(1);
    expect(await jsonOf(await one.agent('GET', `/v1/approvals/${id}/status`))).toMatchObject({ status: 'expired' });
  });

  test('share the freeze, and its end', async () => {
    const [one, other] = [await replica(), await replica()];
    await one.ann('POST', '/v1/freeze', { reason: 'drill' });
    expect(await jsonOf(await other.agent('POST', '/v1/scan', CALL))).toMatchObject({ reason_codes: ['FROZEN'] });
    await other.ann('POST', '/v1/unfreeze');
    expect(await jsonOf(await one.agent('POST', '/v1/scan', CALL))).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
  });

  test('count the scans of a key together', async () => {
    const [one, other] = [await replica(), await replica()];
    const statuses: number[] = [];
    for (const each of [one, other, one, other]) {
      const reply = await each.agent('POST', '/v1/scan', { ...CALL, method: 'GET', url: 'https://tools.invalid/read' });
      statuses.push(reply.status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  test('share sessions, which end with a sign-out or another token', async () => {
    const [one, other] = [await replica(), await replica()];
    const headers = await one.signIn();
    const statusAt = async (at: typeof one, path = '/session', method = 'GET') =>
      (await at.ask(method, path, { headers })).status;
    expect(await statusAt(other)).toBe(200);
    const changed = serving({
      state: closing(await postgresServerState(database)),
      approvers: [{ name: 'ann', token: `${ANN}-changed` }],
    });
    expect((await changed.ask('GET', '/session', { headers })).status).toBe(401);
    await statusAt(other, '/sign-out', 'POST');
    expect(await statusAt(one)).toBe(401);
  });

  test('send page events for what another replica did, and list its decisions', async () => {
    const [one, other] = [await replica(), await replica()];
    const events = (await one.ann('GET', '/v1/events')).body?.getReader();
    await events?.read();
    const id = await other.asked();
    const { value } = (await events?.read()) as { value: Uint8Array };
    expect(new TextDecoder().decode(value)).toContain('change');
    await other.log.close();
    await one.ann('POST', `/v1/approvals/${id}/deny`, { note: 'no' });
    await one.log.close();
    expect(await jsonOf(await one.ann('GET', '/v1/decisions?limit=1'))).toMatchObject({
      decisions: [{ decision: 'REQUIRE_APPROVAL', method: 'DELETE', approval: { status: 'denied', note: 'no' } }],
    });
    await events?.cancel();
  });

  test('deliver each notice once: that of a replica that has ended, and that an approval has expired', async () => {
    const [one, other] = [postgresNoticeOutbox(database), postgresNoticeOutbox(database)];
    const delivery = (id: string, dueAt?: number): Delivery => ({
      receiver: 'r1',
      notice: { type: 'unfrozen', id, timestamp: '2026-03-01T12:00:00Z', data: {} },
      ...(dueAt === undefined ? {} : { dueAt }),
    });
    const due = async (outbox: NoticeOutbox, now = 0): Promise<readonly string[]> =>
      (await outbox.due(['r1', 'r2'], now)).map(({ notice }) => notice.id);
    const leave = async (): Promise<unknown> => database.query('UPDATE interven.notices SET taken_until = 0');
    expect(await one.add(delivery('msg_1'))).toBe(true);
    expect(await other.add(delivery('msg_1'))).toBe(false);
    await one.add(delivery('msg_2', 1_000));
    expect([await due(one), await due(other), await other.due(['r2'], 0)]).toEqual([[], [], []]);
    await leave();
    const taken = await Promise.all([one, other, one, other].map(async (outbox) => due(outbox)));
    expect(taken.flat()).toEqual(['msg_1']);
    expect((await Promise.all([due(one, 1_000), due(other, 1_000)])).flat()).toEqual(['msg_2']);
    await other.remove(delivery('msg_1'));
    // A freeze has made the approval expire early.
    await one.add(delivery('msg_3', 1_000));
    expect([await other.add(delivery('msg_3')), await one.add(delivery('msg_3'))]).toEqual([true, false]);
    await leave();
    expect(await due(one)).toEqual(['msg_3']);
    expect(await other.due(['r1'], 1_000)).toEqual([expect.objectContaining(delivery('msg_2'))]);
  });

  test('refuse a policy that the others would not get', async () => {
    const one = await replica();
    const reply = await one.ann('POST', '/v1/policies/apply', { ...POLICY, name: 'sent' });
    expect([reply.status, await jsonOf(reply)]).toMatchObject([409, { error: { code: 'not_shared' } }]);
  });

  test('clear no call and say so while the database is lost, and recover', async () => {
    const one = await replica();
    const id = await one.asked();
    const health = async () => (await one.ask('GET', '/health')).status;
    expect(await health()).toBe(200);
    one.link.isLost = true;
    expect(await health()).toBe(503);
    const replies = [await one.agent('POST', '/v1/scan', CALL), await one.ann('POST', `/v1/approvals/${id}/approve`)];
    for (const reply of replies)
      expect([reply.status, await jsonOf(reply)]).toMatchObject([503, { error: { code: 'unavailable' } }]);
    await expect(one.gateway.scan({ functionName: 'read', ...CALL, runtimeType: 'custom' })).rejects.toThrow(
      "The gateway's database did not answer (ECONNREFUSED), so it clears no call. Check that Postgres is reachable.",
    );
    one.link.isLost = false;
    expect(await health()).toBe(200);
    expect((await one.ann('POST', `/v1/approvals/${id}/approve`)).status).toBe(200);
  });
});

describe('the approval store in Postgres', () => {
  test('rejects a freeze that it cannot write, and is not frozen once the database is back', async () => {
    const { gateway, link } = await replica();
    link.isLost = true;
    await expect(gateway.freeze()).rejects.toThrow('ECONNREFUSED');
    link.isLost = false;
    expect(await gateway.frozen()).toBeUndefined();
  });

  test('accepts no decision and no use after the expiry, of which its clock decides', async () => {
    const clock = { now: 1_000 };
    const store = closing(await postgresApprovalStore(database, { now: () => clock.now }));
    const gateway = new EmbeddedGateway({ policies: POLICY, store, now: () => 1_000 });
    await gateway.scan({ functionName: 'delete_page', ...CALL, runtimeType: 'custom' });
    const [approval] = await store.list();
    clock.now = 601_000;
    const change = async (to: Parameters<typeof store.change>[1]) => store.change(approval as StoredApproval, to);
    expect(await change({ status: 'approved' })).toBe(false);
    expect(await change({ usedBy: 'scan' })).toBe(false);
    expect(await change({ status: 'expired' })).toBe(true);
  });

  test('compares expiry with the clock of the database, not with that of the machine', async () => {
    const ahead: PostgresClient = {
      query: async (text, values) =>
        database.query(text.replaceAll('statement_timestamp()', "(statement_timestamp() + interval '1 hour')"), values),
    };
    const gateway = new EmbeddedGateway({ policies: POLICY, store: closing(await postgresApprovalStore(ahead)) });
    await gateway.scan({ functionName: 'delete_page', ...CALL, runtimeType: 'custom' });
    const [approval] = await gateway.approvals({ status: 'pending' });
    const { approvalId } = await gateway.approve(approval?.approvalId ?? '');
    expect(await gateway.approvalStatus(approvalId)).toMatchObject({ status: 'approved' });
  });

  test('returns arguments exactly as they were scanned', async () => {
    const { gateway, store } = await replica();
    const body = JSON.parse('{"nul":"\\u0000","half":"\\ud800","big":1e21,"b":1,"a":-0.5}') as Json;
    await gateway.scan({ functionName: 'delete_page', ...CALL, body, runtimeType: 'custom' });
    const [approval] = await store.list();
    expect(JSON.stringify(approval?.arguments)).toBe(JSON.stringify(body));
  });

  test('announces each approval that is decided or expires, once, and again if the listener fails', async () => {
    const clock = { now: 1_000 };
    const announced: string[] = [];
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let fails = true;
    const onApprovalSettled = async ({ approvalId, status }: StoredApproval): Promise<void> => {
      announced.push(`${approvalId} ${status}`);
      // The run that waits may be faster than the end of the announcement.
      await gateway.approvalStatus(approvalId);
      if (fails && status === 'denied') throw new Error('The queue is down.');
    };
    const now = () => clock.now;
    const options = { now, onApprovalSettled };
    const store = closing(await postgresApprovalStore(database, options));
    closing(await postgresApprovalStore(database, options));
    const gateway = new EmbeddedGateway({ policies: POLICY, store, now });
    const asked = async (page: number): Promise<string> => {
      const body = { page };
      const decision = await gateway.scan({ functionName: 'delete_page', ...CALL, body, runtimeType: 'custom' });
      return 'approvalId' in decision ? (decision.approvalId ?? '') : '';
    };
    const [approved, denied, expired] = [await asked(1), await asked(2), await asked(3)];
    await gateway.approve(approved);
    await gateway.deny(denied);
    await settledOf(() => announced.length === 2);
    expect(announced).toEqual([`${approved} approved`, `${denied} denied`]);
    expect(warnings.mock.calls.flat()).toContainEqual(expect.stringContaining('The queue is down.'));
    fails = false;
    clock.now = 601_000;
    // The store looks for all of them after each decision, and every second.
    const late = await asked(4);
    await gateway.approve(late);
    await settledOf(() => announced.length === 5);
    const expected = [`${denied} denied`, `${expired} expired`, `${late} approved`];
    expect(announced.slice(2).toSorted()).toEqual(expected.toSorted());
    warnings.mockRestore();
  });

  test('adds what a principal spends in a day, from several processes', async () => {
    const [one, other] = [postgresUsageStore(database), postgresUsageStore(database)];
    const id = `ada\u0000${'a'.repeat(5_000)}`;
    await Promise.all([one, other, one].map(async (store) => store.add(id, '2026-11-30', { tokens: 2, cost: 0.5 })));
    expect(await other.add(id, '2026-11-30', { tokens: 0, cost: 0 })).toEqual({ tokens: 6, cost: 1.5 });
    expect(await one.add(id, '2026-12-01', { tokens: 1, cost: 0 })).toEqual({ tokens: 1, cost: 0 });
  });
});

test('a run that is parked in one process continues when an approver decides at another one', async () => {
  const [pool, policies, keys, port] = [database, agentSafety, ['iv_test_of_this_example'], 0];
  const approvers = [{ name: 'ann', token: ANN }];
  // #region replica
  const log = storedAuditLog(postgresAuditStore(pool)); // arguments as a hash, unless { arguments: true }
  const gateway = new EmbeddedGateway({ policies, store: await postgresApprovalStore(pool) });
  gateway.observe(log.listener);
  const state = await postgresServerState(pool);
  const server = createGatewayServer({ gateway, state, decisions: log.decisions, keys, approvers });
  const { url, close } = await listenGateway(server, { port });
  // #endregion
  closing({ close });
  closing(state);
  closing(log);

  // A queue, whose worker may be any process.
  const jobs: string[] = [];
  let added = (): void => undefined;
  const enqueue = async (runId: string): Promise<void> => {
    jobs.push(runId);
    added();
  };
  await pool.exec('CREATE TABLE waiting (approval text, run text)');
  // #region settled
  const store = await postgresApprovalStore(pool, {
    onApprovalSettled: async ({ approvalId }) => {
      const found = await pool.query<{ run: string }>('SELECT run FROM waiting WHERE approval = $1', [approvalId]);
      for (const { run } of found.rows) await enqueue(run); // your queue: its worker calls runner.resumeResponses(run)
    },
  });
  // #endregion
  closing(store);

  const openai = new FakeOpenAI({ script: [callTools({ name: 'delete_backup' }), say('Deleted.')] });
  const client = new OpenAI({ apiKey: 'none', baseURL: openai.baseURL, fetch: openai.fetch });
  const deleted: string[] = [];
  const newRunner = () =>
    new GuardedRunner({
      client,
      gateway: new EmbeddedGateway({ policies, store }),
      journal: postgresJournal(pool),
      approval: 'park',
      tools: { delete_backup: () => String(deleted.push('backup')) },
    });
  const runner = newRunner();
  const request = { model: MODEL, input: 'Delete the backup.' };
  // #region parked
  const result = await runner.responses(request);
  if (result.status === 'awaiting_approval') {
    for (const { approvalId } of result.approvals)
      await pool.query('INSERT INTO waiting (approval, run) VALUES ($1, $2)', [approvalId, result.runId]);
    await enqueue(result.runId); // once: an approver may have been faster than these lines
  }
  // #endregion
  const { status, approvals } = result;
  expect([status, await newRunner().resumeResponses(jobs.shift() ?? '')]).toMatchObject([
    'awaiting_approval',
    { status: 'awaiting_approval' },
  ]);

  const headers = { authorization: `Bearer ${ANN}` };
  const enqueued = new Promise<void>((resolve) => {
    added = resolve;
  });
  await fetch(`${url}/v1/approvals/${approvals[0]?.approvalId}/approve`, { method: 'POST', headers });
  await enqueued;
  expect(await newRunner().resumeResponses(jobs.shift() ?? '')).toMatchObject({
    status: 'completed',
    text: 'Deleted.',
  });
  expect(deleted).toEqual(['backup']);
});

/** Waits until the condition holds. */
async function settledOf(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
