import { expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Limit, TimeBudget, TimeLimitError } from '../../src/internal/abort.ts';
import { rejection } from '../setup/world.ts';

const forever = async (): Promise<never> => new Promise(() => undefined);

test('work is not called within a limit that is aborted already', async () => {
  let calls = 0;
  const reason = new Error('stop');
  const work = async () => (calls += 1);
  expect(await rejection(new Limit(AbortSignal.abort(reason)).within(work))).toBe(reason);
  expect(calls).toBe(0);
});

test('work that returns its value instead of a promise is done within a limit', async () => {
  const work = (): PromiseLike<string> => 'done' as unknown as PromiseLike<string>;
  expect(await new Limit(undefined).within(work)).toBe('done');
});

test('a time budget is shared by its steps: what one spends, the next one lacks', async () => {
  const budget = new TimeBudget(30);
  expect(await rejection(budget.spend(forever))).toBeInstanceOf(TimeLimitError);
  const after = Promise.race([rejection(budget.spend(forever)), sleep(20_000, 'late', { ref: false })]);
  expect(await after).toBeInstanceOf(TimeLimitError);
});

test('a step may have a shorter limit of its own, and passes on its result and its error', async () => {
  const budget = new TimeBudget(60_000);
  expect(await rejection(budget.spend(forever, 10))).toBeInstanceOf(TimeLimitError);
  expect(await budget.spend(async () => Promise.resolve('done'))).toBe('done');
  const failure = new Error('no');
  expect(await rejection(budget.spend(async () => Promise.reject(failure)))).toBe(failure);
});

test('a signal of the caller gets one listener for all its limits, which the last one removes', async () => {
  const { signal } = new AbortController();
  const limits = Array.from({ length: 20 }, () => new Limit(signal));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  const [last, ...others] = limits;
  await Promise.all(others.map(async (limit) => limit.within(Promise.resolve())));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  last?.close();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
