import { describe, expect, test } from '@jest/globals';
import { runView, type RunEvent } from 'interven-openai-assistants';

const ESC = '\u001b';
const place = { at: new Date(0), runId: 'run_1', threadId: 'thread_1' };
const call = { ...place, callId: 'call_1', name: 'pay', turn: 1 };
const asked = (name: string, args = '{}'): RunEvent => ({
  ...call,
  type: 'tool-call',
  callId: `call_${name}`,
  name,
  arguments: args,
});
const done = (name: string): RunEvent => ({
  ...call,
  type: 'output-submitted',
  callId: `call_${name}`,
  name,
  outcome: 'denied',
  executed: 'no',
});
const said = (delta: string, itemId = 'msg_1'): RunEvent => ({ ...place, type: 'text-delta', itemId, delta });
const end: RunEvent = { ...place, type: 'run-end', status: 'completed', durationMs: 1 };

const approved: readonly RunEvent[] = [
  { ...call, type: 'tool-call', arguments: '{"cents":5}' },
  {
    ...call,
    type: 'decision',
    decision: 'REQUIRE_APPROVAL',
    effective: 'REQUIRE_APPROVAL',
    enforced: true,
    fields: [],
    reasonCodes: ['MONEY'],
    target: { method: 'POST', url: 'https://tools.invalid/pay' },
    argumentsHash: '0',
  },
  { ...call, type: 'approval-requested', reasonCodes: ['MONEY'] },
  { ...call, type: 'approval-settled', approvalId: 'ap_1', status: 'approved', decidedBy: 'ann' },
  { ...call, type: 'handler-start', input: { cents: 5 } },
  { ...call, type: 'handler-end', end: 'returned', handlerMs: 3 },
  { ...call, type: 'output-submitted', outcome: 'allowed', executed: 'yes' },
];

function shown(
  events: readonly RunEvent[],
  screen: { isTTY?: boolean; rows?: number; columns?: number },
  environment = {},
) {
  let written = '';
  const view = runView({ ...screen, write: (text) => (written += text) }, { env: environment });
  const steps = events.map((event) => {
    view(event);
    return onScreen(written);
  });
  return { written, steps, lines: steps.at(-1) ?? [] };
}

/** The screen of a terminal after this output, without colours. */
function onScreen(written: string): string[] {
  const lines = [''];
  for (const [part] of written.matchAll(/\u001b\[\??\d*[a-zA-Z]|\n|[^\u001b\n]+/g)) {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up) lines.splice(lines.length - 1 - Number(up[1]), Infinity, '');
    else if (part === '\n') lines.push('');
    else if (!part.startsWith(ESC)) lines.push((lines.pop() ?? '') + part);
  }
  return lines.filter((line) => line !== '').map((line) => line.trim());
}

const terminal = { isTTY: true, columns: 100, rows: 24 };

describe('On a terminal', () => {
  test('a call has one line, which shows its state and keeps its decision', () => {
    expect(shown(approved, terminal).steps).toEqual([
      ['pay  requested with {"cents":5}'],
      ['pay  REQUIRE_APPROVAL'],
      ['pay  REQUIRE_APPROVAL, waits for a person (MONEY)'],
      ['pay  REQUIRE_APPROVAL, approved by ann'],
      ['pay  REQUIRE_APPROVAL, approved by ann, runs with {"cents":5}'],
      ['pay  REQUIRE_APPROVAL, approved by ann, ran in 3 ms'],
      ['pay  REQUIRE_APPROVAL, approved by ann, ran in 3 ms'],
    ]);
  });

  test('text is shown as it streams, and waits while calls are in flight', () => {
    const { steps } = shown(
      [said('On'), said(' it.'), asked('a'), said('Done', 'msg_2'), done('a'), said('.', 'msg_2'), end],
      terminal,
    );
    const call = 'a  not run: denied';
    expect(steps).toEqual([
      ['Assistant: On'],
      ['Assistant: On it.'],
      ['Assistant: On it.', 'a  requested with {}'],
      ['Assistant: On it.', 'a  requested with {}'],
      ['Assistant: On it.', call, 'Assistant: Done'],
      ['Assistant: On it.', call, 'Assistant: Done.'],
      ['Assistant: On it.', call, 'Assistant: Done.'],
    ]);
  });

  test('more calls than rows are all shown in the end, and never overwrite the lines above', () => {
    const names = Array.from({ length: 9 }, (_, index) => `tool_${index}`);
    const { steps, lines } = shown([...names.map((name) => asked(name)), ...names.map(done)], { ...terminal, rows: 5 });
    for (const step of steps.slice(0, names.length)) expect(step.length).toBeLessThan(5);
    expect(lines).toEqual(names.map((name) => `${name}  not run: denied`));
  });

  test('no line is longer than the terminal is wide', () => {
    const { steps } = shown([asked('a', 'x'.repeat(500))], { ...terminal, columns: 40 });
    expect(steps[0]?.[0]?.length).toBeLessThan(40);
  });
});

describe('Without a terminal', () => {
  test('each event is a line, in order, without control sequences', () => {
    expect(shown([...approved, said('Pa'), said('id.'), end], {}).written).toBe(
      [
        '  pay: requested with {"cents":5}',
        '  pay: REQUIRE_APPROVAL',
        '  pay: waits for a person (MONEY)',
        '  pay: approved by ann',
        '  pay: runs with {"cents":5}',
        '  pay: ran in 3 ms',
        'Assistant: Paid.',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['a terminal', { isTTY: true }, {}, true],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
    ['TERM=dumb', { isTTY: true }, { TERM: 'dumb' }, false],
    ['a file', {}, {}, false],
    ['a file and FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', { isTTY: true }, { FORCE_COLOR: '0' }, false],
  ])('the output has colours or not: %s', (_, screen, environment, isColoured) => {
    expect(/\u001b\[3\dm/.test(shown(approved, screen, environment).written)).toBe(isColoured);
  });

  test('a dumb terminal gets plain lines', () => {
    expect(shown(approved, { isTTY: true }, { TERM: 'dumb' }).written).not.toContain(ESC);
  });
});

test.each([
  ['a terminal', terminal, { NO_COLOR: '1' }],
  ['a file', {}, {}],
])('control characters of the model are escaped: %s', (_, screen, environment) => {
  const odd = `${ESC}[2J\r\u009b1A\u202e\u2028\nfoo: ran`;
  const { written } = shown([asked(odd, odd), done(odd), said(odd.replace('\n', '')), end], screen, environment);
  const ours = written.replaceAll(/\u001b\[(\d+A|J|\?7[lh])/g, '');
  expect(ours).not.toMatch(/[\u001b\r\u009b\u202e\u2028]/);
  expect(ours).toContain('\\u001b[2J\\u000d\\u009b1A\\u202e\\u2028');
  expect(ours).not.toMatch(/^\s*foo/m);
});
