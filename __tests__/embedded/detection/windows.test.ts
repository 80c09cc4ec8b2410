import { expect, test } from '@jest/globals';
import { detect } from '../../../src/embedded/detection/detect.ts';
import { windowsAround } from '../../../src/embedded/detection/windows.ts';

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
