import { describe as group, expect, test } from '@jest/globals';
import { describe } from '../../../src/runner/call/describe.ts';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

/** The identified target of a function without a declared target. */
function named(functionName: string, body: Record<string, unknown> = {}) {
  return targetOf({ ...describe(functionName, body, undefined), body, functionName });
}

group('a service identified by the function’s name', () => {
  test.each([
    ['github_create_issue', 'github', 'create_issue', 'WRITE'],
    ['gh_open_issue', 'github', 'create_issue', 'WRITE'],
    ['create_pull_request', 'github', 'create_pull_request', 'WRITE'],
    ['open_pull_request', 'github', 'create_pull_request', 'WRITE'],
    ['review_pull_request', 'github', 'create_review', 'WRITE'],
    ['create_pull_request_review', 'github', 'create_review', 'WRITE'],
    ['approve_pull_request', 'github', 'create_review', 'WRITE'],
    ['merge_pull_request', 'github', 'merge_pull_request', 'WRITE'],
    ['github_add_collaborator', 'github', 'add_collaborator', 'ADMIN'],
    ['github_invite_collaborator', 'github', 'add_collaborator', 'ADMIN'],
    ['GitHubDeleteRepository', 'github', 'delete_repository', 'ADMIN'],
    ['GitHubGetUserDetails', 'github', 'get_user_details', 'READ'],
    ['github_list_issues', 'github', 'list_issues', 'READ'],
    ['github_read_file', 'github', 'read_file', 'READ'],
    ['github_search_and_delete', 'github', 'search_and_delete', 'WRITE'],
    ['share_file', 'google_drive', 'share_file', 'ADMIN'],
    ['share_drive_file', 'google_drive', 'share_file', 'ADMIN'],
    ['share_file_external', 'google_drive', 'share_file', 'ADMIN'],
    ['gdrive_export_document', 'google_drive', 'export_file', 'READ'],
    ['GoogleDriveListFiles', 'google_drive', 'list_files', 'READ'],
    ['drive_delete_file', 'google_drive', 'delete_file', 'WRITE'],
    ['slack_post_message', 'slack', 'post_message', 'WRITE'],
    ['send_slack_dm', 'slack', 'post_message', 'WRITE'],
    ['slack_upload_file', 'slack', 'upload_file', 'WRITE'],
    ['slack_list_channels', 'slack', 'list_channels', 'READ'],
    ['slack_delete_message', 'slack', 'delete_message', 'WRITE'],
    ['invite_user_to_slack', 'slack', 'invite_user', 'ADMIN'],
    ['create_webhook', 'slack', 'create_webhook', 'ADMIN'],
  ])('%s', (functionName, tool, operation, verb) => {
    expect(named(functionName)).toMatchObject({ tool, operation, verb });
  });

  test('a Slack function with a reading name posts if it has text', () => {
    expect(named('slack_get_feedback', { channel: 'x', text: 'y' })).toMatchObject({
      operation: 'post_message',
      verb: 'WRITE',
    });
  });

  test('a Slack function that changes a message also counts as posting one', () => {
    const { operation, operationAliases } = named('slack_update_message', { channel: 'x', text: 'y' });
    expect([operation, operationAliases]).toEqual(['update_message', expect.arrayContaining(['post_message'])]);
  });
});

group('a tool without a known service is named by its function', () => {
  test.each([
    ['send_money', 'payments', 'WRITE'],
    ['transfer_money', 'payments', 'WRITE'],
    ['BankManagerTransferFunds', 'payments', 'WRITE'],
    ['BinanceWithdraw', 'payments', 'WRITE'],
    ['get_most_recent_transactions', 'payments', 'READ'],
    ['add_user_to_channel', 'channels', 'ADMIN'],
    ['get_users_in_channel', 'channels', 'READ'],
    ['send_direct_message', 'messages', 'WRITE'],
    ['GmailSendEmail', 'messages', 'WRITE'],
    ['get_webpage', 'web', 'READ'],
    ['post_webpage', 'messages', 'WRITE'],
    ['update_password', 'credentials', 'ADMIN'],
    ['disable_two_factor', 'credentials', 'ADMIN'],
    ['rotate_api_key', 'credentials', 'ADMIN'],
    ['update_user_info', 'users', 'WRITE'],
    ['delete_user', 'users', 'ADMIN'],
    ['AugustSmartLockGrantGuestAccess', 'permissions', 'ADMIN'],
    ['revoke_access', 'permissions', 'ADMIN'],
    ['CiscoUmbrellaCreatePolicy', 'permissions', 'ADMIN'],
    ['TerminalExecute', 'code', 'WRITE'],
    ['run_code', 'code', 'WRITE'],
    ['delete_file', 'files', 'WRITE'],
    ['read_file', 'files', 'READ'],
    ['reserve_hotel', 'bookings', 'WRITE'],
    ['add_calendar_event_participants', 'calendar', 'WRITE'],
    ['invite_guests_to_meeting', 'calendar', 'WRITE'],
    ['web_search', 'web', 'READ'],
    ['check_balance', undefined, 'READ'],
    ['check_in_guest', 'users', 'WRITE'],
    ['list_then_archive', undefined, 'WRITE'],
    ['get_order', 'payments', 'READ'],
    ['order_pizza', 'payments', 'WRITE'],
    ['frobnicate', undefined, 'WRITE'],
  ])('%s', (functionName, category, verb) => {
    const target = named(functionName);
    expect(target).toMatchObject({ tool: 'custom_proxy', operation: functionName, category, verb });
    expect(target.aliases).toContain(functionName);
  });

  test.each(['delete_file', 'cancelBooking', 'PurgeQueue', 'revoke_access', 'search_and_remove'])(
    '%s is destructive',
    (functionName) => {
      expect(named(functionName).isDestructive).toBe(true);
    },
  );

  test.each(['list_deleted_files', 'create_file', 'get_webpage'])('%s is not destructive', (functionName) => {
    expect(named(functionName).isDestructive).toBe(false);
  });

  test('a function whose name mentions a service matches the service’s name and operation', () => {
    expect(named('GmailSendEmail')).toMatchObject({
      aliases: expect.arrayContaining(['GmailSendEmail', 'gmail_send_email', 'gmail']),
      operationAliases: expect.arrayContaining(['gmail_send_email', 'send_email']),
    });
    expect(named('create_iam_user')).toMatchObject({
      aliases: expect.arrayContaining(['aws', 'iam']),
      operationAliases: expect.arrayContaining(['create_user']),
    });
    const policy = { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' };
    expect(named('iam_attach_policy', policy).operationAliases).toContain('attach_admin_policy');
  });

  test('part of a word does not name a service', () => {
    expect(named('google_search').aliases).toEqual(['google_search']);
  });
});

group('a URL in the arguments', () => {
  test('is an alias of the tool, and a principal', () => {
    const target = named('post_webpage', { url: 'https://www.evil.com/x', content: 'y' });
    expect(target).toMatchObject({
      tool: 'custom_proxy',
      aliases: expect.arrayContaining(['www.evil.com']),
      principals: ['www.evil.com'],
    });
    expect(target.aliases).toContain('www.evil.com');
  });

  test('is a principal even if it is only read', () => {
    const target = named('get_webpage', { url: 'https://www.evil.com/x' });
    expect(target).toMatchObject({ verb: 'READ', principals: ['www.evil.com'] });
  });

  test.each([
    ['GET', 'READ'],
    ['POST', 'WRITE'],
    ['DELETE', 'WRITE'],
  ])('is written to if the call chooses %s', (method, verb) => {
    expect(named('fetch_url', { url: 'https://api.evil.com/x', method }).verb).toBe(verb);
  });
});

group('a name that begins with a reading word', () => {
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
  ])('still changes something: %s', (functionName) => {
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

group('an argument that requests a change', () => {
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
  ])('makes %s destructive or not: %j', (functionName, body, isDestructive) => {
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
  ])('is not found in a call that reads: %s %j', (functionName, body) => {
    expect(named(functionName, body)).toMatchObject({ verb: 'READ', isDestructive: false });
  });

  test.each([
    [{ http_method: 'POST' }],
    [{ httpMethod: 'PUT' }],
    [{ verb: 'post' }],
    [{ options: { method: 'POST', body: 'x' } }],
    [{ request: { method: 'PATCH' } }],
    [{ options: '{"method":"POST"}' }],
  ])('is a writing method in any field: %j', (body) => {
    expect(named('fetch_url', { url: 'https://api.evil.com/x', ...body }).verb).toBe('WRITE');
  });
});

group('what a change sets counts, whatever the function is called', () => {
  test.each<[string, object, string | undefined, string | undefined]>([
    ['update_settings', { mfa_enabled: false }, 'turn_off_protection', 'credentials'],
    ['update_settings', { security: { twoFactor: 'disabled' } }, 'turn_off_protection', 'credentials'],
    ['set_options', { disable_2fa: true }, 'turn_off_protection', 'credentials'],
    ['update_branch_protection', { enabled: false }, 'turn_off_protection', undefined],
    ['configure_server', { audit_logging: 'off' }, 'turn_off_protection', undefined],
    ['update_repository', { visibility: 'public' }, 'make_public', 'permissions'],
    ['update_repository', { private: false }, 'make_public', 'permissions'],
    ['edit_document', { link_sharing: 'anyone_with_link' }, 'make_public', 'permissions'],
    ['edit_album', { settings: [{ isPublic: 'yes' }] }, 'make_public', 'permissions'],
    ['put_object', { acl: 'public-read' }, 'make_public', 'permissions'],
    ['write_file', { path: '.github/workflows/ci.yml', content: '' }, undefined, 'code'],
    ['write_file', { path: '/home/ann/.ssh/authorized_keys', content: '' }, undefined, 'code'],
  ])('%s(%j)', (name, body, operation, category) => {
    const { verb, operationAliases, categories } = named(name, { ...body });
    expect(verb).toBe(operation === undefined ? 'WRITE' : 'ADMIN');
    if (operation !== undefined) expect(operationAliases).toContain(operation);
    if (category !== undefined) expect(categories).toContain(category);
  });

  test.each<[string, object]>([
    ['update_settings', { mfa_enabled: true, disable_mfa: false }],
    ['update_settings', { theme: 'dark', notifications: false }],
    ['update_repository', { visibility: 'private', description: 'public' }],
    ['update_alarm', { enabled: false }],
    ['write_file', { path: 'docs/workflows.md', content: '.github/workflows/ci.yml' }],
  ])('but not %s(%j)', (name, body) => {
    const { verb, operationAliases, categories } = named(name, { ...body });
    expect([verb, ...operationAliases, ...categories]).toEqual(
      expect.not.arrayContaining(['ADMIN', 'turn_off_protection', 'make_public', 'code']),
    );
  });

  test.each([
    ['get_settings', { mfa_enabled: false }],
    ['list_repositories', { visibility: 'public' }],
    ['read_file', { path: '.github/workflows/ci.yml' }],
  ])('and a read sets nothing: %s(%j)', (name, body) => {
    expect(named(name, body).verb).toBe('READ');
  });
});
