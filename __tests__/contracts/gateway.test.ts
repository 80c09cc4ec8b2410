import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { IntervenGateway, type Decision } from 'interven-openai-assistants';
import { EmbeddedGateway, type PolicyInput } from 'interven-openai-assistants/embedded';
import { ScriptedGateway } from 'interven-openai-assistants/testing';
import nock from 'nock';
import { createGatewayServer } from '../../src/server.ts';
import { gatewayContract, type JudgedGateway } from './gateway-contract.ts';

const HOST = 'https://gateway.example';

const POLICY: PolicyInput = {
  name: 'contract',
  rules: [
    { condition: { has_data_class: ['SECRETS'] }, action: 'DENY' },
    { match: { operations: ['category:deletes'] }, action: 'REQUIRE_APPROVAL' },
    { condition: { has_data_class: ['PII'] }, action: 'SANITIZE' },
  ],
};

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

function embedded(): JudgedGateway & { readonly gateway: EmbeddedGateway } {
  const gateway = new EmbeddedGateway({ policies: POLICY });
  return {
    gateway,
    approve: async (id) => gateway.approve(id),
    deny: async (id) => gateway.deny(id),
  };
}

/** A hosted gateway: another gateway's decisions, in the API's JSON. */
function overHttp(): JudgedGateway {
  const { gateway: judge, ...person } = embedded();
  const host = nock(HOST).persist();
  host.post('/v1/scan').reply(async (_path, sent) => {
    const { method, url, body, runtime_type } = sent as Record<string, unknown>;
    const texts = { method: String(method), url: String(url), runtimeType: String(runtime_type) };
    return [200, JSON.stringify(wireOf(await judge.scan({ functionName: 'unknown to the wire', body, ...texts })))];
  });
  host.get(/^\/v1\/approvals\/[^/]+\/status$/).reply(async (path) => {
    const approvalId = decodeURIComponent(path.split('/')[3] ?? '');
    try {
      const { status, decidedAt } = await judge.approvalStatus(approvalId);
      return [200, JSON.stringify({ status, decided_at: decidedAt?.toISOString() })];
    } catch {
      return [404, '{"error":"not_found"}'];
    }
  });
  return { gateway: new IntervenGateway({ apiKey: 'iv_test_key', gatewayUrl: HOST }), ...person };
}

/** Our gateway, behind the hosted gateway's client, without a socket. */
function overServer(): JudgedGateway {
  const { gateway: judge, ...person } = embedded();
  const apiKey = 'iv_test_key_of_agents';
  const server = createGatewayServer({ gateway: judge, keys: [apiKey], approvers: [] });
  return { gateway: new IntervenGateway({ apiKey, gatewayUrl: HOST, fetch: server.fetch }), ...person };
}

/** As in the API's JSON, a field that does not apply is absent. */
function wireOf(decision: Decision): Record<string, unknown> {
  return {
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    classifications: decision.classifications,
    trace_id: decision.traceId,
    tool_name: decision.toolName,
    operation: decision.operation,
    sanitized_body: decision.decision === 'SANITIZE' ? decision.sanitizedBody : undefined,
    approval_id: decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined,
  };
}

function scripted(): JudgedGateway {
  let approvals = 0;
  const gateway = new ScriptedGateway({
    read_page: 'ALLOW',
    publish: { decision: 'DENY', reasonCodes: ['SECRET_DETECTED'] },
    write_note: ({ body }) => ({
      decision: 'SANITIZE',
      reasonCodes: ['PII'],
      sanitizedBody: {
        ...(body as object),
        lines: ['Ask [someone] first.', 'Then go.'],
        pay: { text: 'Card [card].' },
      },
    }),
    delete_page: () => ({ decision: 'REQUIRE_APPROVAL', approvalId: `approval_${(approvals += 1)}` }),
  });
  return {
    gateway,
    approve: (id) => {
      gateway.approve(id);
    },
    deny: (id) => {
      gateway.deny(id);
    },
  };
}

gatewayContract('EmbeddedGateway', embedded);
gatewayContract('IntervenGateway', overHttp);
gatewayContract('IntervenGateway and the server', overServer);
gatewayContract('ScriptedGateway', scripted);
