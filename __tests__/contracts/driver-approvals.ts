import { describe, expect, test } from '@jest/globals';
import type { ApprovalRequest } from 'interven-openai-assistants';
import { callTools, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { drive, handlers, reportOutputs, type DriverRow } from './driver-contract.ts';

const approvalRequired = (approvalId: string): ScriptedRule => ({ decision: 'REQUIRE_APPROVAL', approvalId });

/** Rules for approvals: before a handler runs, and before the API runs an MCP call itself. */
export function approvalsRules(row: DriverRow): void {
  describe(row.name, () => {
    test('passes the call, the run and the thread to onApprovalRequested', async () => {
      const asked: ApprovalRequest[] = [];
      const { run, ids, whereabouts } = drive(row, {
        script: [callTools({ name: 'pay', id: 'a', arguments: { amount: 7 } }), say('ok')],
        decisions: { pay: approvalRequired('ap_1') },
        tools: { pay: () => 'paid' },
        options: { onApprovalRequested: (request) => asked.push(request) },
      });
      await run();
      const threadId = whereabouts();
      expect(asked).toMatchObject([
        { approvalId: 'ap_1', callId: 'a', name: 'pay', arguments: { amount: 7 }, threadId },
      ]);
      expect(ids()).toContain(asked[0]?.runId);
    });

    test('with approval: "wait", waits for the approvers and runs only approved calls, as the approver edited them', async () => {
      const { ran, tools } = handlers('approved', 'edited', 'denied', 'expired', 'open');
      const { run, gateway } = drive(row, {
        script: (turn) =>
          turn.turn > 1
            ? reportOutputs(turn)
            : callTools(...['approved', 'edited', 'denied', 'expired', 'open'].map((name) => ({ name, id: name }))),
        decisions: {
          approved: approvalRequired('ap_1'),
          edited: approvalRequired('ap_5'),
          denied: approvalRequired('ap_2'),
          expired: approvalRequired('ap_3'),
          open: approvalRequired('ap_4'),
        },
        tools,
        options: {
          approval: 'wait',
          approvalTimeoutMs: 30,
          onApprovalRequested: () => {
            gateway.approve('ap_1');
            gateway.approve('ap_5', { to: 'ada' });
            gateway.deny('ap_2');
            gateway.expire('ap_3');
          },
        },
      });
      const { calls, text } = await run();
      expect(calls.map(({ outcome }) => outcome)).toEqual([
        'allowed',
        'edited',
        'approval_denied',
        'approval_expired',
        'approval_pending',
      ]);
      expect(ran.toSorted()).toEqual(['approved', 'edited']);
      expect(text).toMatch(/^approved=approved done edited=.+to\.\s+edited done denied=.+ expired=.+ open=.+$/);
    });

    test('runs a pending call once an approver has approved it and the model repeats it', async () => {
      const { ran, tools } = handlers('pay');
      const { run, gateway } = drive(row, {
        script: ({ turn }) => {
          if (turn === 2) gateway.approve('ap_1');
          return turn < 3 ? callTools({ name: 'pay', id: `call_${turn}` }) : say('ok');
        },
        decisions: { pay: approvalRequired('ap_1') },
        tools,
      });
      const { calls } = await run();
      expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'allowed']);
      expect(ran).toEqual(['call_2']);
      expect(gateway.scans).toHaveLength(1);
    });

    const { approvalTexts } = row;
    if (!approvalTexts) return;

    test('approves an MCP call that the gateway allows, and refuses it after every other decision', async () => {
      const { run, gateway } = drive(row, {
        script: ({ turn, outputs }) =>
          turn > 1
            ? say(outputs.map(({ name, output }) => `${name}=${output}`).join(' '))
            : requestApprovals(
                { name: 'leak' },
                { name: 'read', arguments: { path: '/a' } },
                { name: 'redact' },
                { name: 'ask' },
                { name: 'broken', arguments: 'not json' },
                { name: 'down' },
              ),
        decisions: {
          leak: 'DENY',
          read: 'ALLOW',
          redact: { decision: 'SANITIZE', sanitizedBody: {} },
          ask: 'REQUIRE_APPROVAL',
          down: { fault: 'unreachable' },
        },
        tools: { leak: () => 'a registered tool of the same name' },
        options: { onGatewayError: 'allow' },
      });
      const { status, text, calls } = await run();
      expect(status).toBe('completed');
      const [yes, no] = approvalTexts;
      expect(text).toBe(`leak=${no} read=${yes} redact=${no} ask=${no} broken=${no} down=${no}`);
      expect(calls.map(({ outcome, executed }) => `${outcome}, ${executed}`)).toEqual([
        'denied, no',
        'allowed, unknown',
        'sanitized_invalid, no',
        'approval_pending, no',
        'invalid_arguments, no',
        'scan_unavailable, no',
      ]);
      expect(gateway.scans[1]).toMatchObject({ functionName: 'read', body: { path: '/a' } });
    });

    test('approves an MCP call that an approver approves, and continues with function calls', async () => {
      const { ran, tools } = handlers('pay');
      const { run, gateway } = drive(row, {
        script: ({ turn, outputs }) => {
          if (turn === 1) return requestApprovals({ name: 'yes' }, { name: 'no' });
          return turn === 2 ? callTools({ name: 'pay', id: outputs.map(({ output }) => output).join('-') }) : say('ok');
        },
        decisions: { yes: approvalRequired('ap_1'), no: approvalRequired('ap_2'), pay: 'ALLOW' },
        tools,
        options: {
          approval: 'wait',
          approvalTimeoutMs: 30,
          onApprovalRequested: () => {
            gateway.approve('ap_1');
            gateway.deny('ap_2');
          },
        },
      });
      expect(await run()).toMatchObject({ status: 'completed', text: 'ok' });
      expect(ran).toEqual([approvalTexts.join('-')]);
    });
  });
}
