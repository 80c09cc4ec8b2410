import assert from 'node:assert/strict';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

offline([callTools({ name: 'search' }), callTools({ name: 'search' }), say('Done.')]);
const user = { id: 'ada' };
const totals = new Map<string, number[]>();
const db = {
  query: async (_sql: string, [id, day, ...amounts]: [string, string, number, number]) => {
    const before = totals.get(`${id} ${day}`) ?? [0, 0];
    totals.set(
      `${id} ${day}`,
      amounts.map((amount, index) => amount + Number(before[index])),
    );
    const [tokens, cost] = totals.get(`${id} ${day}`) ?? [];
    return { rows: [{ tokens, cost }] };
  },
};

// #region usage-store
import type { UsageStore } from 'interven-openai-assistants';

const usageStore: UsageStore = {
  async add(principalId, day, { tokens, cost }) {
    const { rows } = await db.query(
      `insert into spent (principal_id, day, tokens, cost) values ($1, $2, $3, $4)
       on conflict (principal_id, day) do update set tokens = spent.tokens + $3, cost = spent.cost + $4
       returning tokens, cost`,
      [principalId, day, tokens, cost], // the day is such as 2026-11-30
    );
    return { tokens: Number(rows[0]?.tokens), cost: Number(rows[0]?.cost) };
  },
};
// #endregion

// #region budgets
import OpenAI from 'openai';
import { GuardedRunner } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';

const runner = new GuardedRunner({
  client: new OpenAI(),
  gateway: new EmbeddedGateway(),
  tools: { search: () => 'found it' },
  maxTokens: 200_000, // input and output tokens of one run
  maxCost: 0.5, // of one run
  dailyBudget: { maxCost: 5 }, // of all runs of one principal in one day (UTC)
  prices: { 'gpt-6.1-sol': { input: 2, cachedInput: 0.5, output: 8 } }, // per million tokens, here in dollars
  usageStore,
});
const { cost } = await runner.responses({ model: 'gpt-6.1-sol', input: 'Search.' }, { principal: { id: user.id } });
// #endregion

assert.ok(cost !== undefined && cost > 0);
assert.equal([...totals.values()].length, 1);
const { 1: total = 0 } = [...totals.values()][0] ?? [];
assert.ok(Math.abs(total - cost) < 1e-9);
