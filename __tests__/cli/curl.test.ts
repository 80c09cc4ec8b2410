import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { folder, start, type Folder, type Started } from './world.ts';

let files: Folder;
let gateway: Started;

beforeEach(async () => {
  files = await folder();
  gateway = start(['gateway', '--port', '0', '--json']);
});
afterEach(async () => {
  gateway.stop();
  await gateway.code;
  await files.remove();
});

const testWithCurl = spawnSync('curl', ['--version']).status === 0 ? test : test.skip;

testWithCurl(
  'the client without a library in the README asks the gateway, and what became of its approval',
  async () => {
    await gateway.until('made_key');
    const { url, made_key: key } = JSON.parse(gateway.out()) as { url: string; made_key: string };
    const { stdout, stderr } = await promisify(execFile)('sh', [resolve('examples/scan.sh')], {
      cwd: files.path,
      env: { PATH: process.env['PATH'], INTERVEN_GATEWAY_URL: url, INTERVEN_API_KEY: key, no_proxy: '*' },
    });
    expect(stderr).toBe('');
    const replies = stdout.replace('}{', '}\n{').trim().split('\n');
    const [scan, status] = replies.map((line) => JSON.parse(line) as Record<string, unknown>);
    const approvalId = String(scan?.['approval_id']);
    expect(scan).toMatchObject({ decision: 'REQUIRE_APPROVAL', approval_url: `${url}/#${approvalId}` });
    expect(status).toMatchObject({ status: 'pending' });
    expect((await stat(join(files.path, 'headers'))).mode & 0o077).toBe(0);
  },
  30_000,
);
