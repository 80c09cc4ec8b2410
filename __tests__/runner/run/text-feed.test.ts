import { describe, expect, test } from '@jest/globals';
import { createTextFeed, type TextFeed } from '../../../src/runner/run/text-feed.ts';

function told(feeding: (feed: TextFeed) => void): string[] {
  const deltas: string[] = [];
  feeding(createTextFeed((itemId, delta) => deltas.push(`${itemId}: ${delta}`)));
  return deltas;
}

describe('The text of a run', () => {
  test('is emitted piece by piece, and not again as a whole', () => {
    const deltas = told((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is');
      feed.delta('a', 0, ' noon.');
      feed.whole('a', ['It is noon.']);
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is', 'a:  noon.']);
  });

  test('is emitted as a whole where no piece came', () => {
    expect(
      told((feed) => {
        feed.whole('a', ['It is', ' noon.']);
      }),
    ).toEqual(['a: It is', 'a:  noon.']);
  });

  test('has its rest emitted where the pieces broke off', () => {
    const deltas = told((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is');
      feed.gap();
      feed.delta('a', 0, 'on.');
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is', 'a:  noon.']);
  });

  test('leaves out pieces of what was not seen to begin, until it is whole', () => {
    const deltas = told((feed) => {
      feed.delta('a', 0, 'noon.');
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is noon.']);
  });

  test('keeps the parts of an item, and the items, apart', () => {
    const deltas = told((feed) => {
      feed.begin('a');
      feed.begin('b');
      feed.delta('a', 0, 'one');
      feed.delta('b', 0, 'two');
      feed.delta('a', 1, 'three');
      feed.whole('a', ['one', 'three!']);
      feed.whole('b', ['two']);
    });
    expect(deltas).toEqual(['a: one', 'b: two', 'a: three', 'a: !']);
  });

  test('is not emitted twice, nor taken back, where the whole differs from its pieces', () => {
    const deltas = told((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is noon.');
      feed.whole('a', ['It is late.']);
    });
    expect(deltas).toEqual(['a: It is noon.']);
  });
});
