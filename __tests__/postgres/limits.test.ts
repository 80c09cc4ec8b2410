import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { StoredApproval } from 'interven-openai-assistants/embedded';
import {
  migrate,
  postgresApprovalStore,
  postgresAuditStore,
  postgresJournal,
  postgresNoticeOutbox,
  postgresServerState,
  postgresUsageStore,
  type PostgresClient,
} from 'interven-openai-assistants/postgres';
import { verifyAuditLog } from '../../src/postgres/audit-store.ts';
import { DATABASE_NOW, gatewayDatabase } from '../../src/postgres/gateway-database.ts';
import { VERSION } from '../../src/postgres/migrations.ts';
import { isRolledBack, isTransient } from '../../src/postgres/persist.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a database that never answers', () => {
  /** Answers what a start asks, and then nothing. */
  const hanging: PostgresClient = {
    query: async (text) => {
      if (text.startsWith('SELECT coalesce(max(version)')) return { rows: [{ version: VERSION }] };
      if (text.includes(`(${DATABASE_NOW})::float8 AS clock`)) return { rows: [{ entry: null, last: '1', clock: 1 }] };
      return new Promise(() => undefined);
    },
  };
  const journal = postgresJournal(hanging);
  const store = async () => postgresApprovalStore(hanging);
  const state = async () => postgresServerState(hanging);

  test.each<[method: string, seconds: number, call: () => Promise<unknown>]>([
    ['migrate', 600, async () => migrate(hanging)],
    ['journal.id', 30, async () => journal.id?.()],
    ['journal.open', 30, async () => journal.open('run_1')],
    ['journal.reopen', 30, async () => journal.reopen('run_1')],
    ['journal.list', 30, async () => journal.list()],
    ['journal.newest', 30, async () => journal.newest({ limit: 1 })],
    ['journal.count', 30, async () => journal.count()],
    ['journal.openRuns', 30, async () => journal.openRuns()],
    ['journal.read', 30, async () => journal.read('run_1')],
    ['journal.claimNext', 30, async () => journal.claimNext()],
    ['journal.prune', 60, async () => journal.prune()],
    ['journal.prune, dry', 60, async () => journal.prune({ dryRun: true })],
    ['store.get', 5, async () => (await store()).get('a')],
    ['store.byCall', 5, async () => (await store()).byCall('h')],
    ['store.list', 5, async () => (await store()).list()],
    ['store.expireOpen', 5, async () => (await store()).expireOpen?.('frozen')],
    ['store.setFrozen', 5, async () => (await store()).setFrozen(undefined)],
    ['state.openSession', 5, async () => (await state()).openSession('h', { name: 'ann', tokenId: 't' }, 1)],
    ['state.findSession', 5, async () => (await state()).findSession('h')],
    ['state.endSession', 5, async () => (await state()).endSession('h')],
    ['state.count', 5, async () => (await state()).count('k', 1)],
    ['auditStore.append', 5, async () => postgresAuditStore(hanging).append([{ type: 'missed', json: '{}' }])],
    ['auditStore.newestDecisions', 5, async () => postgresAuditStore(hanging).newestDecisions(1)],
    ['noticeOutbox.due', 5, async () => postgresNoticeOutbox(hanging).due(['hook'], 0)],
    ['verifyAuditLog', 60, async () => verifyAuditLog(hanging, {})],
    ['usageStore.add', 60, async () => postgresUsageStore(hanging).add('ada', '2026-11-30', { tokens: 1, cost: 1 })],
  ])('makes %s reject within %s s', async (_method, seconds, call) => {
    const since = performance.now();
    const failed = expect(call()).rejects.toThrow(/Postgres did not answer within|database did not answer/);
    const settled = { is: false };
    void failed.finally(() => (settled.is = true));
    // The pauses between two attempts are real.
    while (!settled.is) {
      if (jest.getTimerCount() > 0) await jest.advanceTimersToNextTimerAsync();
      else await new Promise((resolve) => setImmediate(resolve));
    }
    expect(performance.now() - since).toBeLessThanOrEqual(seconds * 1_000);
    await failed;
  });
});

test('a listener of settled approvals that hangs does not keep other approvals from being announced', async () => {
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const rows = [{ id: 'one' }, { id: 'two' }];
  const announced: string[] = [];
  const entryOf = (approvalId: string) => ({
    ...{ approvalId, callHash: 'h', agentId: 'a', functionName: 'f', method: 'POST', url: 'https://a.invalid/' },
    ...{ reasonCodes: [], resources: [], status: 'approved', createdAt: 0, expiresAt: 1 },
  });
  const client: PostgresClient = {
    async query(text) {
      if (text.startsWith('SELECT coalesce(max(version)')) return { rows: [{ version: VERSION }] };
      const row = text.includes('announce_at = coalesce') ? rows.shift() : undefined;
      if (!row) return { rows: [] };
      return {
        rows: [
          {
            ...row,
            revision: '1',
            entry: JSON.stringify(entryOf(row.id)),
            is_call_gone: false,
            arguments: '{}',
            headers: null,
            void_note: null,
            announce_at: '1',
          },
        ],
      };
    },
  };
  const onApprovalSettled = async ({ approvalId }: StoredApproval): Promise<void> => {
    announced.push(approvalId);
    if (approvalId === 'one') await new Promise(() => undefined);
  };
  const store = await postgresApprovalStore(client, { onApprovalSettled });
  await jest.advanceTimersByTimeAsync(32_000);
  expect(announced).toEqual(['one', 'two']);
  expect(warnings.mock.calls.flat()).toContainEqual(
    expect.stringContaining('onApprovalSettled failed for approval one'),
  );
  await store.close();
  warnings.mockRestore();
});

/** SQLSTATE, whether the same statement may succeed later, and whether it certainly changed nothing. */
const STATES: readonly (readonly [state: string, name: string, isTransient: boolean, isRolledBack: boolean])[] = [
  ['08000', 'connection_exception', true, false],
  ['08003', 'connection_does_not_exist', true, false],
  ['08006', 'connection_failure', true, false],
  ['08P01', 'protocol_violation, of PgBouncer', true, false],
  ['0A000', 'feature_not_supported', false, false],
  ['22021', 'character_not_in_repertoire', false, false],
  ['23505', 'unique_violation', false, false],
  ['25006', 'read_only_sql_transaction, after a fail-over', true, false],
  ['25P02', 'in_failed_sql_transaction', true, false],
  ['25P03', 'idle_in_transaction_session_timeout', true, false],
  ['28P01', 'invalid_password', false, false],
  ['3D000', 'invalid_catalog_name', false, false],
  ['40001', 'serialization_failure', true, true],
  ['40003', 'statement_completion_unknown', true, false],
  ['40P01', 'deadlock_detected', true, true],
  ['42501', 'insufficient_privilege', false, false],
  ['42P01', 'undefined_table', false, false],
  ['53100', 'disk_full', true, false],
  ['53200', 'out_of_memory', true, false],
  ['53300', 'too_many_connections', true, false],
  ['54000', 'program_limit_exceeded', false, false],
  ['55000', 'object_not_in_prerequisite_state', false, false],
  ['55006', 'object_in_use', true, false],
  ['55P03', 'lock_not_available', true, true],
  ['57014', 'query_canceled', true, false],
  ['57P01', 'admin_shutdown', true, false],
  ['57P02', 'crash_shutdown', true, false],
  ['57P03', 'cannot_connect_now', true, false],
  ['57P04', 'database_dropped', false, false],
  ['57P05', 'idle_session_timeout', true, false],
  ['58030', 'io_error', true, false],
  ['58P01', 'undefined_file', false, false],
  ['72000', 'snapshot_too_old', true, false],
  ['XX000', 'internal_error', false, false],
  ['XX001', 'data_corrupted', false, false],
  ['EPIPE', 'of Node', true, false],
];

test.each(STATES)(
  'SQLSTATE %s (%s) is transient: %s, and was rolled back: %s',
  (code, _name, transient, rolledBack) => {
    const error = Object.assign(new Error(code), { code });
    expect([isTransient(error), isRolledBack(error)]).toEqual([transient, rolledBack]);
  },
);

test.each(['40P01', '08006'])('a gateway repeats a statement after %s only if it was rolled back', async (code) => {
  let attempts = 0;
  const query = async (): Promise<readonly never[]> => {
    attempts += 1;
    if (attempts === 1) throw Object.assign(new Error(code), { code });
    return [];
  };
  const rows = gatewayDatabase({ schema: 's', query }).query('SELECT 1');
  if (code === '08006') await expect(rows).rejects.toThrow('did not answer (08006)');
  else expect(await rows).toEqual([]);
});
