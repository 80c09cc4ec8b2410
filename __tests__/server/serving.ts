import { expect } from '@jest/globals';
import { EmbeddedGateway, type EmbeddedGatewayOptions, type PolicyInput } from 'interven-openai-assistants/embedded';
import { createGatewayServer, type ApprovalView, type GatewayServerOptions } from '../../src/server.ts';

/** Split, so that no scanner reports a leak. */
export const KEY = ['iv', 'test', 'key', 'of', 'agents'].join('_');
export const ANN = ['ann', 'has', 'a', 'long', 'token'].join('-');
export const BOB = ['bob', 'has', 'another', 'one'].join('-');
export const SECRET = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');

export const POLICY: PolicyInput = {
  name: 'tests',
  rules: [
    { condition: { has_data_class: ['SECRETS'] }, action: 'DENY' },
    { match: { operations: ['*delete*'] }, action: 'REQUIRE_APPROVAL', reason: 'Deleted pages are gone.' },
    { condition: { has_data_class: ['PII'] }, action: 'SANITIZE' },
  ],
};

export type Json = Record<string, unknown>;

/** A server at `https://gateway.example` with a clock that only `wait` moves. */
export function serving(options: Partial<GatewayServerOptions> = {}, gatewayOptions: EmbeddedGatewayOptions = {}) {
  let time = Date.parse('2026-03-01T12:00:00Z');
  const now = (): number => time;
  const gateway = new EmbeddedGateway({ policies: POLICY, now, ...gatewayOptions });
  const server = createGatewayServer({
    gateway,
    keys: [KEY],
    approvers: [
      { name: 'ann', token: ANN },
      { name: 'bob', token: BOB },
    ],
    now,
    ...options,
  });

  const ask = async (method: string, path: string, init: { headers?: Record<string, string>; body?: string } = {}) =>
    server.fetch(new Request(`https://gateway.example${path}`, { method, ...init }));
  const as =
    (secret: string) =>
    async (method: string, path: string, body?: unknown): Promise<Response> =>
      ask(method, path, {
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
  const agent = as(KEY);

  return {
    gateway,
    server,
    ask,
    as,
    agent,
    ann: as(ANN),
    bob: as(BOB),
    wait: (ms: number) => {
      time += ms;
    },
    /** Scans a call that deletes a page. Returns the approval's id. */
    asked: async (body: unknown = { page: 7 }): Promise<string> => {
      const call = { method: 'DELETE', url: 'https://tools.invalid/delete_page', body };
      const decision = await jsonOf(await agent('POST', '/v1/scan', call));
      expect(decision['decision']).toBe('REQUIRE_APPROVAL');
      return String(decision['approval_id']);
    },
    approvals: async (query = ''): Promise<readonly ApprovalView[]> => {
      return (await jsonOf(await as(ANN)('GET', `/v1/approvals${query}`)))['approvals'] as ApprovalView[];
    },
    /** Signs in as the page does. Returns the headers of the session. */
    signIn: async (token = ANN): Promise<{ authorization: string }> => {
      const headers = { 'content-type': 'application/json' };
      const reply = await ask('POST', '/sign-in', { headers, body: JSON.stringify({ token }) });
      return { authorization: `Session ${String((await jsonOf(reply))['session'])}` };
    },
  };
}

export async function jsonOf(response: Response): Promise<Json> {
  return (await response.json()) as Json;
}

/** The status and the error of a response. */
export async function refusalOf(response: Response): Promise<Json> {
  const { error } = (await response.json()) as { error: Json };
  return { status: response.status, ...error };
}
