import { describe, expect, test } from '@jest/globals';
import type { DecisionEntry } from '../../src/server.ts';
import { jsonOf, refusalOf, SECRET, serving, type Json } from './serving.ts';

const entry = (number: number): DecisionEntry => ({
  at: '2026-02-28T12:00:00.000Z',
  decision: 'DENY',
  reason_codes: ['OLD'],
  function_name: `old_${number}`,
  method: 'POST',
  classifications: [],
});

describe('the latest decisions', () => {
  const decided = async (parts: ReturnType<typeof serving>, query = '') => {
    const { decisions, counts } = await jsonOf(await parts.ann('GET', `/v1/decisions${query}`));
    return { names: (decisions as Json[]).map((one) => one['function_name']), decisions, counts };
  };

  async function three() {
    const parts = serving({ decisions: [entry(1)] });
    await parts.agent('POST', '/v1/scan', { method: 'GET', url: 'https://tools.invalid/read_page', body: {} });
    await parts.agent('POST', '/v1/scan', {
      method: 'POST',
      url: 'https://slack.com/api/chat.postMessage',
      body: { text: SECRET },
    });
    return parts;
  }

  test('are listed newest first, including earlier ones, and counted', async () => {
    const { names, counts } = await decided(await three());
    expect(names).toEqual(['post_message', 'read_page', 'old_1']);
    expect(counts).toEqual({ ALLOW: 1, SANITIZE: 0, DENY: 2, REQUIRE_APPROVAL: 0 });
  });

  test('from before the start are listed without arguments, redacted and shortened like new ones', async () => {
    const old = {
      ...entry(1),
      function_name: `delete_${SECRET}`,
      agent_name: 'a'.repeat(5_000),
      url: `https://ann:pass@h.example/${SECRET}/${'b'.repeat(20_000)}?token=${SECRET}`,
      arguments: { text: 'words of the call' },
    };
    const parts = serving({ decisions: [old, { ...entry(2), url: 'https://[REDACTED]/x' }] });
    const { decisions } = await decided(parts);
    const listed = JSON.stringify(decisions);
    expect(listed).not.toMatch(/AKIA|words of the call|pass@|token=/);
    expect(listed.length).toBeLessThan(5_000);
    expect(decisions).toMatchObject([
      { url: 'https://[REDACTED]/x' },
      {
        function_name: 'delete_[REDACTED:AWS_ACCESS_KEY_ID]',
        url: expect.stringMatching(/^https:\/\/h\.example\/\[R.*…$/),
      },
    ]);
  });

  test('have truncated fields, whatever an agent sends', async () => {
    const parts = serving();
    const url = `https://tools.invalid/${'delete'.repeat(3_000)}`;
    await parts.agent('POST', '/v1/scan', { method: 'POST', url, body: {} });
    expect(JSON.stringify((await decided(parts)).decisions).length).toBeLessThan(5_000);
  });

  test('are listed without the arguments', async () => {
    const { decisions } = await decided(await three());
    expect(decisions).toContainEqual(
      expect.objectContaining({ tool_name: 'slack', reason_codes: ['SECRET_DETECTED'] }),
    );
    expect(JSON.stringify(decisions)).not.toContain(SECRET);
  });

  test.each([
    ['?decision=DENY', ['post_message', 'old_1']],
    ['?tool=SLA', ['post_message']],
    ['?tool=page&decision=ALLOW', ['read_page']],
    ['?tool=page&decision=DENY', []],
    ['?limit=1', ['post_message']],
    ['?decision=&tool=&limit=', ['post_message', 'read_page', 'old_1']],
  ])('are filtered by %s', async (query, names) => {
    const found = await decided(await three(), query);
    expect(found.names).toEqual(names);
    expect(found.counts).toMatchObject({ ALLOW: 1, DENY: 2 });
  });

  test.each([
    ['decision', '?decision=allow'],
    ['limit', '?limit=0'],
    ['limit', '?limit=1001'],
    ['limit', '?limit=-1'],
    ['limit', '?limit=ten'],
  ])('are refused for an invalid %s', async (path, query) => {
    const { ann } = serving();
    expect(await refusalOf(await ann('GET', `/v1/decisions${query}`))).toMatchObject({ status: 400, path });
  });

  test('are limited to the newest thousand, while the counts include all', async () => {
    const parts = serving({ decisions: Array.from({ length: 1_200 }, (_, index) => entry(index)) });
    const { names, counts } = await decided(parts, '?limit=1000');
    expect([names.length, names[0], names.at(-1)]).toEqual([1_000, 'old_1199', 'old_200']);
    expect(counts).toMatchObject({ DENY: 1_200 });
  });

  test('do not grow after the server has closed', async () => {
    const parts = await three();
    parts.server.close();
    await parts.agent('POST', '/v1/scan', { method: 'GET', url: 'https://tools.invalid/read_page', body: {} });
    expect((await decided(parts)).names).toHaveLength(3);
  });
});
