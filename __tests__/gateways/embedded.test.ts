import { describe, expect, test } from '@jest/globals';
import { IntervenGateway, scanToolCalls, type Gateway } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

const scan = async (body: unknown, method = 'POST') =>
  new EmbeddedGateway().scan({
    functionName: 'f',
    method,
    url: 'https://tools.invalid/f',
    body,
    runtimeType: 'openai_assistants',
  });
const key = 'AKIA' + 'IOSFODNN7EXAMPLE';

describe('the embedded gateway', () => {
  test.each([
    ['in a text', { text: `the key is ${key}.` }],
    ['after a line break', { text: `key:\n${key}` }],
    ['after a tab', { text: `key:\t${key}` }],
    ['in a list', { keys: ['a', [key]] }],
    ['as a key', { [key]: 1 }],
  ])('denies a secret %s', async (_, body) => {
    expect(await scan(body)).toMatchObject({ decision: 'DENY', reasonCodes: ['SECRET_DETECTED'] });
  });

  test.each([
    ['4111 1111 1111 1111', '[REDACTED:CARD]'],
    ['4111-1111-1111-1111.', '[REDACTED:CARD].'],
    ['4111111111111111', '[REDACTED:CARD]'],
    ['pay 4111 1111 1111 1111 12/27', 'pay [REDACTED:CARD] 12/27'],
    ['cvv 123 4111 1111 1111 1111', 'cvv 123 [REDACTED:CARD]'],
    ['4111111111111111_visa', '[REDACTED:CARD]_visa'],
    ['ada@example.com, bob.b+x@mail.example.co.uk', '[REDACTED:EMAIL], [REDACTED:EMAIL]'],
  ])('redacts personal data: %s', async (text, redacted) => {
    expect(await scan({ text })).toMatchObject({ decision: 'SANITIZE', sanitizedBody: { text: redacted } });
  });

  test('redacts a card number that is a number', async () => {
    expect(await scan({ card: 4_111_111_111_111_111 })).toMatchObject({ sanitizedBody: { card: '[REDACTED:CARD]' } });
  });

  test.each(['1234 5678 9012 3456', 'order 4111111111111112', '20261122163059', 'a@b', '@', 'x'])(
    'leaves alone what is none: %s',
    async (text) => {
      expect((await scan({ text })).decision).toBe('ALLOW');
    },
  );

  test('leaves an address where it is the point of the call', async () => {
    expect((await scan({ to: 'ada@example.com', cc: ['bob@example.com'] })).decision).toBe('ALLOW');
  });

  test('holds what deletes, however the method is written', async () => {
    expect((await scan({}, 'delete')).decision).toBe('REQUIRE_APPROVAL');
  });

  // Patterns that are not linear took 6 to 28 s here; the work is synchronous, so that no time limit of a test helps.
  test.each(['a', 'a.', 'a-', 'a@a.', '1', '1 ', 'sk-'])('is not held up by a long run of %j', async (text) => {
    const started = performance.now();
    await scan({ text: text.repeat(100_000) });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('lets one approval clear one call, whoever of two runs comes first', async () => {
    const gateway = new EmbeddedGateway();
    const request = { functionName: 'f', method: 'DELETE', url: 'https://a.b/', body: {}, runtimeType: 'x' };
    const first = await gateway.scan(request);
    const approvalId = first.decision === 'REQUIRE_APPROVAL' ? (first.approvalId ?? '') : '';
    gateway.approve(approvalId);
    expect((await gateway.scan(request)).decision).toBe('ALLOW');
    expect(await gateway.approvalStatus(approvalId)).toEqual({ status: 'expired' });
    expect((await gateway.scan(request)).decision).toBe('REQUIRE_APPROVAL');
  });

  test('holds a person’s refusal against an equal call, also while another one is pending', async () => {
    const gateway = new EmbeddedGateway();
    const request = { functionName: 'f', method: 'DELETE', url: 'https://a.b/', body: {}, runtimeType: 'x' };
    const first = await gateway.scan(request);
    await gateway.scan(request);
    gateway.deny(first.decision === 'REQUIRE_APPROVAL' ? (first.approvalId ?? '') : '');
    expect(await gateway.scan(request)).toMatchObject({
      decision: 'DENY',
      reasonCodes: ['DESTRUCTIVE_OPERATION', 'APPROVAL_DENIED'],
    });
  });
});

describe('scanToolCalls', () => {
  const call = { id: 'c', function: { name: 'f', arguments: '{}' } };
  const counting = (scans: string[], answer: () => Promise<never>): Gateway => ({
    scan: async ({ functionName }) => {
      scans.push(functionName);
      return answer();
    },
    approvalStatus: async () => ({ status: 'pending' }),
  });

  test('asks nothing after an abort', async () => {
    const scans: string[] = [];
    const gateway = counting(scans, async () => new Promise(() => undefined));
    const signal = AbortSignal.abort('left');
    await expect(scanToolCalls([call, call], { gateway, signal })).rejects.toBe('left');
    expect(scans).toEqual([]);
  });

  test('asks nothing more after the gateway refused its configuration', async () => {
    const scans: string[] = [];
    const refused = Object.assign(new Error('401'), { name: 'GatewayError', fault: 'configuration' });
    const gateway = counting(scans, async () => Promise.reject(refused));
    await expect(scanToolCalls(Array(100).fill(call), { gateway })).rejects.toBe(refused);
    expect(scans.length).toBeLessThanOrEqual(16);
  });

  test('scans many calls under one signal without a warning', async () => {
    const { signal } = new AbortController();
    const scanned = await scanToolCalls(Array(40).fill(call), { gateway: new EmbeddedGateway(), signal });
    expect(scanned).toHaveLength(40);
  });

  test('needs a gateway that is one', async () => {
    await expect(scanToolCalls([call], { gateway: undefined } as never)).rejects.toThrow(
      /gateway needs the methods scan/,
    );
  });

  test('scans a name that cannot be encoded, too', async () => {
    const odd = { function: { name: 'x\ud800', arguments: '{}' } };
    expect(await scanToolCalls([odd], { gateway: new EmbeddedGateway() })).toMatchObject([
      { scan: { decision: 'ALLOW' } },
    ]);
  });
});

describe('IntervenGateway', () => {
  test.each(['https://h/#x', 'https://h/#', 'https://h/?', 'https://h/?a=1'])(
    'refuses the gatewayUrl %s',
    (gatewayUrl) => {
      expect(() => new IntervenGateway({ apiKey: 'iv_test_1', gatewayUrl })).toThrow(TypeError);
    },
  );

  test.each(['iv "1"', 'iv_\\1', 7 as unknown as string])('refuses the key %j', (apiKey) => {
    expect(() => new IntervenGateway({ apiKey })).toThrow(TypeError);
  });

  test.each(['.', '..', 'a/../../b', 'a?b', '\ud800', ''])('asks nothing about the approval %j', async (id) => {
    const gateway = new IntervenGateway({ apiKey: 'iv_test_1', gatewayUrl: 'http://127.0.0.1:1', maxRetries: 0 });
    await expect(gateway.approvalStatus(id)).rejects.toMatchObject({ fault: 'malformed_reply' });
  });
});
