import { describe, expect, test } from '@jest/globals';
import { oneOf } from '../../../src/embedded/detection/patterns.ts';
import { WordGate } from '../../../src/embedded/detection/automaton.ts';

describe('a word gate', () => {
  const gate = new WordGate([['insulin', 'metformin'], ['diagnosed with'], ['sul']]);

  test('sets a bit for each list that the string has a word of, also inside words and in any case', () => {
    expect(gate.listsIn('Metformin, as before')).toBe(0b001);
    expect(gate.listsIn('was DIAGNOSED with asthma')).toBe(0b010);
    expect(gate.listsIn('on insulin')).toBe(0b101);
    expect(gate.listsIn('sulky')).toBe(0b100);
    expect(gate.listsIn('')).toBe(0);
  });

  test('does not match look-alike letters of other scripts', () => {
    expect(gate.listsIn('ınſulın, diagnoſed with')).toBe(0);
  });

  test('rejects more lists than it has bits', () => {
    expect(() => new WordGate(Array.from({ length: 32 }, () => ['word']))).toThrow(
      'WordGate takes at most 31 lists, not 32.',
    );
  });
});

describe('a pattern for one of several words', () => {
  const words = new RegExp(
    oneOf(['pan', 'pan number', 'passport', 'ssn'], (word) => word.replaceAll(' ', '[ _]?')),
    'gi',
  );

  test('matches each of them, the longest first', () => {
    expect('PAN_number, pan, Passport, ssn, pa'.match(words)).toEqual(['PAN_number', 'pan', 'Passport', 'ssn']);
  });
});
