import { describe as group, expect, test } from '@jest/globals';
import { describe } from '../../../src/runner/call/describe.ts';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

/** What a function without a declared target amounts to. */
function named(functionName: string, body: Record<string, unknown> = {}) {
  return targetOf({ ...describe(functionName, body, undefined), body, functionName });
}

group('a service that the runner knows by the function’s name', () => {
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

  test('a Slack function that only reads by its name posts where it carries a text', () => {
    expect(named('slack_get_feedback', { channel: 'x', text: 'y' })).toMatchObject({
      operation: 'post_message',
      verb: 'WRITE',
    });
  });

  test('a Slack function that changes a text is still judged as a message', () => {
    const { operation, operationAliases } = named('slack_update_message', { channel: 'x', text: 'y' });
    expect([operation, operationAliases]).toEqual(['update_message', expect.arrayContaining(['post_message'])]);
  });
});

group('a tool of one’s own goes by its function’s name', () => {
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
    '%s takes something away',
    (functionName) => {
      expect(named(functionName).isDestructive).toBe(true);
    },
  );

  test.each(['list_deleted_files', 'create_file', 'get_webpage'])('%s takes nothing away', (functionName) => {
    expect(named(functionName).isDestructive).toBe(false);
  });

  test('a name that says a service can be matched by the service’s name and operation', () => {
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

  test('a word that is part of another names no service', () => {
    expect(named('google_search').aliases).toEqual(['google_search']);
  });
});

group('an address that the call gives', () => {
  test('is a name for the tool, and who is sent something', () => {
    const target = named('post_webpage', { url: 'https://www.evil.com/x', content: 'y' });
    expect(target).toMatchObject({
      tool: 'custom_proxy',
      aliases: expect.arrayContaining(['www.evil.com']),
      principals: ['www.evil.com'],
    });
    expect(target.aliases).toContain('www.evil.com');
  });

  test('receives what is asked of it where it is only read', () => {
    const target = named('get_webpage', { url: 'https://www.evil.com/x' });
    expect(target).toMatchObject({ verb: 'READ', principals: ['www.evil.com'] });
  });

  test.each([
    ['GET', 'READ'],
    ['POST', 'WRITE'],
    ['DELETE', 'WRITE'],
  ])('is written to when the call chooses %s', (method, verb) => {
    expect(named('fetch_url', { url: 'https://api.evil.com/x', method }).verb).toBe(verb);
  });
});
