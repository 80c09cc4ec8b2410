import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';

const examples = readdirSync('examples').filter((file) => file.endsWith('.ts') && file !== 'offline.ts');
const run = async (file: string, args: string[] = [], real: Record<string, string> = {}) => {
  const { OPENAI_API_KEY: _key, INTERVEN_API_KEY: _other, ...env } = process.env;
  return promisify(execFile)('node', ['--import', 'tsx', '-C', 'interven-source', `examples/${file}`, ...args], {
    env: { ...env, ...real },
  });
};

test.each(examples)(
  'examples/%s runs offline and shows what it claims',
  async (file) => {
    expect((await run(file)).stderr).toBe('');
  },
  30_000,
);

test.each(['assistants', 'responses', 'agents'])(
  'the demo with --api %s meets all four decisions and a failing handler, a line per call',
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

test('the demo runs against a real address, thread and assistant when it is given them', async () => {
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
}, 30_000);

test.each(['responses', 'agents'])(
  'the demo runs at a real address with --api %s when it is given a model',
  async (api) => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'get_time' }), say('It is late.')] });
    const server = await openai.listen();
    const real = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${server.url}/v1` };
    const { stdout } = await run('demo.ts', ['--api', api, '--model', 'gpt-5'], real);
    await server.close();
    expect(stdout).toContain('Assistant: It is late.');
    openai.assertDone();
  },
  30_000,
);
