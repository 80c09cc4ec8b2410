import { describe, expect, test } from '@jest/globals';
import { GuardedRunError } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { send, sending } from '../setup/sending.ts';
import { rejection, world } from '../setup/world.ts';

describe('DENY', () => {
  test('runs nothing, and sends the model the reason codes', async () => {
    const { runner, ran, threadId, assistantId } = sending({ decision: 'DENY', reasonCodes: ['SECRETS', 'PII'] });
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([]);
    expect(calls).toMatchObject([
      { decision: 'DENY', reasonCodes: ['SECRETS', 'PII'], outcome: 'denied', executed: 'no', traceId: 'trace_1' },
    ]);
    expect(calls[0]?.output).toBe('Tool blocked by Interven: SECRETS, PII');
  });

  test('applies to the same call in later turns, without another scan', async () => {
    const { runner, gateway, threadId, assistantId } = sending('DENY', 2);
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['denied', 'repeated']);
    expect(gateway.scans).toHaveLength(1);
  });

  test('of a call that the model makes for the third time ends the run', async () => {
    const { runner, openai, ran, threadId, assistantId } = sending('DENY', 3);
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toBeInstanceOf(GuardedRunError);
    expect(error).toMatchObject({ code: 'repeated_denial', threadId, leftOpen: false });
    expect((error as GuardedRunError).calls.map(({ outcome }) => outcome)).toEqual(['denied', 'repeated', 'repeated']);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
    expect(ran).toEqual([]);
  });

  test('applies to a call with the same arguments in any key order, and to no other call', async () => {
    const asked = ['{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1,"b":3}'];
    const { runner, gateway, threadId, assistantId } = world({
      script: ({ turn }) => (turn <= 3 ? callTools({ name: 'pay', arguments: asked[turn - 1] ?? '' }) : say('ok')),
      decisions: { pay: 'DENY' },
      tools: { pay: () => 'paid' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['denied', 'repeated', 'denied']);
    expect(gateway.scans).toHaveLength(2);
  });

  test('of two equal calls in one turn counts once', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools(send, send), callTools(send), say('ok')],
      decisions: { send: 'DENY' },
      tools: { send: () => 'sent' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['denied', 'denied', 'repeated']);
  });
});

describe('a record', () => {
  const why = { ruleId: 'no-drops', policyName: 'Data stays', riskScore: 0.9, reasonCodes: ['POLICY_MATCH'] };

  test('names the rule, the policy and the risk behind a decision; the model learns the policy', async () => {
    const { runner, threadId, assistantId } = sending({ decision: 'DENY', ...why });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ ...why, outcome: 'denied', fields: [] }]);
    expect(calls[0]?.output).toBe('Tool blocked by Interven: POLICY_MATCH; policy "Data stays"');
  });

  test('has the rule’s reason, which the model learns with a denial and while an approver decides', async () => {
    const reason = 'Drops need a ticket.';
    const denied = sending({ decision: 'DENY', reason });
    const { calls } = await denied.runner.run(denied.threadId, denied.assistantId);
    expect(calls).toMatchObject([{ reason, output: `Tool blocked by Interven. Reason: ${reason}` }]);
    const held = sending({ decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1', reason });
    const { calls: pending } = await held.runner.run(held.threadId, held.assistantId);
    const output = `Action requires human approval. Retry in a few minutes. Reason: ${reason}`;
    expect(pending).toMatchObject([{ reason, output }]);
  });

  test('has the arguments, which are not enumerable, so that logging it shows none', async () => {
    const { runner, threadId, assistantId } = sending('ALLOW');
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.arguments).toEqual(send.arguments);
    expect(Object.isFrozen(calls[0]?.arguments)).toBe(true);
    expect(JSON.stringify(calls)).not.toContain(String(Object.values(send.arguments)[0]));
    expect(Object.keys(calls[0] ?? {})).not.toContain('arguments');
  });

  test('of a call with invalid arguments has none', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'send', arguments: '{' }), say('ok')],
      decisions: {},
      tools: { send: () => 'sent' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome, arguments: args }) => [outcome, args])).toEqual([['invalid_arguments', undefined]]);
  });
});

describe('SANITIZE', () => {
  test('keeps the redacted fields in the record when the handler throws', async () => {
    const { runner, threadId, assistantId } = sending(
      { decision: 'SANITIZE', sanitizedBody: { to: 'ada@example.com', text: '[REDACTED]' } },
      1,
      {
        tools: {
          send: () => {
            throw new Error('no line');
          },
        },
      },
    );
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'handler_error', fields: ['text'] }]);
  });

  test('runs the redacted arguments, and names the redacted fields to the model, not their values', async () => {
    const { runner, ran, threadId, assistantId } = sending({
      decision: 'SANITIZE',
      sanitizedBody: { to: 'ada@example.com', text: 'my key is [REDACTED]' },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([{ to: 'ada@example.com', text: 'my key is [REDACTED]' }]);
    expect(calls).toMatchObject([{ decision: 'SANITIZE', outcome: 'sanitized', executed: 'yes' }]);
    expect(calls[0]?.output).toBe(
      'Sensitive content was removed from these arguments before the tool ran: text.\n\nsent',
    );
  });

  test.each([
    ['a field is missing', { to: 'ada@example.com' }],
    ['a field has another type', { to: 'ada@example.com', text: 17 }],
    ['it is not an object', 'nothing left'],
    ['it has a "__proto__" key', JSON.parse('{"to":"a","text":"b","__proto__":{"x":1}}') as unknown],
  ])('runs nothing when the redacted body does not fit: %s', async (_, sanitizedBody) => {
    const { runner, ran, threadId, assistantId } = sending({ decision: 'SANITIZE', sanitizedBody });
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([]);
    expect(calls).toMatchObject([{ outcome: 'sanitized_invalid', executed: 'no' }]);
  });

  test('without a body is a malformed response', async () => {
    const { runner, ran, threadId, assistantId } = sending({ decision: 'SANITIZE' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([]);
    expect(calls).toMatchObject([{ outcome: 'scan_rejected', fault: 'malformed_reply', executed: 'no' }]);
  });
});

test('an output that is too large is truncated, with a note from `messages`', async () => {
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'dump' }, { name: 'dump' }, { name: 'small' }), say('ok')],
    decisions: { dump: 'ALLOW', small: 'ALLOW' },
    tools: { dump: () => 'x'.repeat(10_000_000), small: () => 'small' },
    options: { messages: { output_cut: ({ name, outputBytes }) => `[${name}: ${outputBytes}]` } },
  });
  const { calls, status } = await runner.run(threadId, assistantId);
  expect(status).toBe('completed');
  expect(calls.map(({ output }) => output.slice(-16))).toEqual(['[dump: 10000000]', '[dump: 10000000]', 'small']);
  const submitted = openai.requests.find(({ operation }) => operation === 'runs.submitToolOutputs')?.body;
  expect(JSON.stringify(submitted).length).toBeLessThan(500_000);
});

test('an async function in `messages` is ignored, and its rejection has no effect', async () => {
  const { runner, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'DENY' },
    tools: { pay: () => 'paid' },
    options: { messages: { denied: (async () => Promise.reject(new Error('no words'))) as never } },
  });
  const { calls } = await runner.run(threadId, assistantId);
  expect(calls[0]?.output).toBe('Tool blocked by Interven.');
});

test('`messages` replaces a message to the model; the standard message replaces one that throws', async () => {
  const { runner, threadId, assistantId } = world({
    script: [callTools(send, { name: 'pay' }), say('ok')],
    decisions: { send: { decision: 'DENY', reasonCodes: ['PII'] }, pay: 'DENY' },
    tools: { send: () => 'sent', pay: () => 'paid' },
    options: {
      messages: {
        denied: ({ name, reasonCodes }) => {
          if (name === 'pay') throw new Error('no words');
          return `${name}: nein (${reasonCodes.join()})`;
        },
      },
    },
  });
  const { calls } = await runner.run(threadId, assistantId);
  expect(calls.map(({ output }) => output)).toEqual(['send: nein (PII)', 'Tool blocked by Interven.']);
});
