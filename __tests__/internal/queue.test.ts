import { describe, expect, test } from '@jest/globals';
import { Queue } from '../../src/internal/queue.ts';

describe('a queue', () => {
  test('returns items in the order in which they were added', () => {
    const queue = new Queue<number>();
    const out: (number | undefined)[] = [];
    for (let item = 0; item < 1_000; item += 1) {
      queue.push(item);
      if (item % 3 === 0) out.push(queue.shift());
    }
    while (queue.size > 0) out.push(queue.shift());
    expect(out).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
    expect([queue.shift(), queue.size]).toEqual([undefined, 0]);
  });
});
