/** A bridge to Slack: a message for each request, a button to its page, and denials by users who are approvers. */
import assert from 'node:assert/strict';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { createGatewayServer } from 'interven-openai-assistants/server';

const [agentKey, annToken] = ['iv_test_of_this_example', 'a-token-that-only-ann-knows'];
const noticeSecret = `whsec_${Buffer.from('of this example, and 32 bytes long').toString('base64')}`;
const [signingSecret, slackUrl] = ['the-signing-secret-of-the-slack-app', 'https://hooks.slack.example/T0/B0'];
const gatewayUrl = 'https://gateway.example.com';

// #region slack
import { createHmac, timingSafeEqual } from 'node:crypto';
import { verifyNotice } from 'interven-openai-assistants/server';

/** The approver token of each Slack user who may decide. Slack verifies the user, the token says who decides. */
const tokens = new Map([['U0ANN', annToken]]);

/** The receiver of the gateway's notices. If it throws, answer with a 5xx: the gateway sends the notice again. */
async function onNotice(request: Request): Promise<void> {
  const notice = verifyNotice(await request.text(), request.headers, noticeSecret);
  if (notice.type !== 'approval-requested') return;
  const { approval_id: id, approval_url: url, function_name: tool, key_name: agent = 'An agent' } = notice.data;
  const text = `${agent} asks to run ${tool}.`;
  const elements = [
    { type: 'button', action_id: 'open', text: plain('Open'), url, style: 'primary' },
    { type: 'button', action_id: 'deny', text: plain('Deny'), value: id, style: 'danger' },
  ];
  await send(slackUrl, {
    text: 'A call waits for an approver.', // in notifications; Slack reads it as Markdown
    blocks: [
      { type: 'section', text: plain(text) },
      { type: 'actions', elements },
    ],
  });
}

/** The "Interactivity" request URL of the Slack app. Answer it with a 200, or a 401 if it throws. */
async function onInteraction(request: Request): Promise<void> {
  const body = await request.text();
  const at = request.headers.get('x-slack-request-timestamp') ?? '';
  const mac = createHmac('sha256', signingSecret).update(`v0:${at}:${body}`).digest('hex');
  const [given, expected] = [Buffer.from(request.headers.get('x-slack-signature') ?? ''), Buffer.from(`v0=${mac}`)];
  const isFresh = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  if (!isFresh || given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('Not Slack.');
  const { user, actions, response_url } = JSON.parse(new URLSearchParams(body).get('payload') ?? '') as Interaction;
  if (actions[0]?.action_id !== 'deny') return;
  const token = tokens.get(user.id);
  const path = `/v1/approvals/${encodeURIComponent(actions[0].value ?? '')}/deny`;
  const denied = token === undefined ? undefined : await send(gatewayUrl + path, { note: 'In Slack' }, token);
  const text = denied?.ok
    ? `Denied by <@${user.id}>.`
    : `Not denied: ${denied ? 'it is settled, or needs another approver' : 'you are not an approver'}.`;
  await send(response_url, { text, response_type: denied?.ok ? 'in_channel' : 'ephemeral', replace_original: false });
}

/** Plain text, so that a name cannot become a link or a mention. */
const plain = (text: string) => ({ type: 'plain_text', text: text.slice(0, 3000) });

async function send(url: string, body: object, token = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
  return response;
}

interface Interaction {
  user: { id: string };
  actions: { action_id: string; value?: string }[];
  response_url: string;
}
// #endregion

const gateway = new EmbeddedGateway({ policies: agentSafety });
const server = createGatewayServer({
  gateway,
  keys: [`Support desk:${agentKey}`],
  approvers: [{ name: 'ann', token: annToken }],
  publicUrl: gatewayUrl,
  notices: [{ url: 'https://bridge.example.com/notices', secret: noticeSecret }],
});
const posted: string[] = [];
const isPosted = new Promise<void>((resolve) => {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url.startsWith(gatewayUrl)) return server.fetch(request);
    if (request.url.startsWith('https://bridge.example.com')) await onNotice(request);
    else posted.push(await request.text());
    if (posted.length > 0) resolve();
    return new Response();
  };
});
const interaction = async (id: string, value: string, at = Math.floor(Date.now() / 1000), secret = signingSecret) => {
  const response_url = 'https://hooks.slack.example/actions';
  const payload = JSON.stringify({ user: { id }, actions: [{ action_id: 'deny', value }], response_url });
  const body = new URLSearchParams({ payload }).toString();
  const mac = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  const headers = { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${mac}` };
  await onInteraction(new Request('https://bridge.example.com/slack', { method: 'POST', headers, body }));
  return posted.at(-1) ?? '';
};

const scanned = await send(
  `${gatewayUrl}/v1/scan`,
  { method: 'DELETE', url: 'https://tools.invalid/delete_file', body: { path: '/backups' } },
  agentKey,
);
const { approval_id: id } = (await scanned.json()) as { approval_id: string };
await isPosted;
assert.match(posted[0] ?? '', /Support desk asks to run delete_file/);
assert.ok(posted[0]?.includes(`${gatewayUrl}/#${id}`) && !posted[0].includes('/backups'));
assert.match(await interaction('U0EVE', id), /you are not an approver/);
await assert.rejects(interaction('U0ANN', id, undefined, 'another secret'), /Not Slack/);
await assert.rejects(interaction('U0ANN', id, Math.floor(Date.now() / 1000) - 301), /Not Slack/);
assert.equal((await gateway.approvals())[0]?.status, 'pending');
assert.match(await interaction('U0ANN', id), /Denied by <@U0ANN>/);
assert.equal((await gateway.approvals())[0]?.decidedBy, 'ann');
assert.match(await interaction('U0ANN', id), /it is settled/);
server.close();
