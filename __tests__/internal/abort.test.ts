import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeBudget, TimeLimitError } from '../../src/internal/abort.ts';
import { rejection } from '../setup/world.ts';

const forever = async (): Promise<never> => new Promise(() => undefined);

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
