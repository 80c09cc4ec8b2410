import { expect, test } from '@jest/globals';
import OpenAI7 from 'openai7';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { runDemo } from '../../src/cli/demo/run-demo.ts';
import { MODEL } from '../setup/model.ts';
import { cli, start } from './world.ts';

const ROWS = [
  'get_time | ALLOW | - | it ran',
  'search_docs | ALLOW | - | it ran',
  'post_message | SANITIZE | PII | it ran, with redacted arguments',
  'publish_note | DENY | SECRET_DETECTED | nothing: denied',
  'delete_backup | REQUIRE_APPROVAL | DESTRUCTIVE_OPERATION | it ran',
  'charge_card | ALLOW | - | it ran, and failed',
];
const rowsIn = (out: string): string[] =>
  out.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 4).join(' | '));

test('the demo shows all four decisions and a failing handler: each step on a line, in order, the text, and a table', async () => {
  const { code, out, err } = await cli(['demo']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('in this process (assistants), judged by the embedded gateway.');
  expect(rowsIn(out)).toEqual(expect.arrayContaining(ROWS));
  const lines = out.split('\n').filter((line) => /^( {2}delete_backup:|Assistant:)/.test(line));
  expect(lines).toEqual([
    '  delete_backup: requested with {"name":"monday.tar"}',
    '  delete_backup: REQUIRE_APPROVAL',
    '  delete_backup: waits for a person (DESTRUCTIVE_OPERATION)',
    '  delete_backup: approved by the demo',
    '  delete_backup: runs with {"name":"monday.tar"}',
    expect.stringMatching(/^ {2}delete_backup: ran in \d+ ms$/),
    expect.stringMatching(/^Assistant: I posted to #ops and deleted monday\.tar\./),
  ]);
  expect(out).not.toContain('\u001b');
});

test('on a terminal, also one of 0 columns, the demo keeps a line per call, and has no colours with NO_COLOR', async () => {
  const screen = { isTTY: true, columns: 0, rows: 0 };
  const { code, out } = await cli(['demo', '--api', 'responses'], { screen, env: { NO_COLOR: '1' } });
  expect(code).toBe(0);
  expect(out).toContain('  delete_backup  REQUIRE_APPROVAL, approved by the demo, ran in');
  expect(out).not.toMatch(/\u001b\[\d+m/);
});

test('the demo runs with the Agents API, if openai has it', async () => {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const io = {
    env: {},
    write,
    log: write,
    screen: { write },
    stdin: [] as never,
    stopSignal: () => new AbortController().signal,
  };
  expect(
    await runDemo(
      { api: 'agents', interactive: false, json: false },
      io,
      OpenAI7 as unknown as Parameters<typeof runDemo>[2],
    ),
  ).toBe(0);
  expect(rowsIn(written.join(''))).toEqual(expect.arrayContaining(ROWS));
  const { code, err } = await cli(['demo', '--api', 'agents']);
  expect([code, err]).toEqual([3, expect.stringContaining('--api agents needs openai 7.15 or newer.')]);
});

test('with --interactive, the demo waits for an approver with its token', async () => {
  const demo = start(['demo', '--interactive']);
  await demo.until('waits for a person');
  const [, url = '', token = ''] = /Approvals: ([^,]+),[^]*Token: (\S+)/.exec(demo.out()) ?? [];
  const list = await cli(['approvals', 'list', '--json', '--url', url], { env: { INTERVEN_APPROVER_TOKEN: token } });
  const [, id = ''] = /"approval_id":"([^"]+)"/.exec(list.out) ?? [];
  await cli(['approvals', 'approve', id, '--url', url], { env: { INTERVEN_APPROVER_TOKEN: token } });
  expect(await demo.code).toBe(0);
  expect(demo.out()).toContain('A call waits 3 minutes for you.');
  expect(demo.out()).toContain('delete_backup: approved by you');
});

test.each(['assistants', 'responses'])('the demo makes a real run with --api %s', async (api) => {
  const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is late.')] });
  const { threadId, assistantId } = openai.seed('What time is it?');
  const server = await openai.listen();
  const env = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${server.url}/v1` };
  const place = api === 'assistants' ? ['--thread', threadId, '--assistant', assistantId] : ['--model', MODEL];
  const { out } = await cli(['demo', '--api', api, ...place, '--json'], { env });
  await server.close();
  expect(JSON.parse(out)).toMatchObject({
    status: 'completed',
    text: 'It is late.',
    calls: [{ name: 'get_time', decision: 'ALLOW', outcome: 'allowed', executed: 'yes' }],
  });
});

test.each([
  [['--api', 'response'], '--api is "response". Did you mean "responses"?'],
  [['--model', MODEL], 'A real run needs OPENAI_API_KEY.'],
])('the demo refuses %j', async (args, message) => {
  const { code, err } = await cli(['demo', ...args]);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
