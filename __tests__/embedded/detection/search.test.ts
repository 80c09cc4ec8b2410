import { describe, expect, test } from '@jest/globals';
import { Automaton } from '../../../src/embedded/detection/automaton.ts';
import { detect } from '../../../src/embedded/detection/detect.ts';
import { LabelFinder } from '../../../src/embedded/detection/label-finder.ts';
import { windowsAround } from '../../../src/embedded/detection/windows.ts';

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

const words = 'word '.repeat(400);

test('a window has the words around its marks and more context than the detectors need, and no more', () => {
  const [window, ...others] = windowsAround(words, [{ start: 1000, end: 1004 }]);
  expect(others).toEqual([]);
  expect(window?.head).toBeGreaterThanOrEqual(128);
  expect(window?.tail).toBeGreaterThanOrEqual(128);
  expect((window?.end ?? 0) - (window?.start ?? 0)).toBeLessThan(300);
});

test('windows are in order, do not overlap, and contain every mark', () => {
  for (const gap of [1, 100, 255, 257, 300, 700, 1200]) {
    const text = `${'x'.repeat(900)} ${words}`.repeat(3);
    const marks = Array.from({ length: Math.floor(text.length / gap) }, (_, at) => ({
      start: at * gap,
      end: at * gap + 1,
    }));
    const windows = windowsAround(text, marks);
    windows.forEach(({ start }, at) => {
      if (at > 0) expect(start).toBeGreaterThanOrEqual(windows[at - 1]?.end ?? 0);
    });
    const inside = marks.filter((mark) =>
      windows.some(({ start, end, head, tail }) => mark.start >= start + head && mark.end <= end - tail),
    );
    expect(inside).toHaveLength(marks.length);
  }
});

test('an escape far away does not hide a label', () => {
  const text = `\\u0041${'x'.repeat(130)} ${'y '.repeat(40)}Order number 4012888888881881 \\u0041`;
  expect(detect({ text }, { regions: [] }).findings).toEqual([]);
});
