/** Prices of a model, per million tokens, in a unit of your choice. */
export interface ModelPrice {
  readonly input: number;
  /** Of the input tokens that the API read from its cache. Default: `input`. */
  readonly cachedInput?: number | undefined;
  readonly output: number;
}

/** Limits of one principal for one day, in UTC. At least one of the two. */
export interface DailyBudget {
  /** Input and output tokens. */
  readonly maxTokens?: number | undefined;
  /** In the unit of `prices`. */
  readonly maxCost?: number | undefined;
}

/** An amount of tokens, input and output, and their cost: 0 if the runner has no price for them. */
export interface SpentAmount {
  readonly tokens: number;
  readonly cost: number;
}

/** Store of what each principal spends in a day. */
export interface UsageStore {
  /**
   * Adds an amount in one atomic step, and returns the principal's total for the day, this amount included. An amount
   * of zero reads the total.
   *
   * @param principalId `id` of the principal
   * @param day the day in UTC, such as `2026-11-30`
   */
  add(principalId: string, day: string, amount: SpentAmount): SpentAmount | Promise<SpentAmount>;
}

export const NOTHING_SPENT: SpentAmount = Object.freeze({ tokens: 0, cost: 0 });

/** Creates the default store: in the memory of this process, for the current day. */
export function memoryUsageStore(): UsageStore {
  const totals = new Map<string, SpentAmount>();
  let current = '';
  return {
    add(principalId, day, { tokens, cost }) {
      if (day !== current) totals.clear();
      current = day;
      const before = totals.get(principalId) ?? NOTHING_SPENT;
      const total = { tokens: before.tokens + tokens, cost: before.cost + cost };
      totals.set(principalId, total);
      return total;
    },
  };
}
