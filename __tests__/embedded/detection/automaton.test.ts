import { describe, expect, test } from '@jest/globals';
import { Automaton } from '../../../src/embedded/detection/automaton.ts';
import { LabelFinder } from '../../../src/embedded/detection/label-finder.ts';

describe('a search for many words', () => {
  const words = ['insulin', 'metformin', 'diagnosed with', 'sul', 'пароль'];
  const found = (text: string): string[] => {
    const all: string[] = [];
    new Automaton(words).each(text, (index, end) => all.push(`${words[index] ?? ''} ${end}`));
    return all;
  };

  test('finds each of them in any case and any script, also inside other words', () => {
    expect(found('INSULIN, Diagnosed With')).toEqual(['sul 5', 'insulin 7', 'diagnosed with 23']);
    expect(found('Мой Пароль')).toEqual(['пароль 10']);
    expect(found('ﬁ insul')).toEqual(['sul 7']);
    expect(found('')).toEqual([]);
  });
});

describe('a search for labels', () => {
  const labels = new LabelFinder<string>([
    ['order', 'O'],
    ['order number', 'N'],
    ["driver's license", 'D'],
    ['注文', 'O'],
    ['注文番号', 'N'],
    ['заказ', 'O'],
  ]);
  const found = (text: string): string[] => labels.in(text).map(({ kind, start, end }) => `${kind} ${start}-${end}`);

  test('prefers the longest, with any separator', () => {
    expect(found('order order_number OrderNumber')).toEqual(['O 0-5', 'N 6-18', 'N 19-30']);
    expect(found('注文番号1')).toEqual(['N 0-4']);
    expect(found('my drivers license')).toEqual(['D 3-18']);
  });

  test('finds whole words, with the endings of Russian', () => {
    expect(found('reorder, orders, orderly')).toEqual([]);
    expect(found('номер заказа')).toEqual(['O 6-12']);
  });
});
