import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decisionLog } from 'interven-openai-assistants';
import type { ScriptedRule } from 'interven-openai-assistants/testing';
import { send, sending } from '../setup/sending.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decision-log-'));
});
afterEach(async () => rm(folder, { recursive: true }));

const pathOf = (name = 'decisions.jsonl'): string => join(folder, name);

async function entries(path = pathOf()): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A run of one call with the log as its listener. */
async function logged(
  log: ReturnType<typeof decisionLog>,
  rule: ScriptedRule = 'ALLOW',
  options: NonNullable<Parameters<typeof sending>[2]>['options'] = {},
) {
  const made = sending(rule, 1, { options: { onEvent: log, ...options } });
  const result = await made.runner.run(made.threadId, made.assistantId);
  return { ...made, ...result };
}

describe('A decision log', () => {
  test('has one line of JSON for each decision, with the hash of the arguments instead of the arguments', async () => {
    const log = decisionLog(pathOf());
    const { threadId, run } = await logged(log, { decision: 'DENY', reasonCodes: ['SECRETS'] }, { payloads: true });
    await log.flush();
    expect(await entries()).toMatchObject([
      {
        type: 'decision',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        threadId,
        runId: run.id,
        name: 'send',
        decision: 'DENY',
        effective: 'DENY',
        enforced: true,
        reasonCodes: ['SECRETS'],
        argumentsHash: expect.stringMatching(/[0-9a-f]{64}$/),
      },
    ]);
    expect(await readFile(pathOf(), 'utf8')).not.toMatch(/hunter2|ada@example/);
  });

  test('includes the arguments if both `arguments` and the runner’s `payloads` are set', async () => {
    const log = decisionLog(pathOf(), { arguments: true });
    await logged(log, 'ALLOW', { payloads: true });
    await logged(log);
    await log.flush();
    const [withPayloads, without] = await entries();
    expect(withPayloads).toMatchObject({ arguments: send.arguments });
    expect(without).not.toHaveProperty('arguments');
  });

  test('has each approval when it is requested and when it is settled, with the approver', async () => {
    const log = decisionLog(pathOf());
    const approval = { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } as const;
    const { runner, gateway, threadId, assistantId } = sending(approval, 1, {
      options: {
        approval: 'wait',
        onEvent: (event) => {
          if (event.type === 'approval-requested') gateway.approve('ap_1');
          return log(event);
        },
      },
    });
    await runner.run(threadId, assistantId);
    await log.flush();
    expect(await entries()).toMatchObject([
      { type: 'decision', decision: 'REQUIRE_APPROVAL' },
      { type: 'approval-requested', approvalId: 'ap_1' },
      { type: 'approval-settled', approvalId: 'ap_1', status: 'approved', decidedBy: 'the test' },
    ]);
  });

  test('has no control characters of terminals: neither C0 nor C1', async () => {
    const log = decisionLog(pathOf());
    const name = 'send\u001b[2J\u009b2J\u202e';
    log({ type: 'approval-requested', name, reasonCodes: [] } as never);
    await log.flush();
    expect(await readFile(pathOf(), 'utf8')).not.toMatch(/[\u001b\u0080-\u009f\u202e]/);
    expect(await entries()).toMatchObject([{ name }]);
  });

  test('writes complete lines when several runs and logs share one file', async () => {
    const logs = [decisionLog(pathOf()), decisionLog(pathOf())];
    const runs = Array.from({ length: 30 }, async (_, index) => logged(logs[index % 2] as (typeof logs)[0]));
    await Promise.all(runs);
    await Promise.all(logs.map(async (log) => log.flush()));
    expect(await entries()).toHaveLength(30);
  });

  test('continues in a new file when the old one is moved away', async () => {
    const log = decisionLog(pathOf());
    await logged(log);
    await log.flush();
    await rename(pathOf(), pathOf('decisions.1.jsonl'));
    await logged(log);
    await log.flush();
    expect([await entries(), await entries(pathOf('decisions.1.jsonl'))].map(({ length }) => length)).toEqual([1, 1]);
  });

  test('appends to an existing file, and creates one that only its owner can read', async () => {
    await writeFile(pathOf('old.jsonl'), '{"before":true}\n');
    const logs = [decisionLog(pathOf('old.jsonl')), decisionLog(pathOf())];
    for (const log of logs) {
      await logged(log);
      await log.flush();
    }
    expect(await entries(pathOf('old.jsonl'))).toMatchObject([{ before: true }, { type: 'decision' }]);
    expect((await stat(pathOf())).mode & 0o777).toBe(0o600);
  });

  test('that cannot be written reports the failure to onError, and does not affect the run', async () => {
    const faults: unknown[] = [];
    const log = decisionLog(join(folder, 'no', 'such', 'folder.jsonl'), { onError: (error) => faults.push(error) });
    expect((await logged(log)).status).toBe('completed');
    await log.flush();
    expect(faults).toMatchObject([{ code: 'ENOENT' }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no pager');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no pager'))],
  ])('continues when onError %s', async (_, onError) => {
    const path = join(folder, 'later', 'decisions.jsonl');
    const log = decisionLog(path, { onError });
    await logged(log);
    await log.flush();
    await mkdir(join(folder, 'later'));
    await logged(log);
    await log.flush();
    expect(await entries(path)).toHaveLength(1);
  });

  test.each([
    ['no path', () => decisionLog(''), 'decisionLog: path is ""; it must be the path of a file'],
    ['an unknown option', () => decisionLog('a', { payloads: true } as object), 'Unknown option "payloads"'],
    ['arguments that are not a boolean', () => decisionLog('a', { arguments: 1 as never }), 'arguments is 1'],
  ])('cannot be created with %s', (_, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});
