import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { approvalEntry } from '../../src/embedded/audit/audit-entry.ts';
import { memoryApprovalStore, type StoredApproval } from 'interven-openai-assistants/embedded';
import { approvalHead, approvalView } from '../../src/server/approval-view.ts';
import { jsonOf, KEY, refusalOf, SECRET, serving, type Json } from './serving.ts';

/** Fetches an approval as the page and the command line do. */
const viewOf = async ({ ann }: ReturnType<typeof serving>, id: string): Promise<Json> =>
  jsonOf(await ann('GET', `/v1/approvals/${id}`));

describe('an approval', () => {
  const phone = ['+1', '202', '555', '0143'].join(' ');
  const head = {
    status: 'pending',
    summary: 'delete_page wants to delete 7',
    function_name: 'delete_page',
    tool_name: 'custom_proxy',
    operation: 'delete_page',
    method: 'DELETE',
    redacted_url: 'https://tools.invalid/delete_page',
    reason_codes: ['DESTRUCTIVE_OPERATION'],
    risk_band: 'HIGH',
    risk_signals: ['data_classes', 'destructive_operation'],
    policy_name: 'tests',
    rule_id: 'tests-2',
    reason: 'Deleted pages are gone.',
    // The first digits of the SHA-256 of the key.
    key_id: createHash('sha256').update(KEY).digest('hex').slice(0, 16),
    created_at: '2026-03-01T12:00:00.000Z',
    expires_at: '2026-03-01T12:10:00.000Z',
  };

  test('is listed with its reason and the hash of its arguments, and without the arguments', async () => {
    const { asked, approvals } = serving();
    const id = await asked({ page: 7, note: `Call ${phone}` });
    const hash = createHash('sha256').update(`{"note":"Call ${phone}","page":7}`).digest('hex');
    expect(await approvals()).toEqual([{ ...head, approval_id: id, arguments_hash: hash }]);
  });

  test('is shown to approvers with the exact and the redacted arguments', async () => {
    const parts = serving();
    const id = await parts.asked({ page: 7, note: `Call ${phone}` });
    expect(await viewOf(parts, id)).toEqual({
      ...head,
      approval_id: id,
      arguments_hash: expect.stringMatching(/^[\da-f]{64}$/),
      url: 'https://tools.invalid/delete_page',
      arguments: { page: 7, note: `Call ${phone}` },
      redacted_arguments: { page: 7, note: 'Call [REDACTED:PHONE]' },
      redacted_fields: ['note'],
      is_all_redacted: false,
    });
  });

  test('is shown only to approvers', async () => {
    const { asked, agent, ask, ann } = serving();
    const path = `/v1/approvals/${await asked()}`;
    expect((await ask('GET', path)).status).toBe(401);
    expect((await agent('GET', path)).status).toBe(403);
    expect((await ann('POST', path)).status).toBe(405);
  });

  const viewer = { name: 'ann', roles: [] };
  const stored: StoredApproval = {
    approvalId: 'a-1',
    callHash: 'hash',
    functionName: 'delete_page',
    method: 'DELETE',
    url: `https://h.example/pages/${SECRET}`,
    arguments: { page: 1 },
    resources: [],
    reasonCodes: [],
    createdAt: 0,
    expiresAt: 600_000,
    status: 'pending',
  };

  test('whose arguments cannot be redacted shows one placeholder for all of them, and is marked', () => {
    // Not JSON, so it cannot be redacted.
    const unclear = { ...stored, arguments: { note: new Map([['secret', SECRET]]) } };
    expect(approvalView(unclear, viewer)).toMatchObject({
      redacted_arguments: '[REDACTED]',
      redacted_fields: [],
      is_all_redacted: true,
    });
  });

  test('is not marked as fully redacted because of a field name', () => {
    const card = ['4111', '1111', '1111', '1111'].join('');
    const forged = approvalView({ ...stored, arguments: { '*': card, plan: 'steal' } }, viewer);
    expect(forged).toMatchObject({
      redacted_arguments: { '*': '[REDACTED:CARD]', plan: 'steal' },
      redacted_fields: ['*'],
      is_all_redacted: false,
    });
  });

  test('that an earlier version stored is listed', () => {
    expect(approvalHead(stored, viewer)).toMatchObject({
      summary: expect.stringContaining('wants to delete'),
      redacted_url: 'https://h.example/pages/[REDACTED:AWS_ACCESS_KEY_ID]',
      arguments_hash: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  test('shows its redacted URL, and the exact one beside its arguments', async () => {
    const parts = serving();
    const url = `https://tools.invalid/delete_page/${encodeURIComponent(phone)}?to=x`;
    const { approval_id } = await jsonOf(await parts.agent('POST', '/v1/scan', { method: 'DELETE', url, body: {} }));
    const shown = 'https://tools.invalid/delete_page/[REDACTED:PHONE]?to=x';
    expect(await parts.approvals()).toMatchObject([{ redacted_url: shown }]);
    expect(JSON.stringify(await parts.approvals())).not.toContain('0143');
    expect(await viewOf(parts, String(approval_id))).toMatchObject({ redacted_url: shown, url });
  });

  test('is listed before later ones, and can be filtered by status', async () => {
    const { asked, approvals, ann, wait } = serving();
    const first = await asked({ page: 1 });
    wait(1);
    const second = await asked({ page: 2 });
    expect((await approvals()).map((view) => view.approval_id)).toEqual([first, second]);
    await ann('POST', `/v1/approvals/${first}/deny`);
    expect((await approvals('?status=pending')).map((view) => view.approval_id)).toEqual([second]);
    expect((await approvals('?status=denied')).map((view) => view.approval_id)).toEqual([first]);
    wait(600_000);
    expect((await approvals('?status=expired')).map((view) => view.approval_id)).toEqual([second]);
    expect(await refusalOf(await ann('GET', '/v1/approvals?status=open'))).toMatchObject({
      status: 400,
      path: 'status',
    });
  });

  test('that is pending is listed before any number of decided ones, which are ordered by their decision', async () => {
    const { asked, approvals, ann, wait } = serving({ scansPerMinute: Infinity });
    const waiting = await asked({ page: 'waits' });
    const decided: string[] = [];
    for (let page = 0; page < 4; page += 1) decided.push(await asked({ page }));
    for (const id of [...decided].reverse()) {
      wait(1);
      await ann('POST', `/v1/approvals/${id}/deny`);
    }
    const ids = async (query: string) => (await approvals(query)).map((view) => view.approval_id);
    expect(await ids('')).toEqual([waiting, ...decided]);
    expect(await ids('?limit=2')).toEqual([waiting, decided[0]]);
  });

  test('is listed with at most 200 others, unless the request sets a limit', async () => {
    const keys = [KEY, ['iv', 'test', 'other', 'key'].join('_')];
    const parts = serving({ scansPerMinute: Infinity, keys });
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page' };
    for (const key of keys) {
      for (let page = 0; page < 101; page += 1) await parts.as(key)('POST', '/v1/scan', { ...call, body: { page } });
    }
    expect(await parts.approvals()).toHaveLength(200);
    expect(await parts.approvals('?limit=1000')).toHaveLength(202);
    for (const limit of ['0', '-1', '1001', '1e2', 'all']) {
      const refusal = await refusalOf(await parts.ann('GET', `/v1/approvals?limit=${limit}`));
      expect(refusal).toMatchObject({ status: 400, path: 'limit' });
    }
  });

  test('that is pending is listed despite any number of later ones of other keys', async () => {
    const keys = Array.from({ length: 6 }, (_, number) => ['iv', 'test', 'key', 'number', number].join('_'));
    const parts = serving({ scansPerMinute: Infinity, keys: [KEY, ...keys] });
    const first = await parts.asked();
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page' };
    for (const key of keys) {
      parts.wait(1);
      for (let page = 0; page < 2; page += 1) await parts.as(key)('POST', '/v1/scan', { ...call, body: { page } });
    }
    expect((await parts.approvals('?limit=3'))[0]?.approval_id).toBe(first);
  });

  test('names the principal, and is for no other of the same key', async () => {
    const parts = serving();
    const scan = async (id: string, threadId: string) => {
      const call = { method: 'DELETE', url: 'https://tools.invalid/delete_my_account', body: {} };
      return jsonOf(await parts.agent('POST', '/v1/scan', { ...call, x_principal: { id }, x_thread_id: threadId }));
    };
    const id = String((await scan('ada', 'thread_1'))['approval_id']);
    await parts.ann('POST', `/v1/approvals/${id}/approve`);
    expect(await scan('bob', 'thread_1')).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
    expect(await scan('ada', 'thread_2')).toMatchObject({ decision: 'ALLOW', x_approval_id: id });
    expect((await parts.approvals()).map((one) => one.principal_id)).toEqual(['bob', 'ada']);
    const { decisions } = await jsonOf(await parts.ann('GET', '/v1/decisions'));
    expect((decisions as Json[]).map((one) => one['principal_id'])).toEqual(['ada', 'bob', 'ada']);
  });

  test('names the requesting key beside the agent’s claimed name', async () => {
    const other = ['iv', 'test', 'other', 'key'].join('_');
    const audited: unknown[] = [];
    const parts = serving({ keys: [KEY, { name: 'Support desk', key: other }] });
    parts.gateway.observe((event) => {
      if (event.type === 'approval') audited.push(approvalEntry(event));
    });
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', agent_name: 'Office helper' };
    for (const key of [KEY, other]) await parts.as(key)('POST', '/v1/scan', call);
    const listed = await parts.approvals();
    expect(new Set(listed.map((one) => one.agent_name))).toEqual(new Set(['Office helper']));
    expect(new Set(listed.map((one) => one.key_id)).size).toBe(2);
    const { decisions } = await jsonOf(await parts.ann('GET', '/v1/decisions'));
    expect((decisions as Json[]).map((one) => one['key_id']).reverse()).toEqual(listed.map((one) => one.key_id));
    expect(listed.map((one) => one.key_name)).toEqual([undefined, 'Support desk']);
    expect((decisions as Json[]).map((one) => one['key_name'])).toEqual(['Support desk', undefined]);
    await parts.ann('POST', `/v1/approvals/${listed[1]?.approval_id}/approve`);
    expect(audited).toMatchObject([{ key_name: 'Support desk' }]);
    expect(JSON.stringify([listed, decisions, audited])).not.toContain(other);
  });

  test('that was large and is decided reports that its call was dropped', async () => {
    const parts = serving();
    const id = await parts.asked({ text: 'x '.repeat(3_000) });
    await parts.ann('POST', `/v1/approvals/${id}/deny`);
    parts.wait(60_000);
    await parts.asked({ page: 1 });
    const view = await viewOf(parts, id);
    expect(view).toMatchObject({ status: 'denied', is_call_gone: true, arguments_hash: expect.any(String) });
    expect(view).not.toHaveProperty('arguments');
  });

  test('is listed with the server’s time, for its expiry', async () => {
    const { ann } = serving();
    expect(await jsonOf(await ann('GET', '/v1/approvals'))).toEqual({ approvals: [], now: '2026-03-01T12:00:00.000Z' });
  });

  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
  ])('to which an approver sends %s is %s, with approver, time and note', async (verb, status) => {
    const { asked, agent, bob, wait } = serving();
    const id = await asked();
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual({ status: 'pending' });
    wait(5_000);
    const view = await jsonOf(await bob('POST', `/v1/approvals/${id}/${verb}`, { note: ' fine by me\n' }));
    const decided = { status, decided_by: 'bob', decided_at: '2026-03-01T12:00:05.000Z', note: 'fine by me' };
    expect(view).toMatchObject({ approval_id: id, ...decided });
    for (const field of ['arguments', 'redacted_arguments', 'url']) expect(view).not.toHaveProperty(field);
    // The note is not sent to agents.
    const { note: _note, ...forAgents } = decided;
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual(forAgents);
  });

  test('needs no note, and no body', async () => {
    const { asked, ann } = serving();
    for (const body of [undefined, {}, { note: null }, { note: '  ' }]) {
      const reply = await ann('POST', `/v1/approvals/${await asked({ body })}/approve`, body);
      expect(await jsonOf(reply)).not.toHaveProperty('note');
    }
  });

  test.each([
    ['note', { note: 'x'.repeat(1_001) }],
    ['note', { note: ['x'] }],
    ['decided_by', { decided_by: 'bob' }],
  ])('is not decided by a request with an invalid %s', async (path, body) => {
    const { asked, ann, approvals } = serving();
    const id = await asked();
    expect(await refusalOf(await ann('POST', `/v1/approvals/${id}/approve`, body))).toMatchObject({
      status: 400,
      path,
    });
    expect((await approvals())[0]?.status).toBe('pending');
  });

  test('is decided by the first of two approvers, and the second receives the first one’s name', async () => {
    const { asked, ann, bob } = serving();
    const id = await asked();
    const replies = await Promise.all([
      ann('POST', `/v1/approvals/${id}/approve`),
      bob('POST', `/v1/approvals/${id}/deny`, { note: 'no' }),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [won, lost] = replies[0].ok ? ['ann', replies[1]] : ['bob', replies[0]];
    expect(await refusalOf(lost)).toMatchObject({
      status: won === 'ann' ? 'approved' : 'denied',
      code: 'decided',
      approval_id: id,
      decided_by: won,
      decided_at: '2026-03-01T12:00:00.000Z',
    });
  });

  test('that has expired cannot be decided', async () => {
    const { asked, ann, agent, wait } = serving();
    const id = await asked();
    wait(600_000);
    const reply = await ann('POST', `/v1/approvals/${id}/approve`);
    expect(reply.status).toBe(409);
    expect(await refusalOf(reply)).toMatchObject({ code: 'expired', status: 'expired' });
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual({ status: 'expired' });
  });

  test.each(['11111111-2222-4333-8444-555555555555', 'a b', '%2e%2e', '%00', '%', 'x'.repeat(300), '%F0%9F%92%A9'])(
    'with the unknown id %s is not found',
    async (id) => {
      const { agent, ann } = serving();
      const refusals = [
        await agent('GET', `/v1/approvals/${id}/status`),
        await ann('GET', `/v1/approvals/${id}`),
        await ann('POST', `/v1/approvals/${id}/approve`),
        await ann('POST', `/v1/approvals/${id}/deny`),
      ];
      for (const refusal of refusals)
        expect(await refusalOf(refusal)).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  test('clears one call of its key', async () => {
    const { asked, ann, agent } = serving();
    const id = await asked({ page: 1 });
    await ann('POST', `/v1/approvals/${id}/approve`);
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 1 } };
    const decisions = [await agent('POST', '/v1/scan', call), await agent('POST', '/v1/scan', call)].map(jsonOf);
    expect((await Promise.all(decisions)).map(({ decision }) => decision)).toEqual(['ALLOW', 'REQUIRE_APPROVAL']);
  });

  test('of one key cannot be read or used by another key', async () => {
    const other = ['iv', 'test', 'other', 'key'].join('_');
    const parts = serving({ keys: [KEY, other] });
    const { agent, as, ann, asked } = parts;
    const id = await asked({ page: 1 });
    await ann('POST', `/v1/approvals/${id}/approve`);
    const path = `/v1/approvals/${id}/status`;
    const unknown = await refusalOf(
      await as(other)('GET', '/v1/approvals/11111111-2222-4333-8444-555555555555/status'),
    );
    expect(await refusalOf(await as(other)('GET', path))).toEqual(unknown);
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 1 } };
    expect((await jsonOf(await as(other)('POST', '/v1/scan', call)))['decision']).toBe('REQUIRE_APPROVAL');
    expect((await jsonOf(await agent('GET', path)))['status']).toBe('approved');
  });

  test('belongs to its key, also on a server with another order of keys', async () => {
    const other = ['iv', 'test', 'other', 'key'].join('_');
    const store = memoryApprovalStore();
    const before = serving({ keys: [KEY, other] }, { store });
    const id = await before.asked();
    const after = serving({ keys: [other, KEY] }, { store });
    expect((await after.as(other)('GET', `/v1/approvals/${id}/status`)).status).toBe(404);
    expect((await after.agent('GET', `/v1/approvals/${id}/status`)).status).toBe(200);
    expect(JSON.stringify(await store.list())).not.toContain(KEY);
  });
});

describe('the headers of a call', () => {
  const url = 'https://tools.invalid/delete_page';
  const scan = async ({ agent }: ReturnType<typeof serving>, headers: object | null) =>
    jsonOf(await agent('POST', '/v1/scan', { method: 'DELETE', url, body: {}, headers }));

  test('are shown with it; credentials are always hidden', async () => {
    const parts = serving();
    const headers = {
      'X-Tenant': 'acme',
      Authorization: 'Basic c2hvcnQ6b25l',
      cookie: 'a=b',
      'X-Note': `by ${['ann', 'example.com'].join('@')}`,
    };
    const { approval_id } = await scan(parts, headers);
    expect(await viewOf(parts, String(approval_id))).toMatchObject({
      headers,
      redacted_headers: {
        'X-Tenant': 'acme',
        Authorization: '[REDACTED]',
        cookie: '[REDACTED]',
        'X-Note': 'by [REDACTED:EMAIL]',
      },
    });
    expect(await parts.approvals()).not.toContainEqual(expect.objectContaining({ headers: expect.anything() }));
  });

  test('are part of the approved call', async () => {
    const parts = serving();
    const { approval_id } = await scan(parts, { 'X-Tenant': 'acme' });
    await parts.ann('POST', `/v1/approvals/${String(approval_id)}/approve`);
    expect((await scan(parts, { 'x-tenant': 'evil' }))['decision']).toBe('REQUIRE_APPROVAL');
    expect((await scan(parts, null))['decision']).toBe('REQUIRE_APPROVAL');
    expect((await scan(parts, { 'x-tenant': 'acme' }))['decision']).toBe('ALLOW');
  });

  test.each(['X-\u212aey', 'a b', 'a:b', '', 'a\r\nb', 'ä'])('are refused for the invalid name %j', async (name) => {
    const { agent } = serving();
    const refusal = await refusalOf(
      await agent('POST', '/v1/scan', { method: 'DELETE', url, body: {}, headers: { ok: 1, [name]: 1 } }),
    );
    expect(refusal).toMatchObject({ status: 400, path: `headers.${name}` });
  });

  test('that are null count as absent', async () => {
    const parts = serving();
    const { approval_id } = await scan(parts, {});
    await parts.ann('POST', `/v1/approvals/${String(approval_id)}/approve`);
    expect((await scan(parts, null))['decision']).toBe('ALLOW');
  });
});
