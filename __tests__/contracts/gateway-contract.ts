import { describe, expect, test } from '@jest/globals';
import { GatewayError, type Gateway, type ScanRequest } from 'interven-openai-assistants';
import { rejection } from '../setup/world.ts';

export interface JudgedGateway {
  readonly gateway: Gateway;
  /** The approver's decision. */
  approve(approvalId: string): unknown;
  deny(approvalId: string): unknown;
}

/** Split, so that no scanner reports a leak. */
const SECRET = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const EMAIL = 'ann@example.com';
const CARD = '4111 1111 1111 1111';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

function requestOf(functionName: string, method: string, body: object): ScanRequest {
  const url = `https://tools.invalid/${functionName}`;
  return frozen({ functionName, method, url, body, runtimeType: 'openai_assistants' });
}

const harmless = (n = 0): ScanRequest => requestOf('read_page', 'GET', { n, tags: ['a', null], deep: { ok: true } });
const leaking = (n = 0) => requestOf('publish', 'POST', { n, files: [{ name: 'env', text: `key=${SECRET}` }] });
const personal = (n = 0) =>
  requestOf('write_note', 'POST', {
    n,
    title: 'Lunch',
    lines: [`Ask ${EMAIL} first.`, 'Then go.'],
    pay: { text: `Card ${CARD}.` },
  });
const deleting = (n = 0) => requestOf('delete_page', 'DELETE', { n });

/** The same keys and lengths at every level. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

async function approvalOf(gateway: Gateway): Promise<string> {
  const decision = await gateway.scan(deleting());
  const approvalId = decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined;
  expect(approvalId).toMatch(/./);
  return approvalId ?? '';
}

/** Rules for every gateway. */
export function gatewayContract(name: string, makeGateway: () => JudgedGateway): void {
  describe(`${name}, as any gateway`, () => {
    test('allows a harmless call, without a reason', async () => {
      const decision = await makeGateway().gateway.scan(harmless());
      expect(decision).toMatchObject({ decision: 'ALLOW', reasonCodes: [] });
      expect(decision).not.toHaveProperty('sanitizedBody');
      expect(decision).not.toHaveProperty('approvalId');
    });

    test('denies a call that contains a secret, and gives the reason', async () => {
      const decision = await makeGateway().gateway.scan(leaking());
      expect(decision.decision).toBe('DENY');
      expect(decision.reasonCodes).toContain('SECRET_DETECTED');
      expect(JSON.stringify(decision)).not.toContain(SECRET);
    });

    test('sanitizes personal data into a body of the same shape, and leaves the rest as it is', async () => {
      const decision = await makeGateway().gateway.scan(personal());
      expect(decision).toMatchObject({ decision: 'SANITIZE', reasonCodes: ['PII'] });
      const body = 'sanitizedBody' in decision ? decision.sanitizedBody : undefined;
      expect(shapeOf(body)).toEqual(shapeOf(personal().body));
      expect(body).toMatchObject({
        n: 0,
        title: 'Lunch',
        lines: [expect.stringMatching(/^Ask .+ first\.$/), 'Then go.'],
      });
      expect(JSON.stringify(body)).not.toContain(EMAIL);
      expect(JSON.stringify(body)).not.toContain(CARD);
    });

    test.each([
      ['approve', 'approved'],
      ['deny', 'denied'],
    ] as const)('requires approval for a deletion, whose %s makes it %s', async (say, status) => {
      const judged = makeGateway();
      const [asked, other] = [await approvalOf(judged.gateway), await approvalOf(judged.gateway)];
      expect((await judged.gateway.approvalStatus(asked)).status).toBe('pending');
      await Promise.resolve(judged[say](asked));
      expect((await judged.gateway.approvalStatus(asked)).status).toBe(status);
      expect((await judged.gateway.approvalStatus(other)).status).toBe('pending');
    });

    test('rejects with a GatewayError for an unknown approval id', async () => {
      const { gateway } = makeGateway();
      await approvalOf(gateway);
      const error = await rejection(gateway.approvalStatus('11111111-2222-4333-8444-555555555555'));
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ fault: 'configuration', status: 404 });
    });

    test.each([
      ['ALLOW', harmless],
      ['DENY', leaking],
      ['SANITIZE', personal],
      ['REQUIRE_APPROVAL', deleting],
    ])(
      'decides %s about a frozen request without changing it, with every list in the decision present',
      async (word, make) => {
        const request = make();
        const decision = await makeGateway().gateway.scan(request);
        expect(decision.decision).toBe(word);
        expect(request).toStrictEqual(make());
        expect([decision.reasonCodes, decision.classifications].map(Array.isArray)).toEqual([true, true]);
        expect(decision.raw).toMatchObject({ decision: word });
      },
    );

    test('answers twenty scans side by side, each with its own decision', async () => {
      const { gateway } = makeGateway();
      const kinds = [harmless, leaking, personal, deleting];
      const asked = Array.from({ length: 20 }, (_, n) => (kinds[n % kinds.length] ?? harmless)(n));
      const decisions = await Promise.all(asked.map(async (request) => gateway.scan(request)));
      const words = ['ALLOW', 'DENY', 'SANITIZE', 'REQUIRE_APPROVAL'];
      expect(decisions.map(({ decision }) => decision)).toEqual(asked.map((_, n) => words[n % words.length]));
      const bodies = decisions.flatMap((one) => ('sanitizedBody' in one ? [one.sanitizedBody] : []));
      expect(bodies).toMatchObject([{ n: 2 }, { n: 6 }, { n: 10 }, { n: 14 }, { n: 18 }]);
      const approvals = decisions.flatMap((one) => ('approvalId' in one ? [one.approvalId] : []));
      expect(new Set(approvals).size).toBe(5);
    });
  });
}
