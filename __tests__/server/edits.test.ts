import { describe, expect, test } from '@jest/globals';
import { IntervenGateway } from 'interven-openai-assistants';
import { ANN, jsonOf, KEY, refusalOf, serving } from './serving.ts';

const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body: { page: 7, note: 'old' } };
const secret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');

async function asked(scan: object = { x_takes_edits: true }) {
  const parts = serving();
  const { approval_id: id } = await jsonOf(await parts.agent('POST', '/v1/scan', { ...call, ...scan }));
  const path = `/v1/approvals/${String(id)}`;
  return {
    ...parts,
    path,
    approve: async (body: unknown) => parts.ann('POST', `${path}/approve`, body),
    /** Sends the body as it is written. */
    approveText: async (body: string) =>
      parts.ask('POST', `${path}/approve`, {
        headers: { authorization: `Bearer ${ANN}`, 'content-type': 'application/json' },
        body,
      }),
    status: async () => jsonOf(await parts.agent('GET', `${path}/status`)),
  };
}

describe('POST /v1/approvals/ID/approve with arguments', () => {
  test('clears the edited call, of which the requester reads the arguments and the approver the paths', async () => {
    const { approve, status, ann, path, approvals } = await asked();
    expect(await approvals()).toMatchObject([{ takes_edits: true }]);
    const body = { page: 8, note: 'old' };
    const head = { status: 'approved', decided_by: 'ann', edited_fields: ['page'] };
    expect(await jsonOf(await approve({ arguments: body, note: 'n' }))).toMatchObject(head);
    expect(await status()).toMatchObject({ status: 'approved', x_edited_arguments: body, x_edited_fields: ['page'] });
    expect(await jsonOf(await ann('GET', path))).toMatchObject({
      ...head,
      arguments: body,
      requested_arguments: call.body,
    });
  });

  test('without a change leaves the reply as it is', async () => {
    const { approve, status } = await asked();
    await approve({ arguments: { note: 'old', page: 7 } });
    const decided = { status: 'approved', decided_by: 'ann', decided_at: expect.any(String) };
    expect(await status()).toEqual(decided);
  });

  test('names the rule that denies the edited call; the approval stays pending', async () => {
    const { approve, status } = await asked();
    expect(await refusalOf(await approve({ arguments: { page: 7, note: secret } }))).toMatchObject({
      status: 422,
      code: 'edit_refused',
      message: expect.stringContaining('rule "tests-1" of policy "tests" denies the edited call (SECRET_DETECTED)'),
      policy_name: 'tests',
      rule_id: 'tests-1',
      reason_codes: ['SECRET_DETECTED'],
    });
    expect(await status()).toEqual({ status: 'pending' });
  });

  test.each([
    [
      'a duplicate key',
      '{"arguments":{"page":1,"page":2}}',
      400,
      { path: 'arguments.page', message: 'Duplicate key.' },
    ],
    ['an unsafe number', '{"arguments":{"page":9007199254740993}}', 400, { path: 'arguments.page' }],
    ['__proto__', '{"arguments":{"__proto__":{"page":1}}}', 400, { path: 'arguments.__proto__' }],
    ['300 KB', JSON.stringify({ arguments: { note: 'x'.repeat(300_000) } }), 413, { code: 'too_large' }],
    ['a list', '{"arguments":[7]}', 400, { path: 'arguments', message: 'It must be a JSON object.' }],
  ])('refuses %s as a scan does', async (_, text, status, error) => {
    const parts = await asked();
    expect(await refusalOf(await parts.approveText(text))).toMatchObject({ status, ...error });
    expect(await parts.status()).toEqual({ status: 'pending' });
  });

  test('refuses the edit for a client that would run the call as it was, and of a denial', async () => {
    const { approve, ann, path } = await asked({});
    expect(await refusalOf(await approve({ arguments: { page: 8 } }))).toMatchObject({
      status: 422,
      code: 'edit_refused',
    });
    const denial = await ann('POST', `${path}/deny`, { arguments: { page: 8 } });
    expect(await refusalOf(denial)).toMatchObject({ status: 400, path: 'arguments' });
  });
});

test('a client of this library reads the edit in the reply to a status request and to a later scan', async () => {
  const { server, gateway } = serving();
  const client = new IntervenGateway({
    apiKey: KEY,
    gatewayUrl: 'https://gateway.example',
    fetch: async (url, init) => server.fetch(new Request(url, init)),
  });
  const request = { functionName: 'delete_page', ...call, runtimeType: 'openai_assistants', takesEdits: true };
  const approved = async (): Promise<string> => {
    const decision = await client.scan(request);
    const id = decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : decision.decision;
    await gateway.approve(id, { arguments: { page: 8 } });
    return id;
  };
  const editedFields = ['page', 'note'];
  expect(await client.approvalStatus(await approved())).toMatchObject({ editedArguments: { page: 8 }, editedFields });
  const approvalId = await approved();
  const later = { decision: 'SANITIZE', sanitizedBody: { page: 8 }, editedFields, approvalId };
  expect(await client.scan(request)).toMatchObject(later);
});
