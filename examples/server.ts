import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.chdir(mkdtempSync(join(tmpdir(), 'gateway-')));
const agentKey = 'iv_test_of_this_example';
const approvers = [{ name: 'ann', token: 'a-token-that-only-ann-knows' }];

// #region server
import { agentSafety, auditLog, EmbeddedGateway, fileApprovalStore } from 'interven-openai-assistants/embedded';
import { createGatewayServer, listenGateway } from 'interven-openai-assistants/server';

const store = await fileApprovalStore('approvals.jsonl');
const log = await auditLog('decisions.jsonl'); // arguments as a hash, unless { arguments: true }
const gateway = new EmbeddedGateway({ policies: agentSafety, store });
gateway.observe(log.listener);
const server = createGatewayServer({ gateway, keys: [agentKey], approvers });
const { url, close } = await listenGateway(server, { port: 0 });
// #endregion

// #region client
import { IntervenGateway } from 'interven-openai-assistants';

const client = new IntervenGateway({ apiKey: agentKey, gatewayUrl: url });
// #endregion
const decision = await client.scan({
  functionName: 'delete_file',
  method: 'DELETE',
  url: 'https://tools.invalid/delete_file',
  body: { path: '/tmp/a' },
  runtimeType: 'openai_assistants',
});
const approvalId = decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : '';
assert.notEqual(approvalId, '');
const decide = async (token: string): Promise<number> =>
  (
    await fetch(`${url}/v1/approvals/${approvalId}/approve`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"note":"an old backup"}',
    })
  ).status;
assert.equal(await decide(agentKey), 403);
assert.equal(await decide(approvers[0]?.token ?? ''), 200);
assert.equal((await client.approvalStatus(approvalId)).status, 'approved');

await close();
await log.close();
await store.close();
const lines = readFileSync('decisions.jsonl', 'utf8').trim().split('\n');
assert.equal(lines.length, 2);
assert.match(lines[1] ?? '', /"decided_by":"ann"/);
rmSync(process.cwd(), { recursive: true });
