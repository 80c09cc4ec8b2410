import { afterAll, expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { compileProject, removeProject } from './setup/compiled.ts';
import { MODEL } from './setup/model.ts';

const parts = ['offline.ts', 'live-view.ts', 'model.ts'];
const examples = readdirSync('examples').filter((file) => file.endsWith('.ts') && !parts.includes(file));
const project = compileProject();
const node = (file: string) => ['-C', 'interven-source', join(project, 'examples', file.replace(/\.ts$/, '.js'))];
const { OPENAI_API_KEY: _key, INTERVEN_API_KEY: _other, FORCE_COLOR: _colours, ...env } = process.env;
const run = async (file: string, args: string[] = [], real: Record<string, string> = {}) =>
  promisify(execFile)('node', [...node(file), ...args], { env: { ...env, ...real } });

afterAll(() => {
  removeProject(project);
});

test.each(examples)(
  'examples/%s runs offline without errors',
  async (file) => {
    expect((await run(file)).stderr).toBe('');
  },
  30_000,
);

test.each(['assistants', 'responses', 'agents'])(
  'the demo with --api %s shows all four decisions and a failing handler, with a line per call',
  async (api) => {
    const { stdout } = await run('demo.ts', ['--api', api]);
    expect(stdout).toContain(`in this process (${api})`);
    const lines = stdout.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 4).join(' | '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'get_time | ALLOW | - | it ran',
        'search_docs | ALLOW | - | it ran',
        'post_message | SANITIZE | PII | it ran, with redacted arguments',
        'publish_note | DENY | SECRET_DETECTED | nothing: denied',
        'delete_backup | REQUIRE_APPROVAL | DESTRUCTIVE_OPERATION | it ran',
        'charge_card | ALLOW | - | it ran, and failed',
      ]),
    );
  },
  30_000,
);

test('into a file or pipe, the demo prints each step of a call on a line, in order, and then the text', async () => {
  const { stdout } = await run('demo.ts');
  const lines = stdout.split('\n').filter((line) => /^( {2}delete_backup:|Assistant:)/.test(line));
  expect(lines).toEqual([
    '  delete_backup: asked for, with {"name":"monday.tar"}',
    '  delete_backup: REQUIRE_APPROVAL',
    '  delete_backup: waits for a person (DESTRUCTIVE_OPERATION)',
    '  delete_backup: approved by the demo',
    '  delete_backup: runs with {"name":"monday.tar"}',
    expect.stringMatching(/^ {2}delete_backup: ran in \d+ ms$/),
    expect.stringMatching(/^Assistant: I posted to #ops and deleted monday\.tar\./),
  ]);
  expect(stdout).not.toContain('\u001b');
});

test('the demo with --interactive prints its time limit, and waits for an approver with its token', async () => {
  const demo = spawn('node', [...node('demo.ts'), '--interactive'], { env });
  let stdout = '';
  for await (const printed of demo.stdout.setEncoding('utf8')) {
    const before = stdout;
    stdout += String(printed);
    if (before.includes('waits for a person') || !stdout.includes('waits for a person')) continue;
    const [, url = '', token = ''] = /Approvals: ([^,]+),[^]*Token: (\S+)/.exec(stdout) ?? [];
    const headers = { authorization: `Bearer ${token}` };
    const { approvals } = (await (await fetch(`${url}/v1/approvals`, { headers })).json()) as {
      approvals: { approval_id: string }[];
    };
    await fetch(`${url}/v1/approvals/${approvals[0]?.approval_id ?? ''}/approve`, { method: 'POST', headers });
  }
  expect(stdout).toContain('A call waits 3 minutes for you.');
  expect(stdout).toContain('delete_backup: approved by you');
  expect(stdout).toContain('the run is completed');
});

test('the demo runs against a real API with a given thread and assistant', async () => {
  const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is late.')] });
  const { threadId, assistantId } = openai.seed('What time is it?');
  const server = await openai.listen();
  const { url } = server;
  const real = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${url}/v1` };
  const { stdout } = await run('demo.ts', ['--thread', threadId, '--assistant', assistantId], real);
  await server.close();
  expect(stdout).toContain(`A guarded run: ${url}/v1, judged by the embedded gateway.`);
  expect(stdout).toContain('Assistant: It is late.');
  openai.assertDone();
});

test.each(['responses', 'agents'])(
  'the demo runs against a real API with --api %s and a given model',
  async (api) => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is late.')] });
    const server = await openai.listen();
    const real = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${server.url}/v1` };
    const { stdout } = await run('demo.ts', ['--api', api, '--model', MODEL], real);
    await server.close();
    expect(stdout).toContain('Assistant: It is late.');
    openai.assertDone();
  },
  30_000,
);
