import { describe, expect, test } from '@jest/globals';
import { approvalView } from '../../src/server/approval-view.ts';
import { jsonOf, refusalOf, SECRET, serving } from './serving.ts';

describe('an approval', () => {
  test('is shown to approvers with what runs, what is sensitive in it, and why it waits', async () => {
    const { asked, approvals } = serving();
    const id = await asked({ page: 7, note: `Call ${['+1', '202', '555', '0143'].join(' ')}` });
    expect(await approvals()).toEqual([
      {
        approval_id: id,
        status: 'pending',
        summary: 'Delete something: delete_page (custom_proxy)',
        function_name: 'delete_page',
        tool_name: 'custom_proxy',
        operation: 'delete_page',
        method: 'DELETE',
        url: 'https://tools.invalid/delete_page',
        arguments: { page: 7, note: 'Call +1 202 555 0143' },
        redacted_arguments: { page: 7, note: 'Call [REDACTED:PHONE]' },
        redacted_fields: ['note'],
        reason_codes: ['DESTRUCTIVE_OPERATION'],
        policy_name: 'tests',
        rule_id: 'tests-2',
        created_at: '2026-03-01T12:00:00.000Z',
        expires_at: '2026-03-01T12:10:00.000Z',
      },
    ]);
  });

  test('whose arguments cannot be made clean shows one word in the place of all of them', () => {
    const view = approvalView({
      approvalId: 'a-1',
      callHash: 'hash',
      functionName: 'delete_page',
      method: 'DELETE',
      url: 'https://tools.invalid/delete_page',
      // No JSON, so nothing can be said of it.
      arguments: { note: new Map([['secret', SECRET]]) },
      resources: [],
      reasonCodes: [],
      createdAt: 0,
      expiresAt: 600_000,
      status: 'pending',
    });
    expect([view.redacted_arguments, view.redacted_fields]).toEqual(['[REDACTED]', ['*']]);
  });

  test('stands before those that were asked for earlier, and can be listed by its status', async () => {
    const { asked, approvals, ann, wait } = serving();
    const first = await asked({ page: 1 });
    wait(1);
    const second = await asked({ page: 2 });
    expect((await approvals()).map((view) => view.approval_id)).toEqual([second, first]);
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

  test('is listed with the time of the server, which the times are told by', async () => {
    const { ann } = serving();
    expect(await jsonOf(await ann('GET', '/v1/approvals'))).toEqual({ approvals: [], now: '2026-03-01T12:00:00.000Z' });
  });

  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
  ])('that a person says %s to is %s, with who, when and why', async (verb, status) => {
    const { asked, agent, bob, wait } = serving();
    const id = await asked();
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual({ status: 'pending' });
    wait(5_000);
    const view = await jsonOf(await bob('POST', `/v1/approvals/${id}/${verb}`, { note: ' fine by me\n' }));
    const decided = { status, decided_by: 'bob', decided_at: '2026-03-01T12:00:05.000Z', note: 'fine by me' };
    expect(view).toMatchObject({ approval_id: id, ...decided });
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual(decided);
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
    ['decided_by', { decided_by: 'somebody else' }],
  ])('is not decided where %s is at fault', async (path, body) => {
    const { asked, ann, approvals } = serving();
    const id = await asked();
    expect(await refusalOf(await ann('POST', `/v1/approvals/${id}/approve`, body))).toMatchObject({
      status: 400,
      path,
    });
    expect((await approvals())[0]?.status).toBe('pending');
  });

  test('is decided by the first of two approvers, and the second is told by whom', async () => {
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
      decided_by: won,
      decided_at: '2026-03-01T12:00:00.000Z',
    });
  });

  test('that has expired is not decided any more', async () => {
    const { asked, ann, agent, wait } = serving();
    const id = await asked();
    wait(600_000);
    const reply = await ann('POST', `/v1/approvals/${id}/approve`);
    expect(reply.status).toBe(409);
    expect(await refusalOf(reply)).toMatchObject({ code: 'expired', status: 'expired' });
    expect(await jsonOf(await agent('GET', `/v1/approvals/${id}/status`))).toEqual({ status: 'expired' });
  });

  test.each(['11111111-2222-4333-8444-555555555555', 'a b', '%2e%2e', '%00', '%', 'x'.repeat(300), '%F0%9F%92%A9'])(
    'that never was, %s, is not found by anybody',
    async (id) => {
      const { agent, ann } = serving();
      const refusals = [
        await agent('GET', `/v1/approvals/${id}/status`),
        await ann('POST', `/v1/approvals/${id}/approve`),
        await ann('POST', `/v1/approvals/${id}/deny`),
      ];
      for (const refusal of refusals)
        expect(await refusalOf(refusal)).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  test('that one key asked for is used up by one call', async () => {
    const { asked, ann, agent } = serving();
    const id = await asked({ page: 1 });
    await ann('POST', `/v1/approvals/${id}/approve`);
    const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 1 } };
    const decisions = [await agent('POST', '/v1/scan', call), await agent('POST', '/v1/scan', call)].map(jsonOf);
    expect((await Promise.all(decisions)).map(({ decision }) => decision)).toEqual(['ALLOW', 'REQUIRE_APPROVAL']);
  });
});
