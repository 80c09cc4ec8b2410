import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import {
  callTools,
  emitItems,
  fail,
  FakeOpenAI,
  reportStatus,
  requestApprovals,
  requireAction,
  requireConnection,
  say,
  ScriptedGateway,
  stopShort,
} from 'interven-openai-assistants/testing';
import type { FakeOpenAIOptions, Misbehaviour, ModelStep, ScriptedRule } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';

/** The message of the TypeError that `misuse` throws. */
function refusal(misuse: () => unknown): string {
  try {
    misuse();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  }
  throw new Error('The misuse was accepted.');
}

const misbehave = (operation: string, how: unknown) => () => {
  new FakeOpenAI({ script: [] }).misbehave(operation as 'runs.create', how as Misbehaviour);
};

describe('misbehave', () => {
  test.each([
    ['drop', 'dropRequest'],
    ['dropreply', 'dropReply'],
    ['delay', 'delayMs'],
    ['cutAfterEvent', 'cutAfterEvents'],
  ])('refuses the unknown fault %s, suggests %s and lists the faults', (fault, meant) => {
    expect(refusal(misbehave('runs.create', { [fault]: true }))).toBe(
      `misbehave("runs.create"): unknown fault "${fault}". Did you mean "${meant}"? Known faults: dropRequest, status, delayMs, dropReply, cutBody, rewrite, cutAfterEvents, endAfterEvents, stallAfterEvents, errorAfterEvents, headers, times.`,
    );
  });

  test('refuses an unknown fault beside a known one, without a suggestion if no name is close', () => {
    expect(refusal(misbehave('runs.create', { status: 500, retries: 2 }))).toContain('unknown fault "retries". Known');
  });

  test('refuses an unknown operation, suggests the nearest and lists the operations', () => {
    const message = refusal(misbehave('run.create', { dropReply: true }));
    expect(message).toContain(
      'misbehave: unknown operation "run.create". Did you mean "runs.create"? Known operations: ',
    );
    expect(message).toContain('responses.create, ');
    expect(refusal(misbehave('constructor', { dropReply: true }))).toContain('unknown operation "constructor". Known');
  });

  test.each<[unknown, string]>([
    [{ dropReply: 'yes' }, 'dropReply must be true or false, but is "yes".'],
    [{ dropRequest: 1 }, 'dropRequest must be true or false, but is 1.'],
    [{ cutBody: null }, 'cutBody must be true or false, but is null.'],
    [{ status: '503' }, 'status must be an HTTP status from 300 to 599, but is "503".'],
    [{ status: 200 }, 'status must be an HTTP status from 300 to 599, but is 200.'],
    [{ status: 304 }, 'status must be an HTTP status from 300 to 599, but is 304.'],
    [{ status: 503, headers: { 'retry-after': 1 } }, 'headers must be an object of strings, but is an object.'],
    [{ headers: { 'retry-after': '1' }, dropReply: true }, 'headers need a status.'],
    [{ delayMs: -1 }, 'delayMs must be milliseconds, 0 or more, but is -1.'],
    [{ delayMs: '10' }, 'delayMs must be milliseconds, 0 or more, but is "10".'],
    [{ rewrite: {} }, 'rewrite must be a function, but is an object.'],
    [{ status: 500, times: 0 }, 'times must be a positive integer, but is 0.'],
    [{ status: 500, times: 1.5 }, 'times must be a positive integer, but is 1.5.'],
    ['dropReply', 'the fault must be an object such as { dropReply: true }, but is "dropReply".'],
    [undefined, 'the fault must be an object such as { dropReply: true }, but is undefined.'],
  ])('refuses %j', (how, message) => {
    expect(refusal(misbehave('runs.create', how))).toBe(`misbehave("runs.create"): ${message}`);
  });

  test.each([{}, { times: 2 }, { dropReply: false }, { dropReply: undefined }])(
    'refuses %j, which has no fault',
    (how) => {
      expect(refusal(misbehave('runs.create', how))).toMatch(/^misbehave\("runs.create"\) has no fault\. Pass one of /);
    },
  );

  test.each<[Misbehaviour, string]>([
    [{ dropRequest: true, status: 500 }, 'dropRequest and status'],
    [{ status: 500, delayMs: 10 }, 'status and delayMs'],
    [{ dropReply: true, cutBody: true }, 'dropReply and cutBody'],
    [{ cutBody: true, rewrite: () => ({}) }, 'cutBody and rewrite'],
    [{ dropReply: true, cutAfterEvents: 1 }, 'dropReply and cutAfterEvents'],
    [{ stallAfterEvents: 1, cutAfterEvents: 2 }, 'cutAfterEvents and stallAfterEvents'],
  ])('refuses %j: the first fault would hide the second', (how, both) => {
    expect(refusal(misbehave('runs.create', how))).toBe(
      `misbehave("runs.create"): ${both} cannot happen to the same request. Pass one.`,
    );
  });

  test.each<Misbehaviour>([
    { delayMs: 0, dropReply: true },
    { delayMs: 10, cutBody: true, times: Infinity },
    { delayMs: 10, rewrite: () => ({}), cutAfterEvents: 1 },
    { dropReply: true, dropRequest: false },
  ])('accepts %j', (how) => {
    expect(misbehave('runs.create', how)).not.toThrow();
  });

  test.each(['cutAfterEvents', 'endAfterEvents', 'stallAfterEvents', 'errorAfterEvents'])(
    'refuses %s of an operation without an event stream, and unless it is a number of events',
    (fault) => {
      const streams = 'runs.create, runs.submitToolOutputs, responses.create, responses.retrieve, events.stream';
      expect(refusal(misbehave('runs.retrieve', { [fault]: 1 }))).toBe(
        `misbehave("runs.retrieve"): ${fault} needs an operation with an event stream: ${streams}.`,
      );
      for (const events of [-1, 0.5, NaN, Infinity]) {
        const message = `${fault} must be a number of events, 0 or more, but is ${String(events)}.`;
        expect(refusal(misbehave('runs.create', { [fault]: events }))).toBe(`misbehave("runs.create"): ${message}`);
      }
    },
  );

  test('refuses to rewrite the empty response of events.create', () => {
    expect(refusal(misbehave('events.create', { rewrite: () => ({}) }))).toContain('the reply has no body to rewrite');
  });
});

describe('FakeOpenAI', () => {
  test.each<[unknown, string]>([
    [undefined, 'new FakeOpenAI: options must be an object such as { script: [] }, but is undefined.'],
    [{}, 'script must be an array of steps or a function, but is undefined.'],
    [{ script: say('Hi.') }, 'script must be an array of steps or a function, but is an object.'],
    [{ steps: [] }, 'new FakeOpenAI: unknown option "steps". Known options: script, thinkMs, lifetimeMs.'],
    [
      { script: [], thinkMS: 5 },
      'new FakeOpenAI: unknown option "thinkMS". Did you mean "thinkMs"? Known options: script, thinkMs, lifetimeMs.',
    ],
  ])('refuses the options %j', (options, message) => {
    expect(refusal(() => new FakeOpenAI(options as FakeOpenAIOptions))).toBe(message);
  });

  test.each(['thinkMs', 'lifetimeMs'])('refuses a %s that is not a duration', (option) => {
    for (const value of [-1, NaN, '5']) {
      expect(refusal(() => new FakeOpenAI({ script: [], [option]: value }))).toContain(`new FakeOpenAI: ${option}`);
    }
  });

  test('refuses a message that is not a string, and an unknown status for endRun', () => {
    const openai = new FakeOpenAI({ script: [] });
    expect(refusal(() => openai.seed({} as string))).toBe('seed: message must be a string, but is an object.');
    const end = () => {
      openai.endRun('run_1', 'canceled' as 'cancelled');
    };
    expect(refusal(end)).toBe(
      'endRun: unknown status "canceled". Did you mean "cancelled"? Known statuses: cancelled, expired, failed.',
    );
  });
});

describe('a step of the script', () => {
  const anything = (value: unknown) => value as never;

  test.each<[string, () => unknown, string]>([
    [
      'a call without a name',
      () => callTools(anything({ arguments: {} })),
      'callTools: call 1: name must be a string, but is undefined.',
    ],
    [
      'a name in place of a call',
      () => callTools(anything('pay')),
      'callTools: call 1 must be an object such as { name: \'get_time\' }, but is "pay".',
    ],
    [
      'an array of calls',
      () => callTools(anything([{ name: 'pay' }])),
      "callTools: call 1 must be an object such as { name: 'get_time' }, but is an array.",
    ],
    [
      'approval of a call without a name',
      () => requestApprovals({ name: 'a' }, anything({})),
      'requestApprovals: call 2: name must be a string, but is undefined.',
    ],
    [
      'arguments that are a number',
      () => callTools(anything({ name: 'pay', arguments: 5 })),
      'callTools: call 1: arguments must be an object or a string, but is 5.',
    ],
    [
      'an unknown kind',
      () => callTools(anything({ name: 'pay', kind: 'custom' })),
      'callTools: call 1: kind must be "function" or "text", but is "custom".',
    ],
    ['no text', () => say(anything(undefined)), 'say: text must be a string, but is undefined.'],
    [
      'a failure without a message',
      () => fail(anything(undefined)),
      'fail: message must be a string, but is undefined.',
    ],
    [
      'a reason that is a call',
      () => stopShort(anything({ name: 'pay' })),
      'stopShort: reason must be a string, but is an object.',
    ],
    [
      'items that are no objects',
      () => emitItems(anything('hi')),
      'emitItems: items must be an array of objects, but is an array.',
    ],
    [
      'a connection without its environment',
      () => requireConnection(anything(undefined)),
      'requireConnection: environmentId must be a string, but is undefined.',
    ],
    [
      'no action',
      () => requireAction(anything(undefined)),
      'requireAction: action must be an object, but is undefined.',
    ],
    ['no status', () => reportStatus(anything(undefined)), 'reportStatus: status must be a string, but is undefined.'],
  ])('is refused: %s', (_, make, message) => {
    expect(refusal(make)).toBe(message);
  });

  test('is refused with an unknown field, which is listed beside the known ones', () => {
    expect(refusal(() => callTools(anything({ name: 'pay', argument: {} })))).toBe(
      'callTools: call 1: unknown field "argument". Did you mean "arguments"? Known fields: name, arguments, id, server, kind, namespace, async, caller, subagent, argumentsAs, afterMs, pendingAfterMs.',
    );
  });

  test.each<[unknown, string]>([
    [say, "script[1] must be a step such as callTools({ name: 'get_time' }) or say('Done.'), but is the function say."],
    ['Hi.', "script[1] must be a step such as callTools({ name: 'get_time' }) or say('Done.'), but is \"Hi.\"."],
    [
      { step: 'call-tool', calls: [] },
      'script[1]: unknown step "call-tool". Did you mean "call-tools"? Known steps: call-tools, request-approvals, say, fail, stop-short, emit-items, require-action, report-status.',
    ],
    [{ step: 'say' }, 'script[1]: text must be a string, but is undefined.'],
    [{ step: 'say', text: 'Hi.', calls: [] }, 'script[1]: unknown field "calls". Known fields: step, text.'],
  ])('written by hand is refused: %j', (step, message) => {
    expect(refusal(() => new FakeOpenAI({ script: [say('One'), step as ModelStep] }))).toBe(message);
  });

  test('that a function returns fails the response, and assertDone reports it', async () => {
    const openai = new FakeOpenAI({ script: () => undefined as never });
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
    const { status, error } = await client.responses.create({ model: MODEL, input: 'Hi' });
    const message =
      "The script's function must be a step such as callTools({ name: 'get_time' }) or say('Done.'), but is undefined.";
    expect([status, error?.message]).toEqual(['failed', `The script threw: TypeError: ${message}`]);
    expect(openai.assertDone.bind(openai)).toThrow(message);
  });
});

describe('ScriptedGateway', () => {
  const words = 'ALLOW, DENY, REQUIRE_APPROVAL';
  const wrong: [unknown, string][] = [
    ['allow', `unknown decision "allow". Did you mean "ALLOW"? Known decisions: ${words}.`],
    ['MAYBE', `unknown decision "MAYBE". Known decisions: ${words}.`],
    [{ decision: 'BLOCK' }, 'unknown decision "BLOCK". Known decisions: ALLOW, DENY, SANITIZE, REQUIRE_APPROVAL.'],
    [{}, 'unknown decision undefined. Known decisions: ALLOW, DENY, SANITIZE, REQUIRE_APPROVAL.'],
    [{ decison: 'DENY' }, 'unknown field "decison". Did you mean "decision"? Known fields: decision, fault.'],
    [
      { fault: 'time_out' },
      'unknown fault "time_out". Did you mean "timeout"? Known faults: unreachable, timeout, server_error, rate_limited, malformed_reply, too_large, configuration, unknown.',
    ],
    [{ fault: 'timeout', delayMs: 5 }, 'unknown field "delayMs". Known fields: fault.'],
  ];

  test.each(wrong)('refuses the rule %j', (rule, message) => {
    expect(refusal(() => new ScriptedGateway({ pay: rule as ScriptedRule }))).toBe(`The rule for "pay": ${message}`);
  });

  test.each<[unknown, string]>([
    ['SANITIZE', 'must be { decision: \'SANITIZE\', sanitizedBody: … }, but is "SANITIZE".'],
    [undefined, `must be ${words}, an object or a function, but is undefined.`],
    [true, `must be ${words}, an object or a function, but is true.`],
  ])('refuses the rule %j', (rule, message) => {
    expect(refusal(() => new ScriptedGateway({ pay: rule as ScriptedRule }))).toBe(`The rule for "pay" ${message}`);
  });

  test('refuses a field that the decision does not have', () => {
    const misspelt = { decision: 'DENY', reasonCode: ['PII'] } as unknown as ScriptedRule;
    expect(refusal(() => new ScriptedGateway({ pay: misspelt }))).toContain(
      'The rule for "pay", DENY: unknown field "reasonCode". Did you mean "reasonCodes"?',
    );
    const misplaced = { decision: 'DENY', sanitizedBody: {} } as unknown as ScriptedRule;
    expect(refusal(() => new ScriptedGateway({ pay: misplaced }))).toContain(
      'The rule for "pay", DENY: unknown field "sanitizedBody".',
    );
    const late = { decision: 'ALLOW', delayMs: -1 } as const;
    expect(refusal(() => new ScriptedGateway({ pay: late }))).toContain('The rule for "pay": delayMs');
  });

  test('refuses an array of rules', () => {
    expect(refusal(() => new ScriptedGateway(['ALLOW'] as never))).toBe(
      "new ScriptedGateway: rules must be an object such as { pay: 'ALLOW' }, but is an array.",
    );
  });

  test.each(wrong)('rejects the scan if a function returns %j, and assertDone reports it', async (rule, message) => {
    const gateway = new ScriptedGateway({ pay: () => rule as 'ALLOW' });
    const request = { functionName: 'pay', method: 'POST', url: 'https://pay.example', body: {}, runtimeType: 'test' };
    await expect(gateway.scan(request)).rejects.toThrow(message);
    expect(gateway.assertDone.bind(gateway)).toThrow(`The rule for "pay": ${message}`);
  });

  test('refuses an unknown fault for failStatus, or none', () => {
    const gateway = new ScriptedGateway({});
    const fail = (...faults: string[]) =>
      refusal(() => {
        gateway.failStatus(...(faults as 'timeout'[]));
      });
    expect(fail('timeout', 'unreachabel')).toContain(
      'failStatus: unknown fault "unreachabel". Did you mean "unreachable"?',
    );
    expect(fail()).toContain('failStatus needs a fault: unreachable, ');
  });
});
