import { afterAll, afterEach, expect, test } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IntervenGateway } from 'interven-openai-assistants';
import { compileProject, removeProject } from '../setup/compiled.ts';

const project = compileProject();
const PROGRAM = [join(project, 'src/cli/main.js')];
afterAll(() => {
  removeProject(project);
});
const {
  INTERVEN_API_KEY: _key,
  INTERVEN_GATEWAY_URL: _url,
  INTERVEN_GATEWAY_KEYS: _keys,
  INTERVEN_APPROVERS: _approvers,
  ...env
} = process.env;

const program = async (args: string[], more: Record<string, string> = {}) =>
  promisify(execFile)('node', [...PROGRAM, ...args], { env: { ...env, ...more } });

let gateway: ChildProcess | undefined;
afterEach(() => {
  gateway?.kill('SIGKILL');
});

/** The first line of the output. */
async function started(...args: string[]): Promise<{ url: string; made_key: string; made_token: string }> {
  gateway = spawn('node', [...PROGRAM, 'gateway', '--port', '0', '--json', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for await (const chunk of gateway.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return JSON.parse(text) as { url: string; made_key: string; made_token: string };
}

test('a call waits until an approver approves it on the command line; SIGTERM ends the gateway with 0', async () => {
  const { url, made_key: apiKey, made_token: token } = await started();
  const client = new IntervenGateway({ apiKey, gatewayUrl: url });
  const call = {
    functionName: 'delete_file',
    method: 'DELETE',
    url: 'https://tools.invalid/delete_file',
    body: { path: '/b' },
  };
  const decision = await client.scan({ ...call, runtimeType: 'openai_assistants' });
  const approvalId = 'approvalId' in decision ? (decision.approvalId ?? '') : '';
  const person = { INTERVEN_APPROVER_TOKEN: token, INTERVEN_GATEWAY_URL: url };
  const { stdout: list } = await program(['approvals', 'list'], person);
  expect(list).toContain(approvalId);
  expect(list).toContain('arguments  {"path":"/b"}');
  const { stdout } = await program(['approvals', 'approve', approvalId.slice(0, 8), '--note', 'fine'], person);
  expect(stdout).toMatch(/^approved by approver: /);
  expect(await client.approvalStatus(approvalId)).toMatchObject({ status: 'approved', decidedBy: 'approver' });
  gateway?.kill('SIGTERM');
  expect(await once(gateway ?? process, 'exit')).toEqual([0, null]);
  await expect(fetch(url)).rejects.toThrow();
});

test('SIGINT ends the gateway with 0 although a browser has the page open', async () => {
  const { url, made_token: token } = await started();
  const events = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${token}` } });
  expect(events.status).toBe(200);
  gateway?.kill('SIGINT');
  expect(await once(gateway ?? process, 'exit')).toEqual([0, null]);
  await events.body?.cancel().catch(() => undefined);
});

test('the process has the exit code of its command; results are on stdout and errors on stderr', async () => {
  await expect(program(['policy', 'validate', 'none.yaml'])).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringContaining('does not exist'),
    stderr: '',
  });
  await expect(program(['nothing'])).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Unknown command'),
  });
});

test('a closed output pipe is not an error', async () => {
  const ran = promisify(execFile)('bash', ['-c', `set -o pipefail; node ${PROGRAM.join(' ')} --help | true`], { env });
  expect(await ran).toMatchObject({ stderr: '' });
});

test('the program can be called by its name', () => {
  expect(readFileSync('src/cli/main.ts', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
