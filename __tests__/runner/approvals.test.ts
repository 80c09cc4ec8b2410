import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool, type ApprovalRequest } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, say, ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';
import { send, sending } from '../setup/sending.ts';
import { world } from '../setup/world.ts';

const approvalWanted = {
  decision: 'REQUIRE_APPROVAL',
  approvalId: 'ap_1',
  approvalUrl: 'https://approve.test/1',
} as const;

describe('REQUIRE_APPROVAL', () => {
  test('is answered with where to approve; nothing runs', async () => {
    const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted);
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([]);
    expect(gateway.statusRequests).toEqual([]);
    expect(calls).toMatchObject([
      { outcome: 'approval_pending', executed: 'no', approvalId: 'ap_1', approvalUrl: 'https://approve.test/1' },
    ]);
    expect(calls[0]?.output).toBe('Action requires human approval at https://approve.test/1. Retry in a few minutes.');
  });

  test('without a URL is answered with a sentence without one', async () => {
    const { runner, threadId, assistantId } = sending({ decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.output).toBe('Action requires human approval. Retry in a few minutes.');
  });

  test('calls onApprovalRequested with everything an approver needs', async () => {
    const asked: ApprovalRequest[] = [];
    const { runner, threadId, assistantId } = sending({ ...approvalWanted, reasonCodes: ['NEW_PAYEE'] }, 1, {
      options: { onApprovalRequested: (request) => asked.push(request) },
    });
    const { run, calls } = await runner.run(threadId, assistantId);
    expect(asked).toEqual([
      {
        type: 'approval-requested',
        at: expect.any(Date),
        turn: 1,
        approvalId: 'ap_1',
        approvalUrl: 'https://approve.test/1',
        name: 'send',
        arguments: send.arguments,
        reasonCodes: ['NEW_PAYEE'],
        callId: calls[0]?.callId,
        runId: run.id,
        threadId,
      },
    ]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no pager');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no pager'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('goes on when onApprovalRequested %s', async (_, onApprovalRequested) => {
    const { runner, threadId, assistantId } = sending(approvalWanted, 1, { options: { onApprovalRequested } });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
  });

  describe('with approval: "wait"', () => {
    const waiting = { options: { approval: 'wait' } } as const;

    test('runs exactly the scanned arguments once a person approved, with no second scan', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 1, {
        options: {
          approval: 'wait',
          onApprovalRequested: () => {
            gateway.approve('ap_1');
          },
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([send.arguments]);
      expect(gateway.scans).toHaveLength(1);
      expect(calls).toMatchObject([{ decision: 'REQUIRE_APPROVAL', outcome: 'allowed', executed: 'yes' }]);
      expect(calls[0]?.approvalMs).toBeLessThan(1_000);
    });

    test('runs nothing when a person refuses, and does not ask the person again', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        options: {
          approval: 'wait',
          onApprovalRequested: () => {
            gateway.deny('ap_1');
          },
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_denied', 'repeated']);
    });

    test('runs nothing when the approval expires', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 1, {
        options: {
          approval: 'wait',
          onApprovalRequested: () => {
            gateway.expire('ap_1');
          },
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'approval_expired', executed: 'no' }]);
    });

    test('reports the call as pending when no approver decides within approvalTimeoutMs', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 1, {
        options: { approval: 'wait', approvalTimeoutMs: 50 },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'approval_pending', executed: 'no' }]);
      expect(gateway.statusRequests).toEqual(['ap_1']);
    });

    test('answers as pending when the run is about to expire', async () => {
      const { runner, ran, threadId, assistantId } = sending(approvalWanted, 1, {
        options: { approval: 'wait', expiryMarginMs: 599_900 },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'approval_pending' }]);
    });

    test.each([undefined, '', null, 7])('never waits for an approval whose id is %p', async (approvalId) => {
      const decision = { decision: 'REQUIRE_APPROVAL', ...(approvalId === undefined ? {} : { approvalId }) } as const;
      const { runner, gateway, threadId, assistantId } = sending(decision as ScriptedRule, 1, waiting);
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([{ outcome: 'approval_pending' }]);
      expect(gateway.statusRequests).toEqual([]);
    });

    test('asks again when the gateway is away for a moment', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 1, waiting);
      gateway.failStatus('server_error');
      const run = runner.run(threadId, assistantId);
      setTimeout(() => {
        gateway.approve('ap_1');
      }, 10);
      expect((await run).calls).toMatchObject([{ outcome: 'allowed' }]);
      expect(ran).toHaveLength(1);
    });

    test('blocks the call with `malformed_reply` on an unknown approval status', async () => {
      const scripted = new ScriptedGateway({ send: approvalWanted });
      const { runner, ran, threadId, assistantId } = sending(approvalWanted, 1, {
        options: {
          approval: 'wait',
          gateway: {
            scan: async (request) => scripted.scan(request),
            approvalStatus: async () => ({ status: 'sure' as 'approved' }),
          },
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'scan_rejected', fault: 'malformed_reply' }]);
    });
  });

  test.each([
    ['the run before the tool', { run: 'message', tool: 'wait', runner: 'wait' }, 0],
    ['the tool before the runner', { run: undefined, tool: 'wait', runner: 'message' }, 1],
    ['the runner last', { run: undefined, tool: undefined, runner: 'wait' }, 1],
  ] as const)('takes the approval mode of %s', async (_, modes, statusRequests) => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: approvalWanted },
      tools: {
        pay: tool({
          parameters: z.object({}),
          execute: () => 'paid',
          approvalTimeoutMs: 1,
          ...(modes.tool ? { approval: modes.tool } : {}),
        }),
      },
      options: { approval: modes.runner },
    });
    await runner.run(threadId, assistantId, modes.run ? { approval: modes.run } : {});
    expect(gateway.statusRequests).toHaveLength(statusRequests);
  });

  describe('pending from an earlier turn', () => {
    test('is checked before the gateway scans: once approved, the call runs without a scan', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        script: ({ turn }) => {
          if (turn === 2) gateway.approve('ap_1');
          return turn <= 2 ? callTools(send) : say('ok');
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed']);
      expect(gateway.scans).toHaveLength(1);
      expect(ran).toHaveLength(1);
    });

    test('clears one call only: an equal one beside it is scanned', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        script: ({ turn }) => {
          if (turn === 2) gateway.approve('ap_1');
          return turn === 1 ? callTools(send) : turn === 2 ? callTools(send, send) : say('ok');
        },
        options: { approval: 'message' },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed', 'approval_pending']);
      expect(gateway.scans).toHaveLength(2);
      expect(ran).toHaveLength(1);
    });

    test('is not checked by an equal call of the same turn', async () => {
      let checks = 0;
      const parameters = z.object({}).refine(async () => {
        checks += 1;
        if (checks === 2) await new Promise((resolve) => setTimeout(resolve, 20));
        return true;
      });
      const { runner, gateway, threadId, assistantId } = world({
        script: [callTools({ name: 'pay' }, { name: 'pay' }), say('ok')],
        decisions: { pay: approvalWanted },
        tools: { pay: tool({ parameters, execute: () => 'paid' }) },
      });
      await runner.run(threadId, assistantId);
      expect(gateway.scans).toHaveLength(2);
      expect(gateway.statusRequests).toEqual([]);
    });

    test('of two equal calls are both checked, and the approved one clears the call', async () => {
      let made = 0;
      const { runner, ran, gateway, threadId, assistantId } = sending(
        () => ({ decision: 'REQUIRE_APPROVAL', approvalId: `ap_${(made += 1)}` }),
        2,
        {
          script: ({ turn }) => {
            if (turn === 2) gateway.approve('ap_1');
            return turn === 1 ? callTools(send, send) : turn === 2 ? callTools(send) : say('ok');
          },
        },
      );
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'approval_pending', 'allowed']);
      expect(ran).toHaveLength(1);
    });

    test('is waited for in a later turn, also past a gateway that is away for a moment', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        options: { approval: 'wait', approvalTimeoutMs: 20 },
        script: ({ turn }) => {
          if (turn !== 2) return turn === 1 ? callTools(send) : say('ok');
          gateway.failStatus('unreachable');
          gateway.approve('ap_1');
          return callTools(send);
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed']);
      expect(ran).toHaveLength(1);
    });

    test('holds for exactly its arguments', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        script: ({ turn }) => {
          if (turn === 2) gateway.approve('ap_1');
          if (turn === 2) return callTools({ ...send, arguments: { ...send.arguments, to: 'eve@example.com' } });
          return turn === 1 ? callTools(send) : say('ok');
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'approval_pending']);
      expect(ran).toEqual([]);
    });

    test('stays pending while no approver has decided, or the gateway does not report a status', async () => {
      const { runner, gateway, threadId, assistantId } = sending(approvalWanted, 3);
      gateway.failStatus('unreachable');
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([
        { outcome: 'approval_pending' },
        { outcome: 'approval_pending', fault: 'unreachable' },
        { outcome: 'approval_pending', approvalUrl: 'https://approve.test/1' },
      ]);
      expect(gateway.scans).toHaveLength(1);
    });

    test('that expired is requested again', async () => {
      const { runner, gateway, threadId, assistantId } = sending(approvalWanted, 2, {
        script: ({ turn }) => {
          if (turn === 2) gateway.expire('ap_1');
          return turn <= 2 ? callTools(send) : say('ok');
        },
      });
      await runner.run(threadId, assistantId);
      expect(gateway.scans).toHaveLength(2);
    });
  });
});

test('an approval clears one call, also when the gateway gives one id to two', async () => {
  const { runner, ran, gateway, threadId, assistantId } = sending(approvalWanted, 1, {
    script: [callTools(send, send), say('ok')],
    options: {
      approval: 'wait',
      onApprovalRequested: () => {
        gateway.approve('ap_1');
      },
    },
  });
  const { calls } = await runner.run(threadId, assistantId);
  expect(calls.map(({ outcome }) => outcome).toSorted()).toEqual(['allowed', 'approval_pending']);
  expect(ran).toHaveLength(1);
});

test('what a person approves after the run has ended, the embedded gateway allows once in the next run', async () => {
  const gateway = new EmbeddedGateway({ policies: agentSafety });
  const asked: (string | undefined)[] = [];
  const { runner, threadId, assistantId } = world({
    script: ({ turn }) => (turn === 1 ? callTools({ name: 'delete_file', arguments: { path: '/a' } }) : say('ok')),
    decisions: {},
    tools: { delete_file: () => 'deleted' },
    options: { gateway, onApprovalRequested: ({ approvalId }) => asked.push(approvalId) },
  });
  const outcome = async () => (await runner.run(threadId, assistantId)).calls[0]?.outcome;
  expect(await outcome()).toBe('approval_pending');
  await gateway.approve(asked[0] ?? '', { decidedBy: 'ada' });
  expect(await outcome()).toBe('allowed');
  expect(await outcome()).toBe('approval_pending');
  await gateway.deny(asked[1] ?? '');
  expect(await outcome()).toBe('denied');
});
