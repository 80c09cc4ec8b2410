import { describe, expect, test } from '@jest/globals';
import { fitOutputs as fit } from '../../../src/runner/call/output.ts';

describe('outputs that are too large together', () => {
  const fitOutputs = <T extends { callId: string; output: string }>(outputs: readonly T[], maxBytes: number) =>
    fit(outputs, maxBytes, (_, bytes) => `[cut: the output had ${bytes} bytes, which is more than fits]`);

  const bytes = (outputs: readonly { output: string }[]): number =>
    Buffer.byteLength(JSON.stringify(outputs.map(({ output }, index) => ({ tool_call_id: `call_${index}`, output }))));
  const of = (...sizes: number[]): { callId: string; output: string }[] =>
    sizes.map((size, index) => ({ callId: `call_${index}`, output: 'x'.repeat(size) }));

  test('are unchanged when they fit', () => {
    const outputs = of(1_000, 2_000);
    expect(fitOutputs(outputs, 5_000)).toBe(outputs);
  });

  test.each([
    ['plain text', 'x'],
    ['quotes, which JSON doubles', '"'],
    ['control characters, which JSON writes as six', '\u0001'],
    ['text of three bytes a character', '\u20ac'],
    ['text of surrogate pairs', '\u{1f600}'],
  ])('are truncated to the limit in bytes of JSON: %s', (_, character) => {
    const outputs = [0, 1, 2].map((index) => ({ callId: `call_${index}`, output: character.repeat(300_000) }));
    const fitted = fitOutputs(outputs, 500_000);
    expect(bytes(fitted)).toBeLessThanOrEqual(500_000);
    expect(bytes(fitted)).toBeGreaterThan(495_000);
    for (const { output } of fitted) {
      expect(output).toMatch(/\[cut: the output had \d+ bytes, which is more than fits\]$/);
      expect(output).not.toMatch(/\p{Surrogate}/u);
    }
  });

  test('are truncated fairly: short ones stay complete, the others share the rest', () => {
    const [small, big, bigger] = fitOutputs(of(10, 400_000, 900_000), 500_000).map(({ output }) => output.length);
    expect(small).toBe(10);
    expect(big).toBe(bigger);
    expect(big).toBeGreaterThan(245_000);
  });
});
