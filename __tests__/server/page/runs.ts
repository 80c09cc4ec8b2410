import { describe, expect, test } from '@jest/globals';
import { IntervenGateway, journalRuns, type StoredRun } from 'interven-openai-assistants';
import type { JournalEvent } from '../../../src/runner/journal/events.ts';
import { plain } from '../../../src/runner/journal/events.ts';
import { ANN, jsonOf, KEY, refusalOf, serving } from '../serving.ts';
import { browserTest, cardOf, expectText, inBrowser, world } from './page-world.ts';

const HOSTILE = '<img src=x onerror=alert(1)>\u202egnp.exe';
const CARD = ['4111', '1111', '1111', '1111'].join(' ');

/** The events of a run with a call that ran, and one that waits. */
function eventsOf(id: string, waits: boolean): readonly JournalEvent[] {
  const request = { callId: 'call_1', name: HOSTILE, arguments: JSON.stringify({ path: HOSTILE, card: CARD }) };
  const record = { callId: 'call_1', name: HOSTILE, turn: 1, reasonCodes: [], fields: [], output: `Paid with ${CARD}` };
  const asked = { type: 'tool-call', askedBy: id, turn: 1 } as const;
  const decision = { decision: 'REQUIRE_APPROVAL', reasonCodes: ['deletes'], approvalId: 'approval-1' } as const;
  return [
    { type: 'run-start', run: { id, api: 'assistants', threadId: 'thread_1', principalId: 'ada' } },
    { ...asked, call: 'c1', request: { ...request, kind: 'function' } },
    { type: 'decision', call: 'c1', decision: { decision: 'ALLOW', reasonCodes: [] } },
    { type: 'handler-start', call: 'c1' },
    { type: 'call-end', call: 'c1', record: { ...record, outcome: 'allowed', executed: 'yes', handlerMs: 700 } },
    ...(waits
      ? ([
          { ...asked, call: 'c2', request: { ...request, callId: 'call_2', name: 'drop', kind: 'function' } },
          { type: 'decision', call: 'c2', decision },
        ] as const)
      : ([{ type: 'run-end', number: 1, runId: id, status: 'completed' }] as const)),
  ];
}

/** A journal with runs by id, oldest first; those named `open…` wait. */
function journalOf(ids: readonly string[]) {
  const read = async (id: string): Promise<StoredRun | undefined> => {
    if (id === '\0') throw new Error('No file has such a name.');
    if (!ids.includes(id)) return Promise.resolve(undefined);
    const events = eventsOf(id, id.startsWith('open'));
    const entries = events.map((event, second) => ({
      key: `${second}`,
      at: new Date(Date.parse('2026-03-01T11:00:00Z') + second * 1_000),
      event: plain(event),
    }));
    return Promise.resolve({ entries, owner: undefined });
  };
  const open = ids
    .filter((id) => id.startsWith('open'))
    .map((id) => ({ id, run: undefined, owner: undefined, problem: undefined }));
  return journalRuns({ list: async () => Promise.resolve(ids), openRuns: async () => Promise.resolve(open), read });
}

describe('the routes of runs', () => {
  test('are for approvers only', async () => {
    const { as, ask } = serving({ runs: journalOf(['run_1']) });
    for (const path of ['/v1/runs', '/v1/runs/run_1', '/v1/runs/run_1/calls/0']) {
      expect([(await ask('GET', path)).status, (await as(KEY)('GET', path)).status]).toEqual([401, 403]);
      expect((await as(ANN)('GET', path)).status).toBe(200);
    }
  });

  test('list runs newest first, in pages, without payloads', async () => {
    const { ann } = serving({ runs: journalOf(['run_1', 'open_2', 'run_3']) });
    const first = await jsonOf(await ann('GET', '/v1/runs?limit=2'));
    expect(first).toMatchObject({
      has_journal: true,
      has_more: true,
      runs: [
        { run_id: 'run_3', state: 'ended', ended: 'completed', principal_ids: ['ada'], calls: 1 },
        { run_id: 'open_2', state: 'waiting', calls: 2, waiting: 1, in_doubt: 0 },
      ],
    });
    expect(JSON.stringify(first)).not.toContain('Paid');
    const idsOf = async (query: string): Promise<unknown> =>
      ((await jsonOf(await ann('GET', `/v1/runs?${query}`)))['runs'] as { run_id: string }[]).map(
        ({ run_id: id }) => id,
      );
    expect(await idsOf('limit=2&before=open_2')).toEqual(['run_1']);
    expect(await idsOf('open=true')).toEqual(['open_2']);
    expect(await refusalOf(await ann('GET', '/v1/runs?limit=9999'))).toMatchObject({ status: 400, path: 'limit' });
  });

  test('show arguments and outputs redacted, one call at a time', async () => {
    const { ann } = serving({ runs: journalOf(['open_1']) });
    const details = await jsonOf(await ann('GET', '/v1/runs/open_1'));
    expect(details).toMatchObject({
      run: { run_id: 'open_1', thread_id: 'thread_1' },
      calls: [
        { state: 'ran', decision: 'ALLOW' },
        { state: 'waiting', approval_id: 'approval-1' },
      ],
    });
    const payloads = await jsonOf(await ann('GET', '/v1/runs/open_1/calls/0'));
    expect(payloads).toMatchObject({
      redacted_fields: ['card'],
      redacted_output: expect.stringMatching(/^Paid with \[REDACTED/),
    });
    expect(JSON.stringify([details, payloads])).not.toContain(CARD);
    expect((await ann('GET', '/v1/runs/open_1/calls/2')).status).toBe(404);
  });

  test('are those to which an approval leads whose scan names its run', async () => {
    const { server, approvals } = serving();
    const { fetch } = server;
    const gateway = new IntervenGateway({
      apiKey: KEY,
      gatewayUrl: 'https://gateway.example',
      fetch,
      sendPrincipal: true,
    });
    const call = { functionName: 'delete_page', method: 'DELETE', url: 'https://tools.invalid/delete_page', body: {} };
    await gateway.scan({ ...call, runtimeType: 'openai_assistants', runId: 'run_1' });
    expect(await approvals()).toMatchObject([{ run_id: 'run_1' }]);
  });

  test('are also those of decisions, between those of the journal; of a run with both, the journal counts', async () => {
    const { gateway, ann, asked, approvals, wait } = serving({ runs: journalOf(['run_1', 'run_2']) });
    const scan = async (runId: string, functionName: string): Promise<unknown> =>
      gateway.scan(
        {
          ...{ functionName, runId, threadId: 'thread_9', agentName: 'Helper', runtimeType: 'tests', body: {} },
          ...{ method: 'DELETE', url: 'https://tools.invalid/x', principal: { id: 'ada' } },
        },
        { key: 'k1', keyName: 'support' },
      );
    await scan('run_1', 'read_page');
    await scan('other_1', 'read_page');
    await scan('other_1', 'delete_page');
    wait(60_000);
    const [approval] = await approvals();
    await ann('POST', `/v1/approvals/${String(approval?.approval_id)}/approve`, { note: 'fine' });
    await scan('other_1', 'delete_page');
    await scan('other_1', 'delete_site');
    await scan('\0', 'read_page');
    await asked();
    const listed = async (query: string) => {
      const page = await jsonOf(await ann('GET', `/v1/runs?${query}`));
      const runs = page['runs'] as { run_id: string; source: string; state: string }[];
      return [runs.map(({ run_id: id, source, state }) => `${id} ${source} ${state}`), page['has_more']];
    };
    expect(await listed('limit=3')).toEqual([
      ['\0 decisions unknown', 'other_1 decisions waiting', 'run_2 journal ended'],
      true,
    ]);
    expect(await listed('limit=3&before=run_2&before_decided=other_1')).toEqual([['run_1 journal ended'], false]);
    expect(await listed('limit=1')).toEqual([['\0 decisions unknown'], true]);
    expect(await listed('limit=1&before_decided=%00')).toEqual([['other_1 decisions waiting'], true]);
    expect(await listed('open=true')).toEqual([['other_1 decisions waiting'], false]);
    expect(await jsonOf(await ann('GET', '/v1/runs/other_1'))).toMatchObject({
      run: { thread_id: 'thread_9', principal_ids: ['ada'], agents: ['Helper (key support)'], calls: 3, waiting: 1 },
      calls: [
        { function_name: 'read_page', state: 'allowed', decision: 'ALLOW' },
        {
          state: 'allowed',
          decision: 'REQUIRE_APPROVAL',
          approval: { status: 'approved', decided_by: 'ann', note: 'fine' },
          steps: [{ name: 'scan' }, { name: 'approval', ms: 60_000, is_open: false }],
        },
        {
          function_name: 'delete_site',
          state: 'waiting',
          steps: [{ name: 'scan' }, { name: 'approval', is_open: true }],
        },
      ],
    });
    const message = expect.stringContaining('no arguments and outputs');
    expect(await refusalOf(await ann('GET', '/v1/runs/other_1/calls/0'))).toMatchObject({ status: 404, message });
    wait(600_000);
    expect(await jsonOf(await ann('GET', '/v1/runs/other_1'))).toMatchObject({
      run: { state: 'unknown' },
      calls: [{}, { state: 'allowed' }, { state: 'approval_expired' }],
    });
  });

  test('say what to do without a journal, and for a run that it does not have', async () => {
    const { ann } = serving();
    expect(await jsonOf(await ann('GET', '/v1/runs'))).toMatchObject({ has_journal: false, runs: [] });
    const message = expect.stringContaining('--journal DIR');
    expect(await refusalOf(await ann('GET', '/v1/runs/run_1'))).toMatchObject({ status: 404, message });
    const other = await serving({ runs: journalOf([]) }).ann('GET', '/v1/runs/..%2Fetc');
    expect(await refusalOf(other)).toMatchObject({ status: 404, message: expect.stringContaining('another journal') });
  });
});

describe(inBrowser('the view of runs'), () => {
  browserTest('lists runs, page by page, and those that have not ended', async () => {
    const ids = Array.from({ length: 120 }, (_, at) => `${at % 60 === 0 ? 'open' : 'run'}_${at}`);
    const { visit, trouble } = await world({ runs: journalOf(ids) });
    const page = await visit();
    await page.getByRole('link', { name: 'Runs' }).click();
    await expectText(page.locator('#runs-shown'), 'the newest 50 shown');
    expect(await page.getByRole('heading', { name: 'Approvals' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Show older runs' }).click();
    await expectText(page.locator('#runs-shown'), 'the newest 100 shown');
    await page.getByRole('button', { name: 'Show older runs' }).click();
    await expectText(page.locator('#runs-shown'), /^120 shown/);
    await page.getByRole('button', { name: 'Not ended' }).click();
    await expectText(page.locator('#runs-shown'), /^2 shown/);
    await expectText(page.getByRole('listitem'), /Waiting.*open_60.*thread_1 · for ada.*2 calls.*1 waiting/s);
    expect(trouble).toEqual([]);
  });

  browserTest('says what to do without a journal', async () => {
    const { ask, visit, trouble } = await world();
    const page = await visit({ at: '#runs' });
    await expectText(page.locator('#no-journal'), 'gateway --journal DIR');
    await ask({ runId: ' ' });
    await expectText(page.getByRole('link', { name: 'U+0020' }), 'U+0020');
    await ask({ runId: `run/${HOSTILE}`, agentName: HOSTILE });
    await ask({ runId: `run/${HOSTILE}` }, { key: 'k2', keyName: 'other key' });
    await expectText(page.getByRole('listitem'), /Waiting.*decisions only.*2 calls.*2 waiting/s);
    expect(await page.locator('#no-journal').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'run/' }).click();
    await expectText(page.locator('#run-body'), 'no journal of this run');
    await expectText(
      page.getByRole('table'),
      /waits for an approver.*Scan.*not recorded.*Approval.*so far.*Office helper \(key other key\) · Held/s,
    );
    expect(await page.getByText('Arguments and output').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  browserTest('shows a run as a table of steps, to which the card of its approval leads', async () => {
    const id = `open/${HOSTILE}`;
    const { ask, visit, trouble } = await world({ runs: journalOf([id]) });
    const approval = await ask({ runId: id });
    const page = await visit();
    await cardOf(page, 'delete_file').getByRole('link', { name: 'open/' }).click();
    const table = page.getByRole('table', { name: 'The steps of each call' });
    await expectText(table, /ran.*turn 1 · Allowed.*Handler\s*1\.0 s\s*700 ms.*drop\s*waits for an approver.*so far/s);
    await expectText(page.locator('#run-body'), /Waiting\s*1 call waits for an approver/);
    await page.getByText('Arguments and output').first().click();
    await expectText(page.locator('.payloads').first(), /card\s*\[REDACTED.*Paid with \[REDACTED/s);
    expect(await page.locator('#run-title .mark').innerText()).toBe('U+202E');
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.evaluate(`location.hash = '${approval}'`);
    await expectText(page.locator('article:focus'), 'From your link');
    expect(trouble).toEqual([]);
  });
});
