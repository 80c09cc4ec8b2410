import { describe, expect, test } from '@jest/globals';
import { GatewayError, type GatewayFault, type OutputRequest, type ScanRequest } from 'interven-openai-assistants';
import { ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';

const request = (functionName: string, body: unknown = {}): ScanRequest => ({
  functionName,
  method: 'POST',
  url: `https://api.example.com/${functionName}`,
  body,
  runtimeType: 'openai_assistants',
});

async function scanned(rule: ScriptedRule, body?: unknown) {
  return new ScriptedGateway({ pay: rule }).scan(request('pay', body));
}

const fault = (name: GatewayFault) => ({
  name: 'GatewayError',
  fault: name,
  message: `The test planned the fault ${name}.`,
});

/** The message of `assertDone`; undefined if it does not throw. */
function complaints(gateway: ScriptedGateway): string[] {
  try {
    gateway.assertDone();
    return [];
  } catch (error) {
    const [title, ...lines] = (error as Error).message.split('\n- ');
    expect(title).toBe('ScriptedGateway:');
    return lines;
  }
}

describe('a decision', () => {
  test.each(['ALLOW', 'DENY', 'REQUIRE_APPROVAL'] as const)('as the string %s has no other fields', async (word) => {
    const raw = { decision: word };
    expect(await scanned(word)).toEqual({ ...raw, reasonCodes: [], classifications: [], traceId: 'trace_1', raw });
  });

  test('as an object gets defaults for missing fields', async () => {
    const decision = {
      decision: 'SANITIZE',
      sanitizedBody: { to: '[x]' },
      reasonCodes: ['PII'],
      riskScore: 0.4,
    } as const;
    expect(await scanned(decision)).toEqual({ ...decision, classifications: [], traceId: 'trace_1', raw: decision });
    const own = { decision: 'DENY', traceId: 'mine', raw: 'the wire' } as const;
    expect(await scanned(own)).toEqual({ ...own, reasonCodes: [], classifications: [] });
  });

  test('as a function is computed for each scan', async () => {
    const gateway = new ScriptedGateway({
      pay: ({ body }) =>
        (body as { amount: number }).amount > 10 ? { decision: 'DENY', reasonCodes: ['BIG'] } : 'ALLOW',
      slow: async () => Promise.resolve('ALLOW' as const),
    });
    expect(await gateway.scan(request('pay', { amount: 11 }))).toMatchObject({
      decision: 'DENY',
      reasonCodes: ['BIG'],
    });
    expect(await gateway.scan(request('pay', { amount: 10 }))).toMatchObject({ decision: 'ALLOW', traceId: 'trace_2' });
    expect(await gateway.scan(request('slow'))).toMatchObject({ decision: 'ALLOW', traceId: 'trace_3' });
  });

  const faults: GatewayFault[] = ['unreachable', 'timeout', 'rate_limited', 'server_error', 'configuration'];
  test.each(faults)('can be the fault %s, as an object or from a function', async (name) => {
    for (const rule of [{ fault: name }, () => ({ fault: name })]) {
      const attempt = scanned(rule);
      await expect(attempt).rejects.toBeInstanceOf(GatewayError);
      await expect(attempt).rejects.toMatchObject(fault(name));
    }
  });

  test('comes after its delayMs, which it does not contain', async () => {
    const began = performance.now();
    expect((await scanned({ decision: 'ALLOW', delayMs: 30 })).raw).toEqual({ decision: 'ALLOW' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  test('that is delayed rejects with the reason of an aborted signal', async () => {
    const gateway = new ScriptedGateway({ pay: { decision: 'ALLOW', delayMs: 60_000 } });
    const controller = new AbortController();
    const attempt = gateway.scan(request('pay'), { signal: controller.signal });
    const reason = new Error('Enough.');
    controller.abort(reason);
    await expect(attempt).rejects.toBe(reason);
    await expect(gateway.scan(request('pay'), { signal: controller.signal })).rejects.toBe(reason);
  });
});

test('every scan request is recorded, whatever its result', async () => {
  const gateway = new ScriptedGateway({ pay: 'ALLOW', refund: { fault: 'timeout' } });
  const asked = [request('pay', { amount: 1 }), request('refund'), request('pay', { amount: 2 })];
  for (const one of asked) await gateway.scan(one).catch(() => undefined);
  expect(gateway.scans).toHaveLength(3);
  for (const [at, one] of asked.entries()) expect(gateway.scans[at]).toBe(one);
});

describe('an approval', () => {
  const rule = { decision: 'REQUIRE_APPROVAL', approvalId: 'a1', approvalUrl: 'https://example.com/a1' } as const;
  const open = async () => {
    const gateway = new ScriptedGateway({ pay: rule });
    expect(await gateway.scan(request('pay'))).toMatchObject(rule);
    return gateway;
  };

  test('is pending until the test settles it', async () => {
    const gateway = await open();
    expect(await gateway.approvalStatus('a1')).toEqual({ status: 'pending' });
    expect(await gateway.approvalStatus('a1')).toEqual({ status: 'pending' });
    expect(gateway.statusRequests).toEqual(['a1', 'a1']);
    expect(complaints(gateway)).toEqual([]);
  });

  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
  ] as const)('can be settled by %s', async (settle, status) => {
    const gateway = await open();
    gateway[settle]('a1');
    const approval = await gateway.approvalStatus('a1');
    expect(approval).toEqual({ status, decidedBy: 'the test', decidedAt: approval.decidedAt });
    expect(approval.decidedAt).toBeInstanceOf(Date);
  });

  test('can expire', async () => {
    const gateway = await open();
    gateway.expire('a1');
    expect(await gateway.approvalStatus('a1')).toEqual({ status: 'expired' });
  });

  test('that was settled before it was requested stays settled', async () => {
    const gateway = new ScriptedGateway({ pay: rule });
    gateway.approve('a1');
    await gateway.scan(request('pay'));
    expect(await gateway.approvalStatus('a1')).toMatchObject({ status: 'approved' });
  });

  test('fails its status requests with the faults of failStatus, in order', async () => {
    const gateway = await open();
    gateway.failStatus('unreachable', 'server_error');
    gateway.failStatus('timeout');
    for (const name of ['unreachable', 'server_error', 'timeout'] as const) {
      const attempt = gateway.approvalStatus('a1');
      await expect(attempt).rejects.toBeInstanceOf(GatewayError);
      await expect(attempt).rejects.toMatchObject(fault(name));
    }
    expect(await gateway.approvalStatus('a1')).toEqual({ status: 'pending' });
    expect(gateway.statusRequests).toHaveLength(4);
    expect(complaints(gateway)).toEqual([]);
  });

  test('with an id of no decision is a configuration fault and a complaint', async () => {
    const gateway = await open();
    const error = { fault: 'configuration', status: 404, message: 'Unknown approval "a2".' };
    await expect(gateway.approvalStatus('a2')).rejects.toMatchObject(error);
    expect(complaints(gateway)).toEqual(['The status of the approval "a2" was requested, but no decision named it.']);
  });
});

describe('assertDone', () => {
  test.each(['steal', 'constructor', '__proto__', 'toString'])('reports the unexpected tool %s', async (name) => {
    const gateway = new ScriptedGateway({});
    const attempt = gateway.scan(request(name));
    await expect(attempt).rejects.toThrow(new Error(`The scripted gateway has no rule for "${name}".`));
    await expect(attempt).rejects.not.toBeInstanceOf(GatewayError);
    expect(gateway.scans).toHaveLength(1);
    expect(complaints(gateway)).toEqual([`The tool "${name}" was scanned, but has no rule.`]);
  });

  test('reports everything that was never used', async () => {
    const gateway = new ScriptedGateway({ pay: 'ALLOW', refund: 'DENY', close: 'ALLOW' });
    gateway.failStatus('timeout', 'timeout');
    await gateway.scan(request('refund'));
    expect(complaints(gateway)).toEqual([
      'Unused rules: pay, close.',
      'Unused faults of failStatus: timeout, timeout.',
    ]);
  });

  test('does not throw if everything was used', async () => {
    const gateway = new ScriptedGateway({ pay: 'ALLOW', refund: 'DENY' });
    for (const name of ['pay', 'refund', 'pay']) await gateway.scan(request(name));
    expect(complaints(gateway)).toEqual([]);
    expect(complaints(new ScriptedGateway({}))).toEqual([]);
  });
});

describe('outputs', () => {
  const outputOf = (name = 'read'): OutputRequest => ({ call: request(name), texts: ['a'], hasMedia: false });

  test('are judged by the tool’s name, recorded, and without a rule blocked', async () => {
    const outputs = {
      read: 'FENCE',
      list: { decision: 'SANITIZE', sanitizedTexts: ['b'] },
      get: { fault: 'timeout' },
    } as const;
    const gateway = new ScriptedGateway({}, { outputs });
    expect(gateway.judgesOutputs).toBe(true);
    expect(await gateway.scanOutput(outputOf())).toEqual({ decision: 'FENCE', reasonCodes: [] });
    expect(await gateway.scanOutput(outputOf('list'))).toMatchObject({ decision: 'SANITIZE', sanitizedTexts: ['b'] });
    expect(() => {
      gateway.assertDone();
    }).toThrow('Unused rules: get (output).');
    await expect(gateway.scanOutput(outputOf('get'))).rejects.toMatchObject({ fault: 'timeout' });
    gateway.assertDone();
    await expect(gateway.scanOutput(outputOf('pay'))).rejects.toThrow('no rule for the output of "pay"');
    expect(() => {
      gateway.assertDone();
    }).toThrow('The output of "pay" was scanned, but has no rule.');
    expect(gateway.outputScans).toHaveLength(4);
  });

  test.each([
    [{ read: 'REQUIRE_APPROVAL' }, 'The rule for the output of "read"'],
    [{ read: { decision: 'SANITIZE' } }, 'sanitizedTexts'],
    [{ read: 3 }, 'ALLOW, FENCE, DENY'],
  ])('%j is refused', (outputs, message) => {
    expect(() => new ScriptedGateway({}, { outputs: outputs as never })).toThrow(message);
  });

  test('are not judged without rules for them', () => {
    expect(new ScriptedGateway({}).judgesOutputs).toBe(false);
  });
});
