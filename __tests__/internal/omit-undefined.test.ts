import { expect, test } from '@jest/globals';
import { omitUndefined } from '../../src/internal/omit-undefined.ts';

test('properties that are undefined are absent from the copy; other falsy values, and the order, stay', () => {
  const object = { id: 'a', note: undefined, count: 0, text: '', none: null, isLast: false };

  const copy = omitUndefined(object);

  expect(Object.entries(copy)).toEqual([
    ['id', 'a'],
    ['count', 0],
    ['text', ''],
    ['none', null],
    ['isLast', false],
  ]);
  expect(object).toHaveProperty('note', undefined);
});

test('a property that may be undefined becomes optional, and a literal keeps its type', () => {
  const noteOf = (note?: string): { readonly status: 'denied'; readonly note?: string } =>
    omitUndefined({ status: 'denied', note });

  expect(noteOf()).not.toHaveProperty('note');
  expect(noteOf('too late')).toEqual({ status: 'denied', note: 'too late' });
});
