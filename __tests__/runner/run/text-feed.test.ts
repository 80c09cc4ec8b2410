import { describe, expect, test } from '@jest/globals';
import { TextFeed } from '../../../src/runner/run/text-feed.ts';

function deltasOf(feeding: (feed: TextFeed) => void): string[] {
  const deltas: string[] = [];
  feeding(
    new TextFeed((piece) => {
      if (piece.type === 'text-delta') deltas.push(`${piece.itemId}: ${piece.delta}`);
      if (piece.type === 'refusal') deltas.push(`${piece.itemId} refuses: ${piece.refusal}`);
    }),
  );
  return deltas;
}

describe('The text of a run', () => {
  test('is emitted delta by delta, and not again as a whole', () => {
    const deltas = deltasOf((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is');
      feed.delta('a', 0, ' noon.');
      feed.whole('a', ['It is noon.']);
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is', 'a:  noon.']);
  });

  test('is emitted as a whole if no delta arrived', () => {
    expect(
      deltasOf((feed) => {
        feed.whole('a', ['It is', ' noon.']);
      }),
    ).toEqual(['a: It is', 'a:  noon.']);
  });

  test('has its rest emitted if the deltas broke off', () => {
    const deltas = deltasOf((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is');
      feed.gap();
      feed.delta('a', 0, 'on.');
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is', 'a:  noon.']);
  });

  test('skips deltas of an item whose start is missing, until the item is complete', () => {
    const deltas = deltasOf((feed) => {
      feed.delta('a', 0, 'noon.');
      feed.whole('a', ['It is noon.']);
    });
    expect(deltas).toEqual(['a: It is noon.']);
  });

  test('is separate for each item and each of its parts', () => {
    const deltas = deltasOf((feed) => {
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

  test('is followed by the refusal of its item, once', () => {
    const deltas = deltasOf((feed) => {
      feed.whole('a', ['Well.'], 'No.');
      feed.whole('a', ['Well.'], 'No.');
      feed.whole('b', [''], 'No.');
    });
    expect(deltas).toEqual(['a: Well.', 'a refuses: No.', 'b refuses: No.']);
  });

  test('is not emitted again if the whole differs from its deltas', () => {
    const deltas = deltasOf((feed) => {
      feed.begin('a');
      feed.delta('a', 0, 'It is noon.');
      feed.whole('a', ['It is late.']);
    });
    expect(deltas).toEqual(['a: It is noon.']);
  });
});
