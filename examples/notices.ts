/** A gateway server whose notices become cards in Microsoft Teams. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { join } from 'node:path';

process.chdir(mkdtempSync(join(tmpdir(), 'notices-')));
const secret = `whsec_${Buffer.from('of this example, and 32 bytes long').toString('base64')}`;
const keys = [{ name: 'Support desk', key: 'iv_test_of_this_example' }];
const approvers = [{ name: 'ann', token: 'a-token-that-only-ann-knows' }];
const gateway = new EmbeddedGateway({ policies: agentSafety });
const teamsUrl = 'https://teams.example/workflow';

// #region server
import { createGatewayServer, fileNoticeOutbox } from 'interven-openai-assistants/server';

const server = createGatewayServer({
  gateway,
  keys,
  approvers,
  publicUrl: 'https://gateway.example.com',
  notices: [{ url: 'https://bridge.example.com/notices', secret, types: ['approval-requested', 'frozen'] }],
  noticeOutbox: await fileNoticeOutbox('notices'), // default: in memory
});
// #endregion

// #region teams
import { NoticeError, verifyNotice } from 'interven-openai-assistants/server';

/** Handles a notice: (Request) => Response, for any framework. */
async function onNotice(request: Request): Promise<Response> {
  try {
    const notice = verifyNotice(await request.text(), request.headers, secret);
    if (notice.type !== 'approval-requested') return new Response();
    const { function_name: tool, key_name: agent = 'An agent', risk_band: risk, approval_url: url } = notice.data;
    // Text runs have no Markdown, so that a name cannot become a link.
    const text = `${agent} asks to run ${tool} (risk: ${risk ?? 'unknown'}).`;
    const body = [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] }];
    const actions = [{ type: 'Action.OpenUrl', title: 'Open', url }];
    const content = { type: 'AdaptiveCard', version: '1.4', body, actions };
    const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', content }];
    // The URL of the workflow "Post to a channel when a webhook request is received".
    const { ok } = await fetch(teamsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'message', attachments }),
    });
    return new Response(null, { status: ok ? 200 : 502 }); // after a 502, the gateway sends the notice again
  } catch (error) {
    return new Response(null, { status: error instanceof NoticeError ? 401 : 502 });
  }
}
// #endregion

const posted: string[] = [];
const isPosted = new Promise<void>((resolve) => {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url !== teamsUrl) return onNotice(request);
    posted.push(await request.text());
    resolve();
    return new Response(null, { status: 202 });
  };
});
const response = await server.fetch('https://gateway.example.com/v1/scan', {
  method: 'POST',
  headers: { authorization: 'Bearer iv_test_of_this_example', 'content-type': 'application/json' },
  body: JSON.stringify({ method: 'DELETE', url: 'https://tools.invalid/delete_file', body: { path: '/backups' } }),
});
const { approval_url: url } = (await response.json()) as { approval_url: string };
await isPosted;
assert.match(posted[0] ?? '', /Support desk asks to run delete_file/);
assert.ok(posted[0]?.includes(url));
assert.ok(!posted[0]?.includes('/backups'));
const forged = new Request('https://bridge.example.com/notices', { method: 'POST', body: '{}' });
assert.equal((await onNotice(forged)).status, 401);
server.close();
rmSync(process.cwd(), { recursive: true });
