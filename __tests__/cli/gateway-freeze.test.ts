import { afterEach, describe, expect, test } from '@jest/globals';
import { cli, folder, start, type Folder, type Started } from './world.ts';

const KEY = ['iv', 'test', 'of', 'this', 'freeze'].join('_');
const TOKEN = ['token', 'of', 'ann', '1234'].join('-');

let data: Folder;
let running: Started | undefined;
afterEach(async () => {
  running?.stop();
  await running?.code;
  await data.remove();
});

/** Starts a gateway with the folder. Returns its URL. */
async function gateway(): Promise<string> {
  const env = { INTERVEN_GATEWAY_KEYS: KEY, INTERVEN_APPROVERS: `ann:${TOKEN}` };
  running = start(['gateway', '--port', '0', '--data', data.path, '--json'], { env });
  await running.until('"url"');
  return (JSON.parse(running.out()) as { url: string }).url;
}
const command = async (url: string, ...args: string[]) =>
  cli(['gateway', ...args], { env: { INTERVEN_APPROVER_TOKEN: TOKEN, INTERVEN_GATEWAY_URL: url } });
async function scan(url: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/scan`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: 'GET', url: 'https://tools.invalid/get_time', body: {} }),
  });
  return response.json();
}

describe('gateway freeze', () => {
  test('denies every call, also after a restart, until gateway unfreeze', async () => {
    data = await folder();
    const before = await gateway();
    expect(await scan(before)).toMatchObject({ decision: 'ALLOW' });
    const frozen = await command(before, 'freeze', '--reason', 'incident 12', '--void-approvals');
    expect(frozen).toMatchObject({ code: 0, err: '' });
    expect(frozen.out).toMatch(
      /^Frozen by ann at \S+Z: incident 12\nEvery call is denied\. Approvals were voided\. End the freeze with gateway unfreeze\.\n$/,
    );
    expect(await scan(before)).toMatchObject({ decision: 'DENY', reason_codes: ['FROZEN'] });
    running?.stop();
    await running?.code;

    const after = await gateway();
    expect(running?.err()).toMatch(
      /^The gateway is frozen by ann since \S+Z: every call is denied, until gateway unfreeze\.$/m,
    );
    expect(await scan(after)).toMatchObject({ decision: 'DENY', reason_codes: ['FROZEN'] });
    expect(await command(after, 'unfreeze')).toEqual({ code: 0, out: 'Not frozen: the policies decide.\n', err: '' });
    expect(await scan(after)).toMatchObject({ decision: 'ALLOW' });
    const json = await command(after, 'freeze', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ frozen: { by: 'ann', pending: 'keep' } });
  });

  test('needs an approver’s token', async () => {
    data = await folder();
    expect(await cli(['gateway', 'freeze'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('No approver token.'),
    });
    expect((await cli(['gateway', 'freeze', '--help'])).out).toContain(
      'Usage: interven-openai-assistants gateway freeze',
    );
  });
});
