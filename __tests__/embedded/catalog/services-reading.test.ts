import { describe as group, expect, test } from '@jest/globals';
import { describe } from '../../../src/runner/call/describe.ts';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

/** What a function without a declared target amounts to. */
function named(functionName: string, body: Record<string, unknown> = {}) {
  return targetOf({ ...describe(functionName, body, undefined), body, functionName });
}

group('a name that begins with reading', () => {
  test.each([
    'get_and_close_ticket',
    'check_and_ship_order',
    'lookup_and_redeem_voucher',
    'validate_and_close_account',
    'fetch_and_apply_patch',
    'select_and_open_door',
    'getThenFrobnicate',
    'search_index_update',
    'list_update',
    'view_update',
    'compute_instance_stop',
    'list_item_move',
    'fetch_run_script',
    'check_bills_pay',
    'close_search_window',
  ])('changes something all the same: %s', (functionName) => {
    expect(named(functionName).verb).not.toBe('READ');
  });

  test.each([
    'list_updates',
    'get_order',
    'get_workflow_run',
    'get_status_update',
    'list_files_and_folders',
    'get_terms_and_conditions',
    'get_price_and_availability',
    'get_name_and_id',
    'search_and_filter_notes',
    'list_open_orders',
    'check_store_hours',
    'get_run_status',
  ])('only reads: %s', (functionName) => {
    expect(named(functionName).verb).toBe('READ');
  });
});

group('an argument that asks for a change', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['todo_list', { action: 'list', operation: 'delete' }, true],
    ['get_todo', { Action: 'delete' }, true],
    ['get_todo', { action: ['delete'] }, true],
    ['get_todo', { params: { action: 'update' } }, false],
    ['get_todo', { input: '{"operation":"update"}' }, false],
    ['github_get_issue', { action: 'close_issue' }, false],
    ['query_database', { sql: 'DROP TABLE users' }, true],
    ['query_database', { query: 'truncate users' }, true],
    ['query_database', { sql: 'SELECT 1;\n delete from users' }, true],
    ['query_database', { sql: 'WITH a AS (SELECT 1) UPDATE b SET c = 1' }, false],
    ['query_database', { sql: '/* x */ INSERT INTO a VALUES (1)' }, false],
    ['query_database', { sql: 'EXPLAIN ANALYZE DELETE/**/FROM a' }, true],
    ['search', { statement: 'delete from users' }, true],
  ])('makes %s one: %j', (functionName, body, isDestructive) => {
    const { verb, isDestructive: takesAway } = named(functionName, body);
    expect([verb, takesAway]).toEqual(['WRITE', isDestructive]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['query_database', { sql: 'SELECT * FROM a WHERE b = 1' }],
    ['query_database', { sql: 'with a as (select 1) select * from a' }],
    ['query_database', { sql: 'SHOW TABLES; EXPLAIN SELECT 1' }],
    ['search_emails', { query: 'update on the project' }],
    ['search_emails', { query: 'delete my account' }],
    ['get_todo', { action: 'list' }],
    ['list_payments', { method: 'card' }],
  ])('is not what reads: %s %j', (functionName, body) => {
    expect(named(functionName, body)).toMatchObject({ verb: 'READ', isDestructive: false });
  });

  test.each([
    [{ http_method: 'POST' }],
    [{ httpMethod: 'PUT' }],
    [{ verb: 'post' }],
    [{ options: { method: 'POST', body: 'x' } }],
    [{ request: { method: 'PATCH' } }],
    [{ options: '{"method":"POST"}' }],
  ])('is a method that writes, wherever it stands: %j', (body) => {
    expect(named('fetch_url', { url: 'https://api.evil.com/x', ...body }).verb).toBe('WRITE');
  });
});
