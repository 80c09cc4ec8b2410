import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Places } from '../../src/internal/places.ts';

const never = new AbortController().signal;

/** Work that lists its start, and lasts until it is ended. */
function works(
  places: Places,
  signal: AbortSignal = never,
): {
  readonly started: string[];
  readonly start: (name: string, own?: AbortSignal) => Promise<void>;
  readonly end: (name: string) => Promise<unknown>;
} {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    async start(name, own = signal) {
      return places.use(own, async () => {
        started.push(name);
        await new Promise<void>((end) => {
          ends.set(name, end);
        });
      });
    },
    async end(name) {
      ends.get(name)?.();
      return setImmediate();
    },
  };
}

test('work that waits starts in the order in which it came', async () => {
  const { started, start, end } = works(new Places(2));
  for (const name of ['a', 'b', 'c', 'd']) void start(name);
  await setImmediate();
  expect(started).toEqual(['a', 'b']);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c']);
  await end('a');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

test('work that fails gives its place to the next', async () => {
  const places = new Places(1);
  const failed = places.use(never, async () => Promise.reject(new Error('failed')));
  await expect(failed).rejects.toThrow('failed');
  await expect(places.use(never, async () => Promise.resolve('next'))).resolves.toBe('next');
});

test('work whose signal aborts while it waits never starts, and keeps no place', async () => {
  const { started, start, end } = works(new Places(1));
  void start('a');
  await setImmediate();
  const controller = new AbortController();
  const reason = new Error('left');
  const left = expect(start('b', controller.signal)).rejects.toBe(reason);
  void start('c');
  controller.abort(reason);
  await left;
  await end('a');
  expect(started).toEqual(['a', 'c']);
  await expect(start('d', controller.signal)).rejects.toBe(reason);
});

test('work whose signal aborts as it gets its place passes it on', async () => {
  const { started, start, end } = works(new Places(1));
  void start('a');
  await setImmediate();
  const controller = new AbortController();
  const waiting = start('b', controller.signal).catch(() => undefined);
  void start('c');
  const ended = end('a');
  controller.abort();
  await Promise.all([waiting, ended]);
  await setImmediate();
  expect(started).toEqual(['a', 'c']);
});

test('once closed, no work starts, and closing resolves when all work has ended', async () => {
  const places = new Places(1);
  const { started, start, end } = works(places);
  const controller = new AbortController();
  void start('a');
  await setImmediate();
  const refused = [start('b', controller.signal), start('c', controller.signal)].map(async (work) =>
    expect(work).rejects.toThrow(),
  );
  const closed = [places.close(), places.close()];
  refused.push(expect(start('d', controller.signal)).rejects.toThrow());
  await end('a');
  await Promise.all(closed);
  expect(started).toEqual(['a']);
  controller.abort();
  await Promise.all(refused);
});
