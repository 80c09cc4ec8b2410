import { afterEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { memoryApprovalStore, type EmbeddedGatewayOptions } from 'interven-openai-assistants/embedded';
import { listen } from '../../src/internal/node-http.ts';
import { fileNoticeOutbox, verifyNotice, type GatewayServerOptions, type Notice } from '../../src/server.ts';
import type { NoticeProblem, NoticeReceiver } from '../../src/server.ts';
import { NOTICE_LIMITS } from '../../src/server/notices/receiver.ts';
import { KEY, serving } from './serving.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, yes').toString('base64')}`;
const usual = { ...NOTICE_LIMITS };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  Object.assign(NOTICE_LIMITS, usual);
  for (const close of closing.splice(0).reverse()) await close();
});

/** A receiver on a port, which answers with the responses in turn, and then with 204. */
async function receiver(...responses: (Response | 'hangs')[]) {
  const got: { body: string; headers: Headers; notice: Notice }[] = [];
  const waiting: (() => void)[] = [];
  const { url, close } = await listen(async (request) => {
    const body = await request.text();
    got.push({ body, headers: request.headers, notice: JSON.parse(body) as Notice });
    for (const go of waiting.splice(0)) go();
    const response = responses.shift() ?? new Response(null, { status: 204 });
    if (response !== 'hangs') return response;
    await new Promise((resolve) => {
      request.signal.addEventListener('abort', resolve);
    });
    return new Response();
  });
  closing.push(close);
  return {
    url: `${url}/hook`,
    got,
    types: () => got.map(({ notice }) => notice.type),
    /** Resolves once this many webhooks have arrived. */
    until: async (count: number) => {
      while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return got;
    },
  };
}

function notifying(
  receivers: readonly Partial<NoticeReceiver>[],
  options: Partial<GatewayServerOptions> = {},
  gatewayOptions: EmbeddedGatewayOptions = {},
) {
  const problems: NoticeProblem[] = [];
  const waiting: (() => void)[] = [];
  const parts = serving(
    {
      publicUrl: 'https://gateway.example',
      notices: receivers.map((one) => ({ url: '', secret: SECRET, ...one })),
      onNoticeProblem: (problem) => {
        problems.push(problem);
        for (const go of waiting.splice(0)) go();
      },
      now: Date.now,
      ...options,
    },
    { now: Date.now, ...gatewayOptions },
  );
  closing.push(parts.server.close);
  /** Resolves once this many problems are reported. */
  const untilProblems = async (count: number): Promise<void> => {
    while (problems.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { ...parts, problems, untilProblems };
}

/** Waits until the directory has this many notices, and no file that is being written. */
async function filesIn(directory: string, count: number): Promise<readonly string[]> {
  for (;;) {
    const files = await readdir(directory);
    if (files.length === count && files.every((file) => file.endsWith('.json'))) return files;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'notices-'));
  closing.push(async () => rm(path, { recursive: true, force: true }));
  return path;
};

describe('a notice', () => {
  test('is sent when an approval is requested and settled, without arguments, and leads to the page', async () => {
    const { url, until } = await receiver();
    const { asked, ann } = notifying([{ url }]);
    const id = await asked({ page: 'my-secret-plan' });
    const [requested] = await until(1);
    expect(requested?.notice).toMatchObject({
      type: 'approval-requested',
      data: {
        approval_id: id,
        approval_url: `https://gateway.example/#${id}`,
        status: 'pending',
        function_name: 'delete_page',
        key_id: expect.any(String),
      },
    });
    await ann('POST', `/v1/approvals/${id}/deny`, { note: 'not my-secret-plan' });
    const [first, settled, ...more] = await until(2);
    expect(settled?.notice).toMatchObject({ type: 'approval-settled', data: { status: 'denied', decided_by: 'ann' } });
    expect(more).toEqual([]);
    expect(`${first?.body} ${settled?.body}`).not.toContain('my-secret-plan');
  });

  test('has redacted arguments if the receiver is configured for them', async () => {
    const { url, until } = await receiver();
    const { asked } = notifying([{ url, arguments: true }]);
    await asked({ page: 7, note: ['Call +1', '202', '555', '0143'].join(' ') });
    const [{ notice } = { notice: undefined }] = await until(1);
    expect(notice?.data).toMatchObject({
      redacted_arguments: { page: 7, note: expect.stringMatching(/^Call \[REDACTED/) },
      redacted_fields: ['note'],
      reason: 'Deleted pages are gone.',
    });
  });

  test('is sent when an approval expires, also by a freeze, and for freezes and changes of policies', async () => {
    NOTICE_LIMITS.lookMs = 5;
    const { url, until } = await receiver();
    const { asked, ann, gateway, problems } = notifying([{ url }]);
    await asked();
    await until(1);
    await ann('POST', '/v1/freeze', { reason: 'incident 12', pending: 'void' });
    await until(3);
    await ann('POST', '/v1/unfreeze', {});
    await until(4);
    gateway.applyPolicy({ name: 'own', rules: [{ action: 'DENY' }], applied_by: 'ann' });
    const notices = (await until(5)).map(({ notice }) => notice);
    const byType = Object.fromEntries(notices.map(({ type, data }) => [type, data]));
    expect(byType).toMatchObject({
      'approval-settled': { status: 'expired' },
      frozen: { by: 'ann', reason: 'incident 12', voided: 1 },
      unfrozen: { by: 'ann' },
      'policy-changed': { policy_names: ['tests', 'own'], applied: 'own', by: 'ann' },
    });
    expect(problems).toEqual([]);
  });

  test('is signed as OpenAI’s webhooks are, and a changed, old or foreign one is refused', async () => {
    const { url, until } = await receiver();
    const { asked } = notifying([{ url }]);
    await asked();
    const [{ body, headers } = { body: '', headers: new Headers() }] = await until(1);
    const other = `whsec_${Buffer.alloc(32).toString('base64')}`;
    await new OpenAI({ apiKey: 'none' }).webhooks.verifySignature(body, headers, SECRET);
    expect(verifyNotice(body, headers, [other, SECRET])).toEqual(JSON.parse(body));
    expect(verifyNotice(body, Object.fromEntries(headers), SECRET).id).toBe(headers.get('webhook-id'));
    const changed = new Headers(headers);
    changed.set('webhook-id', 'msg_other');
    const late = { now: () => Date.now() + 301_000 };
    expect(() => verifyNotice(body, headers, other)).toThrow('The signature does not fit the body and the secret.');
    expect(() => verifyNotice(`${body} `, headers, SECRET)).toThrow('does not fit');
    expect(() => verifyNotice(body, changed, SECRET)).toThrow('does not fit');
    expect(() => verifyNotice(body, {}, SECRET)).toThrow('The header "webhook-id" is missing.');
    expect(() => verifyNotice(body, headers, SECRET, late)).toThrow('older than five minutes');
    expect(() => verifyNotice(body, headers, 'short')).toThrow('secret must be whsec_ and the base64');
  });

  test('is sent again with the same id until the receiver confirms it, and a redirect is not followed', async () => {
    Object.assign(NOTICE_LIMITS, { firstRetryMs: 1, maxRetryMs: 1 });
    const inside = await receiver();
    const redirect = new Response(null, { status: 307, headers: { location: inside.url } });
    const { url, until } = await receiver(new Response('no', { status: 503 }), redirect);
    const { asked, problems } = notifying([{ url }]);
    await asked();
    const ids = (await until(3)).map(({ headers }) => headers.get('webhook-id'));
    expect(new Set(ids).size).toBe(1);
    expect(inside.got).toEqual([]);
    expect(problems).toMatchObject([{ receiver: new URL(url).origin, reason: 'HTTP 503', isDropped: false }]);
  });

  test('of a receiver that hangs delays no decision and no other receiver', async () => {
    const [slow, quick] = [await receiver('hangs', 'hangs', 'hangs', 'hangs', 'hangs'), await receiver()];
    const { asked, ann, gateway } = notifying([{ url: slow.url }, { url: quick.url }]);
    for (let page = 0; page < 6; page += 1) {
      const id = await asked({ page });
      await ann('POST', `/v1/approvals/${id}/approve`);
      expect((await gateway.approvalStatus(id)).status).toBe('approved');
    }
    await quick.until(12);
    expect(slow.got.length).toBeLessThanOrEqual(4);
  });

  test('is lost, and reported, when the receiver is gone or a thousand wait', async () => {
    const { url, until } = await receiver(new Response(null, { status: 410 }));
    const { asked, gateway, problems, untilProblems } = notifying([{ url }]);
    await asked();
    await until(1);
    await untilProblems(1);
    for (let count = 0; count < 1_001; count += 1)
      gateway.applyPolicy({ name: 'own', rules: [{ action: 'DENY' }], applied_by: `ann ${count}` });
    await untilProblems(2);
    expect(problems).toMatchObject([
      { type: 'approval-requested', reason: 'HTTP 410', isDropped: true },
      { type: 'policy-changed', reason: 'more than 1000 notices wait', isDropped: true },
    ]);
  });

  test('is delivered after a restart if the outbox is a directory, and only once', async () => {
    const directory = await folder();
    const { url, until } = await receiver('hangs');
    const first = notifying([{ url }], { noticeOutbox: await fileNoticeOutbox(directory) });
    await first.asked();
    await until(1);
    const files = await filesIn(directory, 2);
    first.server.close();
    expect(files).toEqual(files.map(() => expect.stringMatching(/^[\da-f]{16}-msg_[\w-]{24}\.json$/)));
    const foreign = { receiver: 'other', notice: { id: 'msg_1', timestamp: '2026-03-01T12:00:00Z' } };
    await writeFile(join(directory, 'other-msg_1.json'), JSON.stringify(foreign));
    await writeFile(join(directory, 'broken.json'), '{');
    await writeFile(join(directory, 'writable.json'), JSON.stringify(foreign));
    await chmod(join(directory, 'writable.json'), 0o666);
    notifying([{ url }], { noticeOutbox: await fileNoticeOutbox(directory) });
    const [before, after] = await until(2);
    expect(after?.body).toBe(before?.body);
    // One is left: that the approval has expired.
    const left = await filesIn(directory, 3);
    expect(left.filter((file) => !files.includes(file))).toEqual(['broken.json', 'writable.json']);
  });

  test('is sent at the next start if an approval expired, or was decided, while the gateway stopped, and only once', async () => {
    const directory = await folder();
    const clock = { now: Date.now() };
    const now = (): number => clock.now;
    const store = memoryApprovalStore();
    const { url, until } = await receiver();
    const first = notifying([{ url }], { noticeOutbox: await fileNoticeOutbox(directory), now }, { store, now });
    const [lost, denied, done] = [
      await first.asked({ page: 1 }),
      await first.asked({ page: 2 }),
      await first.asked({ page: 3 }),
    ];
    await until(3);
    await first.ann('POST', `/v1/approvals/${done}/deny`);
    await until(4);
    await filesIn(directory, 2);
    first.server.close();
    await first.gateway.deny(denied);
    clock.now += 601_000;
    notifying([{ url }], { noticeOutbox: await fileNoticeOutbox(directory), now }, { store, now });
    const settled = (await until(6)).slice(4).map(({ notice }) => notice);
    const facts = settled.map(({ data }) => data as { approval_id: string; status: string });
    expect(Object.fromEntries(facts.map((each) => [each.approval_id, each.status]))).toEqual({
      [lost]: 'expired',
      [denied]: 'denied',
    });
    expect(await filesIn(directory, 0)).toEqual([]);
  });
});

test('an outbox that other users can write to is refused', async () => {
  const directory = await folder();
  await chmod(directory, 0o777);
  await expect(fileNoticeOutbox(directory)).rejects.toThrow('chmod go-w');
});

describe('notices are refused', () => {
  test.each([
    [
      'without publicUrl',
      { publicUrl: undefined, notices: [{ url: 'https://x.example', secret: SECRET }] },
      'notices requires publicUrl',
    ],
    [
      'over plain HTTP',
      { notices: [{ url: 'http://x.example/T0/secret-part', secret: SECRET }] },
      'notices[0].url must be an https URL',
    ],
    [
      'with a user in the URL',
      { notices: [{ url: 'https://secret-part@x.example', secret: SECRET }] },
      'notices[0].url must be',
    ],
    [
      'with a short secret',
      { notices: [{ url: 'https://x.example', secret: 'whsec_c2VjcmV0LXBhcnQ' }] },
      'notices[0].secret must be whsec_',
    ],
    [
      'with an unknown type',
      { notices: [{ url: 'https://x.example', secret: SECRET, types: ['approved'] }] },
      'notices[0].types',
    ],
    ['with an unknown field', { notices: [{ url: 'https://x.example', secret: SECRET, args: true }] }, 'args'],
    [
      'twice for one URL',
      { notices: [0, 1].map(() => ({ url: 'https://x.example', secret: SECRET })) },
      'two receivers with the same url',
    ],
    ['with an outbox that lacks a method', { noticeOutbox: {} }, 'noticeOutbox needs the methods'],
  ])('%s, and the error quotes no secret', (_, options: object, message) => {
    const make = () => serving({ publicUrl: 'https://gateway.example', keys: [KEY], ...options });
    expect(make).toThrow(message);
    expect(make).not.toThrow('secret-part');
    expect(make).not.toThrow(SECRET);
  });
});
