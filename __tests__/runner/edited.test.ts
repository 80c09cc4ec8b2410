/** An approver who edits a call: what runs, and what the record, the events and the model are told of it. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { fileJournal, tool, type Approval, type RunEvent } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { callTools, requestApprovals, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { gate } from '../setup/gate.ts';
import { shorten } from '../setup/limits.ts';
import { MODEL } from '../setup/model.ts';
import { send, sending } from '../setup/sending.ts';
import { rejection, world } from '../setup/world.ts';
import { imageOf, journalWorld, untilTheEnd } from './journal/world.ts';

beforeEach(() => {
  shorten({ approvalPollFirstMs: 1 });
});

const held = { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } as const;
const edited = { to: 'bob@example.com', text: 'my key is hunter2' };

/** Runs one call that the gateway holds, and that an approver edits. */
async function editing(approval: Partial<Approval>, setup: Parameters<typeof sending>[2] = {}) {
  const events: RunEvent[] = [];
  const decided = { status: 'approved', decidedBy: 'ann', ...approval } as const;
  const parts = sending(held, 1, {
    ...setup,
    options: {
      approval: 'wait',
      gateway: { scan: async (request) => parts.gateway.scan(request), approvalStatus: async () => decided },
      onEvent: (event) => events.push(event),
      ...setup.options,
    },
  });
  const { calls } = await parts.runner.run(parts.threadId, parts.assistantId);
  return { ...parts, calls, events };
}

describe('A call that an approver edited', () => {
  test('runs with exactly the edited arguments, and says which fields, never which values', async () => {
    const { ran, calls, events } = await editing({ editedArguments: edited, editedFields: ['wrong'] });
    expect(ran).toEqual([edited]);
    expect(calls).toMatchObject([{ outcome: 'edited', executed: 'yes', fields: ['to'] }]);
    expect(calls[0]?.approval).toEqual({ status: 'approved', decidedBy: 'ann', editedFields: ['to'] });
    expect(calls[0]?.output).toBe('A reviewer changed these arguments before the tool ran: to.\n\nsent');
    expect(events.find(({ type }) => type === 'approval-settled')).toMatchObject({
      decidedBy: 'ann',
      editedFields: ['to'],
    });
    expect(JSON.stringify([calls, events])).not.toContain('bob');
  });

  test('whose arguments did not change is an approved call', async () => {
    const { ran, calls } = await editing({ editedArguments: { ...send.arguments }, editedFields: [] });
    expect(ran).toEqual([send.arguments]);
    expect(calls).toMatchObject([{ outcome: 'allowed', fields: [], output: 'sent' }]);
  });

  test.each<[string, Record<string, unknown>, z.core.$ZodType, string]>([
    ['do not fit the schema', { to: 7 }, z.object({ to: z.string(), text: z.string() }), 'to: expected string'],
    ['lack a field', { to: 'bob' }, z.object({ to: z.string(), text: z.string() }), 'text: missing'],
    [
      'are changed by the schema',
      { ...edited, text: '%41' },
      z.object({ to: z.string(), text: z.string().transform((text) => decodeURIComponent(text)) }),
      'changes the edited arguments',
    ],
    [
      'change where the call goes',
      { ...edited, url: 'https://evil.example' },
      z.object({ to: z.string(), text: z.string(), url: z.string().optional() }),
      'the URL that the gateway judged',
    ],
    ['are larger than a scan', { ...edited, text: 'x'.repeat(300_000) }, z.looseObject({}), 'larger than 256 KB'],
    ['have a key __proto__', JSON.parse('{"__proto__":{}}') as object, z.looseObject({}), '__proto__'],
  ] as [string, Record<string, unknown>, z.core.$ZodType, string][])(
    'does not run if they %s',
    async (_, editedArguments, parameters, problem) => {
      const ran: unknown[] = [];
      const execute = (input: unknown): void => void ran.push(input);
      const { calls } = await editing({ editedArguments }, { tools: { send: tool({ parameters, execute }) } });
      expect(ran).toEqual([]);
      expect(calls).toMatchObject([
        {
          outcome: 'edited_invalid',
          executed: 'no',
          output: 'Tool not run: a reviewer changed its arguments, and it cannot work with the changed ones.',
          error: { message: expect.stringContaining(problem) },
        },
      ]);
    },
  );

  test.each<[string, object]>([
    ['a list', { editedArguments: [1] }],
    ['a date', { editedArguments: { at: new Date() } }],
    ['null', { editedArguments: null }],
    ['only the paths', { editedFields: ['to'] }],
  ])('does not run as it was if the gateway returns %s', async (_, edit) => {
    const { ran, calls } = await editing(edit);
    expect(ran).toEqual([]);
    const message = 'gateway.approvalStatus returned an edit without a JSON object as editedArguments';
    expect(calls).toMatchObject([
      { outcome: 'scan_rejected', fault: 'malformed_reply', error: { message: expect.stringContaining(message) } },
    ]);
  });

  test.each(['denied', 'expired'] as const)('does not run if it is %s', async (status) => {
    const { ran, calls } = await editing({ status, editedArguments: edited });
    expect(ran).toEqual([]);
    expect(calls).toMatchObject([{ outcome: `approval_${status}`, approval: { status } }]);
  });

  test('that a later scan replaces is not called redacted', async () => {
    const replaced: ScriptedRule = {
      decision: 'SANITIZE',
      sanitizedBody: edited,
      approvalId: 'ap_1',
      editedFields: ['to'],
    };
    const { runner, ran, threadId, assistantId } = sending(replaced);
    const { calls } = await runner.run(threadId, assistantId);
    expect(ran).toEqual([edited]);
    expect(calls).toMatchObject([{ outcome: 'edited', fields: ['to'], output: expect.stringContaining('A reviewer') }]);
  });

  test('clears one call: neither an equal one nor one with the edited arguments', async () => {
    const { runner, ran, gateway, threadId, assistantId } = sending(held, 3, {
      options: { approval: 'message' },
      script: ({ turn }) => {
        if (turn === 2) gateway.approve('ap_1', edited);
        if (turn === 4) return say('ok');
        return turn === 3 ? callTools(send, { ...send, arguments: edited }) : callTools(send);
      },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual([
      'approval_pending',
      'edited',
      'approval_pending',
      'approval_pending',
    ]);
    expect(ran).toEqual([edited]);
    expect(gateway.scans).toHaveLength(3);
  });
});

describe('The gateway learns that edits are possible', () => {
  const scanned = async (setup: Parameters<typeof sending>[2] = {}) => {
    const { runner, gateway, threadId, assistantId } = sending('ALLOW', 1, setup);
    await runner.run(threadId, assistantId);
    return gateway.scans[0]?.takesEdits;
  };

  test('if it holds approvals, unless the call runs anyway', async () => {
    expect(await scanned()).toBe(true);
    expect(await scanned({ options: { mode: 'monitor', awaitScans: true } })).toBeUndefined();
  });

  test('not for a call that the API’s server runs, which no edit can change', async () => {
    const { runner, gateway } = world({
      script: [requestApprovals({ name: 'get', server: 'files', arguments: { path: '/a' } }), say('ok')],
      decisions: { get: held },
      tools: {},
      options: {
        approval: 'wait',
        onApprovalRequested: () => {
          gateway.approve('ap_1', { path: '/b' });
        },
      },
    });
    const { calls } = await runner.responses({ model: MODEL, input: 'Hello' });
    expect(gateway.scans[0]?.takesEdits).toBeUndefined();
    expect(calls).toMatchObject([{ outcome: 'edited_invalid', executed: 'no' }]);
  });
});

test('an embedded gateway and a runner: the approver edits, the rules judge, the tool runs', async () => {
  const gateway = new EmbeddedGateway({
    policies: {
      name: 'p',
      rules: [
        { match: { operations: ['send'] }, action: 'REQUIRE_APPROVAL' },
        { condition: { x_arguments: { to: { matches: 'eve*' } } }, action: 'DENY' },
      ],
    },
  });
  const refused: unknown[] = [];
  const { runner, ran, threadId, assistantId } = sending('DENY', 1, {
    options: {
      gateway,
      approval: 'wait',
      onApprovalRequested: async ({ approvalId = '', arguments: args }) => {
        const edit = async (to: string) =>
          gateway.approve(approvalId, { decidedBy: 'ann', arguments: { ...args, to } });
        refused.push(await rejection(edit('eve@example.com')));
        await edit('bob@example.com');
      },
    },
  });
  const { calls } = await runner.run(threadId, assistantId);
  expect(refused).toEqual([expect.objectContaining({ name: 'EditError' })]);
  expect(ran).toEqual([edited]);
  expect(calls).toMatchObject([{ outcome: 'edited', approval: { decidedBy: 'ann', editedFields: ['to'] } }]);
});

describe('With a journal, an edited call', () => {
  const script = [callTools({ name: 'pay', arguments: { sum: 500 } }), say('done')];

  test('that was parked runs with the edited arguments when it is resumed', async () => {
    const { place, gateway, folder, ...parts } = await journalWorld(script, { pay: held });
    const ran: unknown[] = [];
    const pay = (input: unknown): void => void ran.push(input);
    expect(await parts.process({ pay }, { approval: 'park' }).run(place.threadId, place.assistantId)).toMatchObject({
      status: 'awaiting_approval',
    });
    gateway.approve('ap_1', { sum: 50 });
    const [id = ''] = await fileJournal(folder).list();
    const { calls } = await parts.process({ pay }).resume(place.threadId, id);
    expect(ran).toEqual([{ sum: 50 }]);
    expect(calls).toMatchObject([{ outcome: 'edited', fields: ['sum'] }]);
  });

  test('runs as it was recorded after a crash, and is in doubt with the edited arguments', async () => {
    const { place, gateway, folder, ...parts } = await journalWorld(script, { pay: held });
    const started = gate();
    const onApprovalRequested = (): void => {
      gateway.approve('ap_1', { sum: 50 });
    };
    const hanging = { pay: async () => (started.open(), new Promise<never>(() => undefined)) };
    parts
      .process(hanging, { approval: 'wait', onApprovalRequested, graceMs: 0 })
      .run(place.threadId, place.assistantId, { signal: untilTheEnd() })
      .catch(() => undefined);
    await started.opened;
    const image = await imageOf(folder);
    const [id = ''] = await fileJournal(image).list();
    gateway.approve('ap_1', { sum: 5000 });
    const ran: unknown[] = [];
    const asked: unknown[] = [];
    const again = parts.process(
      { pay: (input) => void ran.push(input) },
      { in: image, onInDoubt: ({ arguments: args }) => (asked.push(args), 'run') },
    );
    expect((await again.resume(place.threadId, id)).calls).toMatchObject([{ outcome: 'edited', fields: ['sum'] }]);
    expect(asked).toEqual([{ sum: 50 }]);
    expect(ran).toEqual([{ sum: 50 }]);
  });
});
