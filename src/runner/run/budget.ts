import { Limit } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { NOTHING_SPENT, type DailyBudget, type ModelPrice, type SpentAmount } from '../budgets.ts';
import { RunFailure } from '../errors.ts';
import type { RunUsage } from '../events.ts';
import { limits } from '../limits.ts';
import type { RunSettings } from '../settings.ts';

/** An API's object that may report its usage: a response, a run or a turn. */
export interface UsageReport {
  readonly status?: unknown;
  readonly model?: unknown;
  readonly usage?: unknown;
}

/** Statuses with which an API reports the usage. It does not for what failed, was cancelled or is in progress. */
const REPORTED: ReadonlySet<unknown> = new Set(['completed', 'incomplete']);

/** Counts what a run uses, for its own limits and for those of its principal's day. */
export class Budget {
  readonly #settings: RunSettings;
  readonly #model: string | undefined;
  readonly #isLimited: boolean;
  /** True if a limit of the cost applies. */
  readonly needsPrice: boolean;
  /** Everything that the API reported so far. */
  usage: RunUsage | undefined;
  /** Why no further call may run. */
  exceeded: RunFailure | undefined;
  /** Why a limit cannot be checked. Then no further call may run either. */
  uncounted: RunFailure | undefined;

  /**
   * @param model of the request, if it names one
   * @throws TypeError if a limit of the cost applies, and the model has no price
   */
  constructor(settings: RunSettings, model?: unknown) {
    const { maxTokens, maxCost, dailyBudget } = settings;
    this.#settings = settings;
    this.#model = typeof model === 'string' ? model : undefined;
    this.#isLimited = maxTokens < Infinity || maxCost < Infinity || dailyBudget !== undefined;
    this.needsPrice = maxCost < Infinity || dailyBudget?.maxCost !== undefined;
    if (this.#model !== undefined && this.needsPrice && !this.#priceOf(undefined))
      throw new TypeError(noPriceFor(this.#model));
  }

  /** @throws RunFailure if the principal has used up its day, or that cannot be read */
  async admit(): Promise<void> {
    await this.#spend(NOTHING_SPENT);
    if (this.exceeded) throw this.exceeded;
  }

  /**
   * Counts what the API reports. Never rejects: `exceeded` says when it is too much.
   *
   * @param isReplayed true if an earlier process counted it for the principal's day
   * @returns the usage, if the API reports it
   */
  async count({ status, model, usage }: UsageReport, isReplayed: boolean): Promise<RunUsage | undefined> {
    const price = this.#settings.prices && this.#priceOf(model);
    const used = usage ? readUsage(usage, price) : undefined;
    if (used) this.usage = this.usage ? sumOf(this.usage, used) : used;
    if (!this.#isLimited) return used;
    if (this.needsPrice && (used ?? model) !== undefined) this.checkPrice(model);
    if (!used && REPORTED.has(status))
      this.#fail('The API reported no usage, so that the limits of tokens and cost cannot be checked.');
    this.#compare('The run', 'its', amountOf(this.usage), this.#settings);
    if (used && !isReplayed) await this.#spend(amountOf(used));
    return used;
  }

  /** No further call may run if the model that answers has no price. */
  checkPrice(model: unknown): void {
    if (!this.#priceOf(model)) this.#fail(noPriceFor(typeof model === 'string' ? model : this.#model));
  }

  async #spend(amount: SpentAmount): Promise<void> {
    const { dailyBudget, principal, usageStore } = this.#settings;
    if (!dailyBudget || !principal) return;
    const day = new Date().toISOString().slice(0, 10);
    try {
      const total: unknown = await new Limit(undefined, limits.usageStoreMs).within(async () =>
        usageStore.add(principal.id, day, amount),
      );
      const { tokens, cost } = Object(total) as Partial<SpentAmount>;
      if (!isCount(tokens) || !isCount(cost))
        throw new TypeError(`usageStore.add returned ${shown(total)}; it must return { tokens, cost }.`);
      // A store may round the cost.
      if (tokens < amount.tokens)
        throw new TypeError(
          'usageStore.add returned fewer tokens than it was to add; it must return the total of the day.',
        );
      this.#compare('The principal', 'the dailyBudget', { tokens, cost }, dailyBudget);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : typeof cause;
      this.#fail(`The usageStore failed, so that the dailyBudget cannot be checked: ${reason}`, cause);
    }
  }

  #compare(who: string, whose: string, { tokens, cost }: SpentAmount, limit: DailyBudget): void {
    const { maxTokens = Infinity, maxCost = Infinity } = limit;
    const over = (used: string, max: string): void => {
      this.exceeded ??= new RunFailure('over_budget', `${who} has used ${used}, and ${whose} ${max}.`);
    };
    if (tokens >= maxTokens) over(`${tokens} tokens`, `maxTokens is ${maxTokens}`);
    if (cost >= maxCost) over(`${cost} in the unit of prices`, `maxCost is ${maxCost}`);
  }

  #fail(message: string, cause?: unknown): void {
    this.uncounted ??= new RunFailure('over_budget', message, cause === undefined ? {} : { cause });
    this.exceeded = this.uncounted;
  }

  /** The price of the model that answered, which may be a dated one, or of the one that was requested. */
  #priceOf(model: unknown): ModelPrice | undefined {
    const { prices = {} } = this.#settings;
    const named = [model, this.#model].find((name) => typeof name === 'string' && Object.hasOwn(prices, name));
    return typeof named === 'string' ? prices[named] : undefined;
  }
}

function amountOf(usage: RunUsage | undefined): SpentAmount {
  return usage ? { tokens: usage.inputTokens + usage.outputTokens, cost: usage.cost ?? 0 } : NOTHING_SPENT;
}

function noPriceFor(model: string | undefined): string {
  const which = model === undefined ? 'the model, which the API does not name' : `the model ${shown(model)}`;
  return `prices has no entry for ${which}, so that maxCost cannot be checked. Add it: { input, output } per million tokens.`;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an API's usage, with its cost if the model has a price; undefined if it has no token counts. The Assistants API
 * uses the older names, Azure's SDK the same in camelCase.
 */
export function readUsage(usage: unknown, price?: ModelPrice): RunUsage | undefined {
  const fields = Object(usage) as Fields;
  const inputTokens = fields['input_tokens'] ?? fields['prompt_tokens'] ?? fields['promptTokens'];
  const outputTokens = fields['output_tokens'] ?? fields['completion_tokens'] ?? fields['completionTokens'];
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined;
  const details = fields['input_tokens_details'] ?? fields['prompt_token_details'] ?? fields['prompt_tokens_details'];
  const cached = (Object(details) as Fields)['cached_tokens'];
  const cachedInputTokens = isCount(cached) ? Math.min(cached, inputTokens) : 0;
  const tokens = { inputTokens, cachedInputTokens, outputTokens };
  return Object.freeze(price ? { ...tokens, cost: costOf(tokens, price) } : tokens);
}

/** The cost of the sum is known only if both costs are. */
function sumOf(one: RunUsage, other: RunUsage): RunUsage {
  const cost = one.cost === undefined || other.cost === undefined ? undefined : one.cost + other.cost;
  return Object.freeze({
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...(cost === undefined ? {} : { cost }),
  });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function costOf(tokens: RunUsage, { input, cachedInput = input, output }: ModelPrice): number {
  const { inputTokens, cachedInputTokens, outputTokens } = tokens;
  const fresh = inputTokens - cachedInputTokens;
  return (fresh * input + cachedInputTokens * cachedInput + outputTokens * output) / 1_000_000;
}
