import { describe, expect, test } from '@jest/globals';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';
import { SERVICES } from '../../../src/embedded/catalog/services.ts';
import { loadService } from '../../../src/embedded/catalog/service.ts';

function targetAt(request: string, body: unknown = {}) {
  const [method = '', url = ''] = request.split(' ');
  return targetOf({ method, url: `https://${url}`, body });
}

describe('a request to a known API', () => {
  test.each([
    ['POST slack.com/api/chat.postMessage', 'slack', 'post_message', 'messages', 'WRITE'],
    ['GET slack.com/api/chat.postMessage', 'slack', 'post_message', 'messages', 'WRITE'],
    ['POST slack.com/api/files.upload', 'slack', 'upload_file', 'files', 'WRITE'],
    ['GET slack.com/api/files.getUploadURLExternal', 'slack', 'upload_file', 'files', 'WRITE'],
    ['POST slack.com/api/files.completeUploadExternal', 'slack', 'upload_file', 'files', 'WRITE'],
    ['POST slack.com/api/conversations.list', 'slack', 'list_channels', 'channels', 'READ'],
    ['POST slack.com/api/conversations.invite', 'slack', 'invite_user', 'permissions', 'ADMIN'],
    ['POST hooks.slack.com/services/T0/B0/x', 'slack', 'post_message', 'messages', 'WRITE'],
    ['POST api.github.com/repos/o/r/issues', 'github', 'create_issue', 'issues', 'WRITE'],
    ['POST api.github.com/repos/o/r/pulls', 'github', 'create_pull_request', 'pull_requests', 'WRITE'],
    ['POST api.github.com/repos/o/r/pulls/7/reviews', 'github', 'create_review', 'pull_requests', 'WRITE'],
    ['PUT api.github.com/repos/o/r/collaborators/eve', 'github', 'add_collaborator', 'permissions', 'ADMIN'],
    ['GET api.github.com/repos/o/r/contents/src/a.ts', 'github', 'get_file', 'files', 'READ'],
    ['DELETE api.github.com/repos/o/r', 'github', 'delete_repository', 'repositories', 'ADMIN'],
    ['POST ghe.acme.com/api/v3/repos/o/r/issues', 'github', 'create_issue', 'issues', 'WRITE'],
    ['POST www.googleapis.com/drive/v3/files/f1/permissions', 'google_drive', 'share_file', 'permissions', 'ADMIN'],
    ['GET www.googleapis.com/drive/v3/files/f1/export', 'google_drive', 'export_file', 'files', 'READ'],
    ['POST www.googleapis.com/upload/drive/v3/files', 'google_drive', 'upload_file', 'files', 'WRITE'],
    ['POST gmail.googleapis.com/gmail/v1/users/me/messages/send', 'gmail', 'send_email', 'messages', 'WRITE'],
    ['POST gmail.googleapis.com/gmail/v1/users/me/settings/delegates', 'gmail', 'add_delegate', 'permissions', 'ADMIN'],
    [
      'POST www.googleapis.com/calendar/v3/calendars/primary/events',
      'google_calendar',
      'create_event',
      'calendar',
      'WRITE',
    ],
    [
      'POST sheets.googleapis.com/v4/spreadsheets/s1/values/A1:B2:append',
      'google_sheets',
      'append_values',
      'files',
      'WRITE',
    ],
    ['GET sheets.googleapis.com/v4/spreadsheets/s1/values/A1:DD', 'google_sheets', 'read_values', 'files', 'READ'],
    ['POST docs.googleapis.com/v1/documents/d1:batchUpdate', 'google_docs', 'update_document', 'files', 'WRITE'],
    ['POST admin.googleapis.com/admin/directory/v1/users', 'google_admin', 'create_user', 'users', 'ADMIN'],
    ['POST graph.microsoft.com/v1.0/me/sendMail', 'outlook', 'send_email', 'messages', 'WRITE'],
    ['POST graph.microsoft.com/v1.0/users/u1/sendMail', 'outlook', 'send_email', 'messages', 'WRITE'],
    ['POST graph.microsoft.com/v1.0/me/drive/items/i1/invite', 'onedrive', 'share_file', 'permissions', 'ADMIN'],
    [
      'POST graph.microsoft.com/v1.0/me/drive/root:/a/b.txt:/createLink',
      'onedrive',
      'share_file',
      'permissions',
      'ADMIN',
    ],
    [
      'POST graph.microsoft.com/beta/teams/t1/channels/c1/messages',
      'microsoft_teams',
      'post_message',
      'messages',
      'WRITE',
    ],
    ['POST graph.microsoft.com/v1.0/users', 'microsoft_graph', 'create_user', 'users', 'ADMIN'],
    ['GET graph.microsoft.com/v1.0/users/u1', 'microsoft_graph', 'get_user', 'users', 'READ'],
    [
      'POST gitlab.com/api/v4/projects/a%2Fb/merge_requests',
      'gitlab',
      'create_merge_request',
      'merge_requests',
      'WRITE',
    ],
    ['POST git.acme.com/api/v4/projects/1/members', 'gitlab', 'add_collaborator', 'permissions', 'ADMIN'],
    ['POST acme.atlassian.net/rest/api/3/issue', 'jira', 'create_issue', 'issues', 'WRITE'],
    ['POST acme.atlassian.net/rest/api/3/search/jql', 'jira', 'search_issues', 'issues', 'READ'],
    ['PUT acme.atlassian.net/wiki/rest/api/content/12', 'confluence', 'update_page', 'pages', 'WRITE'],
    ['POST api.notion.com/v1/databases/d/query', 'notion', 'query_database', 'pages', 'READ'],
    ['POST app.asana.com/api/1.0/tasks', 'asana', 'create_task', 'tasks', 'WRITE'],
    ['PUT api.trello.com/1/boards/b/members', 'trello', 'invite_user', 'permissions', 'ADMIN'],
    ['DELETE api.airtable.com/v0/app1/Tasks/rec1', 'airtable', 'delete_record', 'records', 'WRITE'],
    ['POST api.hubapi.com/crm/v3/objects/contacts/search', 'hubspot', 'search_records', 'records', 'READ'],
    [
      'PATCH acme.my.salesforce.com/services/data/v60.0/sobjects/Lead/1',
      'salesforce',
      'update_record',
      'records',
      'WRITE',
    ],
    ['POST acme.zendesk.com/api/v2/tickets.json', 'zendesk', 'create_ticket', 'tickets', 'WRITE'],
    ['POST api.intercom.io/conversations/1/reply', 'intercom', 'reply', 'messages', 'WRITE'],
    [
      'POST acme.myshopify.com/admin/api/2025-01/orders/1/refunds.json',
      'shopify',
      'create_refund',
      'payments',
      'WRITE',
    ],
    ['POST api.stripe.com/v1/refunds', 'stripe', 'create_refund', 'payments', 'WRITE'],
    ['POST api-m.paypal.com/v1/payments/payouts', 'paypal', 'create_payout', 'payments', 'WRITE'],
    ['POST connect.squareup.com/v2/payments', 'square', 'create_payment', 'payments', 'WRITE'],
    ['POST api.wise.com/v1/transfers', 'wise', 'create_transfer', 'payments', 'WRITE'],
    ['POST production.plaid.com/transactions/get', 'plaid', 'list_transactions', 'payments', 'READ'],
    ['POST api.coinbase.com/v2/accounts/a/transactions', 'coinbase', 'send_money', 'payments', 'WRITE'],
    ['POST api.binance.com/sapi/v1/capital/withdraw/apply', 'binance', 'withdraw', 'payments', 'WRITE'],
    ['POST api.sendgrid.com/v3/mail/send', 'sendgrid', 'send_email', 'messages', 'WRITE'],
    ['POST api.mailgun.net/v3/acme.com/messages', 'mailgun', 'send_email', 'messages', 'WRITE'],
    ['POST api.postmarkapp.com/email', 'postmark', 'send_email', 'messages', 'WRITE'],
    ['POST api.resend.com/emails', 'resend', 'send_email', 'messages', 'WRITE'],
    ['POST us1.api.mailchimp.com/3.0/campaigns/c/actions/send', 'mailchimp', 'send_campaign', 'messages', 'WRITE'],
    ['POST api.twilio.com/2010-04-01/Accounts/AC1/Messages.json', 'twilio', 'send_sms', 'messages', 'WRITE'],
    ['POST discord.com/api/v10/channels/1/messages', 'discord', 'post_message', 'messages', 'WRITE'],
    ['POST discord.com/api/webhooks/1/t', 'discord', 'post_message', 'messages', 'WRITE'],
    ['GET api.telegram.org/bot1:x/sendMessage', 'telegram', 'post_message', 'messages', 'WRITE'],
    ['POST graph.facebook.com/v19.0/1/messages', 'whatsapp', 'post_message', 'messages', 'WRITE'],
    ['POST api.x.com/2/tweets', 'twitter', 'create_post', 'messages', 'WRITE'],
    ['POST api.dropboxapi.com/2/sharing/add_file_member', 'dropbox', 'share_file', 'permissions', 'ADMIN'],
    ['POST api.dropboxapi.com/2/files/list_folder', 'dropbox', 'list_files', 'files', 'READ'],
    ['POST api.box.com/2.0/collaborations', 'box', 'share_file', 'permissions', 'ADMIN'],
    ['POST acme.okta.com/api/v1/users/u/lifecycle/reset_factors', 'okta', 'reset_factors', 'credentials', 'ADMIN'],
    ['POST acme.eu.auth0.com/api/v2/users/u/roles', 'auth0', 'assign_role', 'permissions', 'ADMIN'],
    ['DELETE api.cloudflare.com/client/v4/zones/z/dns_records/d', 'cloudflare', 'delete_dns_record', 'dns', 'WRITE'],
    ['DELETE api.vercel.com/v9/projects/p', 'vercel', 'delete_project', 'projects', 'ADMIN'],
    ['POST api.netlify.com/api/v1/sites/s/deploys', 'netlify', 'deploy', 'deployments', 'WRITE'],
    ['PATCH api.heroku.com/apps/a/config-vars', 'heroku', 'put_secret', 'credentials', 'ADMIN'],
    ['DELETE api.digitalocean.com/v2/droplets/1', 'digitalocean', 'delete_server', 'servers', 'ADMIN'],
    ['POST api.pagerduty.com/incidents', 'pagerduty', 'create_incident', 'incidents', 'WRITE'],
    ['POST api.datadoghq.com/api/v2/logs/events/search', 'datadog', 'search_logs', 'logs', 'READ'],
    ['DELETE sentry.io/api/0/projects/o/p/', 'sentry', 'delete_project', 'projects', 'ADMIN'],
    ['PUT registry.npmjs.org/left-pad', 'npm', 'publish_package', 'packages', 'WRITE'],
    ['POST api.openai.com/v1/responses', 'openai', 'create_response', 'models', 'WRITE'],
    [
      'POST cloudresourcemanager.googleapis.com/v1/projects/p:setIamPolicy',
      'google_cloud',
      'set_policy',
      'permissions',
      'ADMIN',
    ],
    [
      'PUT management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/r',
      'azure',
      'assign_role',
      'permissions',
      'ADMIN',
    ],
  ])('%s', (request, tool, operation, category, verb) => {
    expect(targetAt(request)).toMatchObject({ tool, operation, category, verb });
  });

  test.each([
    [
      'api.linear.app/graphql',
      { query: 'mutation { issueCreate(input: {title: "x"}) { success } }' },
      'issue_create',
      'WRITE',
    ],
    ['api.linear.app/graphql', { query: '{ issues { nodes { id } } }' }, 'issues', 'READ'],
    [
      'api.github.com/graphql',
      { query: 'mutation M { a: addPullRequestReview(input: $i) { id } }' },
      'create_review',
      'WRITE',
    ],
    [
      'api.github.com/graphql',
      { query: 'query A { viewer { id } } mutation B { deleteUser { id } }' },
      'viewer',
      'ADMIN',
    ],
    ['api.github.com/graphql', { query: '{ a(x: "\\\\") } mutation { b }' }, 'a', 'WRITE'],
    ['api.github.com/graphql', { query: '{ a(x: "mutation {") #mutation\n }' }, 'a', 'READ'],
    ['api.github.com/graphql', {}, 'graphql', 'ADMIN'],
    ['api.acme.com/graphql', { query: 'mutation { b }' }, 'b', 'WRITE'],
  ])('GraphQL: %s %j', (url, body, operation, verb) => {
    expect(targetAt(`POST ${url}`, body)).toMatchObject({ operation, verb });
  });

  test.each([
    ['POST iam.amazonaws.com/?Action=CreateUser&UserName=x', {}, 'create_user', 'users', 'ADMIN'],
    ['POST iam.amazonaws.com/', { Action: 'CreateUser', UserName: 'x' }, 'create_user', 'users', 'ADMIN'],
    ['POST iam.amazonaws.com/', 'Action=CreateAccessKey&UserName=x', 'create_access_key', 'credentials', 'ADMIN'],
    ['GET iam.amazonaws.com/?Action=ListUsers', {}, 'list_users', 'users', 'READ'],
    [
      'POST iam.amazonaws.com/?Action=AttachRolePolicy',
      { PolicyArn: 'arn:aws:iam::1:policy/Mine' },
      'attach_policy',
      'permissions',
      'ADMIN',
    ],
    [
      'POST iam.amazonaws.com/?Action=AttachUserPolicy',
      { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      'attach_admin_policy',
      'permissions',
      'ADMIN',
    ],
    [
      'POST iam.amazonaws.com/?Action=PutUserPolicy',
      { PolicyDocument: '{"Statement": [{"Action" : [ "*" ]}]}' },
      'attach_admin_policy',
      'permissions',
      'ADMIN',
    ],
    ['POST sts.us-east-1.amazonaws.com/?Action=AssumeRole', {}, 'assume_role', 'permissions', 'ADMIN'],
    [
      'POST secretsmanager.eu-west-1.amazonaws.com/',
      { 'X-Amz-Target': 'secretsmanager.GetSecretValue' },
      'get_secret_value',
      'credentials',
      'READ',
    ],
    ['POST ec2.eu-west-1.amazonaws.com/?Action=TerminateInstances', {}, 'terminate_instances', 'servers', 'WRITE'],
    [
      'POST iam.amazonaws.com/?Action=ListUsers',
      { Action: 'AttachUserPolicy' },
      'attach_policy',
      'permissions',
      'ADMIN',
    ],
    ['POST iam.amazonaws.com/?Action=ListUsers&Action=CreateUser', {}, 'create_user', 'users', 'ADMIN'],
    ['POST iam.amazonaws.com/', 'Action=ListUsers&Action=CreateUser', 'create_user', 'users', 'ADMIN'],
    ['PUT pics.s3.eu-west-1.amazonaws.com/a/b.png', {}, 'put_object', 'files', 'WRITE'],
    ['GET s3.amazonaws.com/pics', {}, 'list_objects', 'files', 'READ'],
    ['PUT s3.amazonaws.com/pics?policy', {}, 'put_bucket_policy', 'permissions', 'ADMIN'],
    ['POST lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations', {}, 'invoke', 'code', 'WRITE'],
  ])('Amazon: %s %j', (request, body, operation, category, verb) => {
    expect(targetAt(request, body)).toMatchObject({ tool: 'aws', operation, category, verb });
  });

  test.each(['x.execute-api.us-east-1.amazonaws.com', 'iam.us-east-1.elb.amazonaws.com', 'iam.amazonaws.com.evil.com'])(
    '%s is a customer’s and not Amazon’s',
    (host) => {
      expect(targetAt(`POST ${host}/?Action=ListUsers`).tool).toBe('custom_proxy');
    },
  );
});

describe('a path that is in no table', () => {
  test.each([
    ['GET api.stripe.com/v1/disputes/d1', 'stripe', 'get_disputes', 'READ'],
    ['POST api.stripe.com/v1/things/t1/refund', 'stripe', 'refund', 'WRITE'],
    ['POST api.github.com/orgs/o/custom/roles', 'github', 'create_roles', 'ADMIN'],
    ['DELETE api.github.com/repos/o/r/milestones/1', 'github', 'delete_milestones', 'WRITE'],
    ['GET api.acme.com/v1/orders', 'custom_proxy', 'get_orders', 'READ'],
    ['POST api.acme.com/v1/users', 'custom_proxy', 'create_users', 'ADMIN'],
    ['GET api.acme.com/v1/deleteUser', 'custom_proxy', 'delete_user', 'ADMIN'],
  ])('is identified by its method and last word: %s', (request, tool, operation, verb) => {
    expect(targetAt(request)).toMatchObject({ tool, operation, verb });
  });
});

describe('the tables', () => {
  test('name every operation in snake case', () => {
    const names = SERVICES.flatMap(({ operations, synonyms }) => [
      ...operations.flatMap(({ name, category }) => [name, category]),
      ...synonyms.map(({ operation }) => operation),
    ]);
    expect(names.filter((name) => !/^[a-z]+(?:_[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  test('have no row hidden by an earlier one', () => {
    const hidden = SERVICES.flatMap(({ tool, operations }) => {
      const rows = operations.flatMap(({ methods, path }) =>
        (methods ?? ['*']).map((each) => `${each} ${path.join('/')}`),
      );
      return rows.filter((row, index) => rows.indexOf(row) !== index).map((row) => `${tool}: ${row}`);
    });
    expect(hidden).toEqual([]);
  });

  test('have every service once', () => {
    const tools = SERVICES.map(({ tool }) => tool);
    expect(new Set(tools).size).toBe(tools.length);
  });

  test.each(['POST /x', 'POST /x do_it', '* /x do_it things', 'POST /x do_it things READS', 'POST /x a b READ c'])(
    'refuse the line %j',
    (operations) => {
      expect(() => loadService({ tool: 'x', places: [], operations })).toThrow(TypeError);
    },
  );
});
