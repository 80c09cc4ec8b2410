import { describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { tool, type ApprovalRequest } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, say, ScriptedGateway, type ScriptedRule } from 'interven-openai-assistants/testing';
import { idle } from '../setup/idle.ts';
import { send, sending } from '../setup/sending.ts';
import { waitFor } from '../setup/wait-for.ts';
import { world } from '../setup/world.ts';
import { takeWarnings } from '../setup/warnings.ts';

const approvalRequired = {
  decision: 'REQUIRE_APPROVAL',
  approvalId: 'ap_1',
  approvalUrl: 'https://approve.test/1',
} as const;

describe('REQUIRE_APPROVAL', () => {
  test('runs nothing, and sends the model the URL of the approval', async () => {
    const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired);
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([]);
    expect(gateway.statusRequests).toEqual([]);
    expect(calls).toMatchObject([
      { outcome: 'approval_pending', executed: 'no', approvalId: 'ap_1', approvalUrl: 'https://approve.test/1' },
    ]);
    expect(calls[0]?.output).toBe('Action requires human approval at https://approve.test/1. Retry in a few minutes.');
  });

  test('without a URL sends the model a message without one', async () => {
    const { runner, threadId, assistantId } = sending({ decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.output).toBe('Action requires human approval. Retry in a few minutes.');
  });

  test('calls onApprovalRequested with everything an approver needs', async () => {
    const requested: ApprovalRequest[] = [];
    const { runner, threadId, assistantId } = sending({ ...approvalRequired, reasonCodes: ['NEW_PAYEE'] }, 1, {
      options: { onApprovalRequested: (request) => requested.push(request) },
    });
    const { run, calls } = await runner.run(threadId, assistantId);
    expect(requested).toEqual([
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
      1,
    ],
    ['rejects', () => Promise.reject(new Error('no pager')), 1],
    ['hangs', () => new Promise(() => undefined), 0],
  ])('lets the run continue when onApprovalRequested %s, and warns of it', async (_, onApprovalRequested, failures) => {
    const { runner, threadId, assistantId } = sending(approvalRequired, 1, { options: { onApprovalRequested } });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
    const warning =
      'Warning: onApprovalRequested failed: no pager. The run continues; later failures are not reported.';
    expect(await takeWarnings()).toEqual(Array(failures).fill(warning));
  });

  describe('with approval: "wait"', () => {
    const waiting = { options: { approval: 'wait' } } as const;

    test('runs exactly the scanned arguments once an approver has approved, without a second scan', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 1, {
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
      expect(calls[0]?.approvalMs).toEqual(expect.any(Number));
      expect(gateway.statusRequests).toEqual(['ap_1']);
    });

    test('runs nothing when an approver denies the call, and requests no approval of a repeated call', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 1, {
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
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 1, {
        options: { approval: 'wait', approvalTimeoutMs: 50 },
      });
      const { calls } = await runner.run(threadId, assistantId);
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'approval_pending', executed: 'no' }]);
      expect(gateway.statusRequests).toEqual(['ap_1']);
    });

    test('reports the call as pending when the run is about to expire', async () => {
      const now = jest.spyOn(Date, 'now');
      const { runner, ran, threadId, assistantId } = sending(approvalRequired, 1, {
        options: {
          approval: 'wait',
          expiryMarginMs: 500_000,
          // The 100 s until the margin pass while the runner waits.
          onApprovalRequested: () => void idle().then(() => now.mockReturnValue(Date.now() + 110_000)),
        },
      });
      const { calls } = await runner.run(threadId, assistantId);
      now.mockRestore();
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([{ outcome: 'approval_pending' }]);
    });

    test.each([undefined, '', null, 7])('does not wait for an approval whose id is %p', async (approvalId) => {
      const decision = { decision: 'REQUIRE_APPROVAL', ...(approvalId === undefined ? {} : { approvalId }) } as const;
      const { runner, gateway, threadId, assistantId } = sending(decision as ScriptedRule, 1, waiting);
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([{ outcome: 'approval_pending' }]);
      expect(gateway.statusRequests).toEqual([]);
    });

    test('requests the status again after a gateway error', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 1, waiting);
      gateway.failStatus('server_error');
      const run = runner.run(threadId, assistantId);
      await waitFor(() => gateway.statusRequests.length > 0);
      gateway.approve('ap_1');
      expect((await run).calls).toMatchObject([{ outcome: 'allowed' }]);
      expect(ran).toHaveLength(1);
    });

    test('blocks the call with the fault malformed_reply on an unknown approval status', async () => {
      const scripted = new ScriptedGateway({ send: approvalRequired });
      const { runner, ran, threadId, assistantId } = sending(approvalRequired, 1, {
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
  ] as const)('uses the approval mode of %s', async (_, modes, statusRequests) => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: approvalRequired },
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

  describe('an approval that is pending from an earlier turn', () => {
    test('is checked before a scan: once it is approved, the call runs without one', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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

    test('clears one call only: the gateway scans an equal one beside it', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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
        if (checks === 2) await idle();
        return true;
      });
      const { runner, gateway, threadId, assistantId } = world({
        script: [callTools({ name: 'pay' }, { name: 'pay' }), say('ok')],
        decisions: { pay: approvalRequired },
        tools: { pay: tool({ parameters, execute: () => 'paid' }) },
      });
      await runner.run(threadId, assistantId);
      expect(gateway.scans).toHaveLength(2);
      expect(gateway.statusRequests).toEqual([]);
    });

    test('clears an equal call, also when another approval of an equal call is pending', async () => {
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

    test('is awaited in a later turn, also after a gateway error', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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

    test('clears no call with other arguments', async () => {
      const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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

    test('keeps the call pending while no approver decides, or the gateway fails to report the status', async () => {
      const { runner, gateway, threadId, assistantId } = sending(approvalRequired, 3);
      gateway.failStatus('unreachable');
      const { calls } = await runner.run(threadId, assistantId);
      expect(calls).toMatchObject([
        { outcome: 'approval_pending' },
        { outcome: 'approval_pending', fault: 'unreachable' },
        { outcome: 'approval_pending', approvalUrl: 'https://approve.test/1' },
      ]);
      expect(gateway.scans).toHaveLength(1);
    });

    test('that has expired is requested again', async () => {
      const { runner, gateway, threadId, assistantId } = sending(approvalRequired, 2, {
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

test('an approval clears one call, also when the gateway returns its id for two calls', async () => {
  const { runner, ran, gateway, threadId, assistantId } = sending(approvalRequired, 1, {
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

test('a call that an approver approves after the run has ended is allowed once, in the next run', async () => {
  const gateway = new EmbeddedGateway({ policies: agentSafety });
  const requested: (string | undefined)[] = [];
  const { runner, threadId, assistantId } = world({
    script: ({ turn }) => (turn === 1 ? callTools({ name: 'delete_file', arguments: { path: '/a' } }) : say('ok')),
    decisions: {},
    tools: { delete_file: () => 'deleted' },
    options: { gateway, onApprovalRequested: ({ approvalId }) => requested.push(approvalId) },
  });
  const outcome = async () => (await runner.run(threadId, assistantId)).calls[0]?.outcome;
  expect(await outcome()).toBe('approval_pending');
  await gateway.approve(requested[0] ?? '', { decidedBy: 'ada' });
  expect(await outcome()).toBe('allowed');
  expect(await outcome()).toBe('approval_pending');
  await gateway.deny(requested[1] ?? '');
  expect(await outcome()).toBe('denied');
});
