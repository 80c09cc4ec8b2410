import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Places } from '../../src/internal/places.ts';

const never = new AbortController().signal;

/** Takes a place, and lists who has one in the order in which they got it. */
async function enter(places: Places, name: string, entered: string[], signal: AbortSignal = never): Promise<void> {
  await places.take(signal);
  entered.push(name);
}

test('those that wait get a place in the order in which they came', async () => {
  const places = new Places(2);
  const entered: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) void enter(places, name, entered);
  await setImmediate();
  expect(entered).toEqual(['a', 'b']);
  places.leave();
  await setImmediate();
  expect(entered).toEqual(['a', 'b', 'c']);
  places.leave();
  places.leave();
  await setImmediate();
  await enter(places, 'e', entered);
  expect(entered).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('one that aborts while it waits gives up its turn, and keeps no place', async () => {
  const places = new Places(1);
  const entered: string[] = [];
  await enter(places, 'a', entered);
  const controller = new AbortController();
  const reason = new Error('left');
  const left = expect(enter(places, 'b', entered, controller.signal)).rejects.toBe(reason);
  void enter(places, 'c', entered);
  controller.abort(reason);
  await left;
  places.leave();
  await setImmediate();
  expect(entered).toEqual(['a', 'c']);
  await expect(places.take(controller.signal)).rejects.toBe(reason);
});

test('one that aborts as it gets its place passes it on', async () => {
  const places = new Places(1);
  const entered: string[] = [];
  await enter(places, 'a', entered);
  const controller = new AbortController();
  const waiting = enter(places, 'b', entered, controller.signal).catch(() => undefined);
  void enter(places, 'c', entered);
  controller.abort();
  places.leave();
  await waiting;
  await setImmediate();
  expect(entered).toEqual(['a', 'c']);
});

test('once closed, it gives no place, and resolves when all are empty', async () => {
  const places = new Places(2);
  const entered: string[] = [];
  await enter(places, 'a', entered);
  const closed = [places.close(), places.close()];
  const controller = new AbortController();
  const refused = expect(enter(places, 'b', entered, controller.signal)).rejects.toThrow();
  places.leave();
  await Promise.all(closed);
  controller.abort();
  await refused;
  expect(entered).toEqual(['a']);
});
