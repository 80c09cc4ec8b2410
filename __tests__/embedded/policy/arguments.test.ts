import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/embedded/policy/evaluate.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';
import type { ConditionInput } from '../../../src/embedded/policy/policy-input.ts';
import { factsOf } from './facts.ts';

type Wanted = NonNullable<ConditionInput['x_arguments']>;

/** Whether a rule with these tests applies: to deny, and to allow. */
function applies(wanted: Wanted, body: unknown): string {
  const condition = { x_arguments: wanted };
  const decide = (action: 'ALLOW' | 'DENY') =>
    evaluate(parsePolicies({ name: 'p', rules: [{ condition, action }] }), factsOf({ body }));
  const [denies, allows] = [decide('DENY').rule !== undefined, decide('ALLOW').rule !== undefined];
  return denies && allows ? 'yes' : denies ? 'unclear' : allows ? 'allows only' : 'no';
}
const codes = (wanted: Wanted, body: unknown) =>
  evaluate(
    parsePolicies({ name: 'p', rules: [{ condition: { x_arguments: wanted }, action: 'DENY' }] }),
    factsOf({ body }),
  ).reasonCodes;

describe('a number', () => {
  test.each([
    [1000.01, 'yes'],
    [1000, 'no'],
    [-5000, 'no'],
    [1e4, 'yes'],
    ['1000.01', 'yes'],
    ['1000', 'no'],
    ['-5000', 'no'],
    ['0', 'no'],
    ['1,000.50', 'unclear'],
    ['1.000,50', 'unclear'],
    ['1 000', 'unclear'],
    ['1_000', 'unclear'],
    [' 2000 ', 'unclear'],
    ['1e4', 'unclear'],
    ['0x10', 'unclear'],
    ['+5', 'unclear'],
    ['007', 'unclear'],
    ['.5', 'unclear'],
    ['5.', 'unclear'],
    ['', 'unclear'],
    ['१०००', 'unclear'],
    ['５０００', 'unclear'],
    ['−5', 'unclear'],
    ['5000 EUR', 'unclear'],
    ['€5000', 'unclear'],
    ['5k', 'unclear'],
    ['"5000"', 'unclear'],
    ['NaN', 'unclear'],
    ['Infinity', 'unclear'],
    // As a double, it is 1000.
    ['1000.0000000000000001', 'unclear'],
    ['9007199254740993', 'unclear'],
    [Number.NaN, 'unclear'],
    [Infinity, 'unclear'],
    [5000n, 'unclear'],
    [true, 'unclear'],
    [null, 'unclear'],
    [[5000], 'unclear'],
    [[1, 5000], 'unclear'],
    [[], 'unclear'],
    [{ value: 5000 }, 'unclear'],
  ])('%p is above 1000: %s', (amount, expected) => {
    expect(applies({ amount: { above: 1000 } }, { amount })).toBe(expected);
  });

  test.each<[string, Wanted, string]>([
    ['above', { n: { above: 5 } }, 'no no yes'],
    ['at_least', { n: { at_least: 5 } }, 'no yes yes'],
    ['below', { n: { below: 5 } }, 'yes no no'],
    ['at_most', { n: { at_most: 5 } }, 'yes yes no'],
    ['equals', { n: { equals: 5 } }, 'no yes no'],
    ['in', { n: { in: [4, 5] } }, 'yes yes no'],
    ['not_in', { n: { not_in: [4, 5] } }, 'no no yes'],
    ['two tests', { n: { above: 4, below: 6 } }, 'no yes no'],
  ])('is compared by %s', (_, wanted, expected) => {
    expect([4, 5, 6].map((n) => applies(wanted, { n })).join(' ')).toBe(expected);
    expect(['4', '5', '6'].map((n) => applies(wanted, { n })).join(' ')).toBe(expected);
  });
});

describe('a string', () => {
  test.each<[Wanted[string], unknown, string]>([
    [{ equals: 'EUR' }, 'EUR', 'yes'],
    [{ equals: 'EUR' }, 'USD', 'no'],
    [{ equals: 'EUR' }, 'eur', 'unclear'],
    [{ equals: 'EUR' }, ' EUR', 'unclear'],
    [{ equals: 'EUR' }, 'ＥＵＲ', 'unclear'],
    [{ equals: 'EUR' }, 'E\u200bUR', 'unclear'],
    [{ equals: 'EUR' }, 'ЕUR', 'unclear'],
    [{ equals: 'EUR' }, 978, 'unclear'],
    [{ equals: 'EUR' }, ['EUR'], 'unclear'],
    [{ equals: 'é' }, 'e\u0301', 'unclear'],
    [{ equals: 'straße' }, 'STRASSE', 'unclear'],
    [{ in: ['EUR', 'USD'] }, 'USD', 'yes'],
    [{ in: ['EUR', 'USD'] }, 'usd', 'unclear'],
    [{ in: ['EUR', 'USD'] }, 'GBP', 'no'],
    [{ not_in: ['EUR'] }, 'GBP', 'yes'],
    [{ not_in: ['EUR'] }, 'EUR', 'no'],
    [{ not_in: ['EUR'] }, 'eur', 'unclear'],
    [{ not_in: ['EUR'] }, undefined, 'unclear'],
    [{ matches: 'gold-*' }, 'gold-7', 'yes'],
    [{ matches: 'gold-*' }, 'Gold-7', 'unclear'],
    [{ matches: 'gold-*' }, 'gоld-7', 'unclear'],
    [{ matches: 'gold-*' }, 'silver', 'no'],
    [{ matches: 'gold-*' }, 7, 'unclear'],
    [{ not_matches: 'gold-*' }, 'silver', 'yes'],
    [{ not_matches: 'gold-*' }, 'GOLD-1', 'unclear'],
    [{ not_matches: 'gold-*' }, 'gold-1', 'no'],
    [{ longer_than: 3 }, 'four', 'yes'],
    [{ longer_than: 3 }, 'abc', 'no'],
    [{ longer_than: 3 }, 12345, 'unclear'],
    [{ shorter_than: 3 }, 'ab', 'yes'],
    [{ shorter_than: 3 }, 'abc', 'no'],
    [{ longer_than: 1 }, ['a', 'b'], 'yes'],
    [{ longer_than: 2 }, ['a', 'b'], 'no'],
    [{ equals: true }, true, 'yes'],
    [{ equals: true }, false, 'no'],
    [{ equals: true }, 'true', 'unclear'],
    [{ equals: true }, 1, 'unclear'],
  ])('%j of %j: %s', (tests, value, expected) => {
    expect(applies({ field: tests }, { field: value })).toBe(expected);
  });

  test('that would take too long to match is unclear', () => {
    expect(applies({ text: { matches: `*${'a*'.repeat(90)}b` } }, { text: 'a'.repeat(60_000) })).toBe('unclear');
  });
});

describe('a path', () => {
  const gold: Wanted = { 'items[].sku': { matches: 'gold-*' } };
  test.each<[string, Wanted, unknown, string]>([
    ['of a field within a field', { 'a.b': { equals: 1 } }, { a: { b: 1 } }, 'yes'],
    ['of every item', gold, { items: [{ sku: 'gold-1' }, { sku: 'gold-2' }] }, 'yes'],
    ['of some items', gold, { items: [{ sku: 'tin' }, { sku: 'gold-2' }] }, 'unclear'],
    ['of no item', gold, { items: [{ sku: 'tin' }, { sku: 'lead' }] }, 'no'],
    ['of items, one without it', gold, { items: [{ sku: 'tin' }, {}] }, 'unclear'],
    ['of an empty list', gold, { items: [] }, 'no'],
    ['of an empty list, negated', { 'items[].sku': { not_matches: 'gold-*' } }, { items: [] }, 'no'],
    ['of a list that is an object', gold, { items: { sku: 'tin' } }, 'unclear'],
    [
      'of a list that is a string',
      { 'to[]': { matches: '*@evil.example' } },
      { to: 'a@x.example, b@evil.example' },
      'unclear',
    ],
    ['of lists in lists', { 'a[][]': { equals: 1 } }, { a: [[1], [1, 1]] }, 'yes'],
    ['of lists, one of them empty', { 'a[].b[]': { in: [1] } }, { a: [{ b: [] }, { b: [1] }] }, 'yes'],
    ['through a list without []', { 'items.sku': { equals: 'tin' } }, { items: [{ sku: 'lead' }] }, 'unclear'],
    ['through a number', { 'a.b': { equals: 1 } }, { a: 7 }, 'unclear'],
    ['through a string', { 'a.b': { equals: 1 } }, { a: 'b=2' }, 'unclear'],
    ['of a missing field', { amount: { above: 1000 } }, {}, 'unclear'],
    ['of a missing field around it', { 'a.b': { above: 1000 } }, {}, 'unclear'],
    ['of a field of the prototype', { toString: { present: true } }, {}, 'no'],
    ['in a body that is no object', { amount: { above: 1000 } }, 'amount=5', 'unclear'],
    ['in no body', { amount: { above: 1000 } }, null, 'unclear'],
    ['in JSON in a string', { 'payload.amount': { above: 1000 } }, { payload: '{"amount":5000}' }, 'unclear'],
    ['in such JSON, not passed', { 'payload.amount': { above: 1000 } }, { payload: '{"amount":5}' }, 'no'],
    [
      'in such JSON with two keys',
      { 'payload.amount': { above: 1000 } },
      { payload: '{"amount":5000,"amount":5}' },
      'unclear',
    ],
    ['in JSON in JSON', { 'p.q.amount': { above: 1 } }, { p: JSON.stringify({ q: '{"amount":5}' }) }, 'unclear'],
    ['with another case', { amount: { above: 1000 } }, { Amount: 5000 }, 'unclear'],
    ['with another case beside it', { amount: { above: 1000 } }, { amount: 5, Amount: 5000 }, 'unclear'],
    ['with another case beside it, not passed', { amount: { above: 1000 } }, { amount: 5, Amount: 6 }, 'no'],
    ['in full width beside it', { amount: { above: 1000 } }, { amount: 5, ａｍｏｕｎｔ: 5000 }, 'unclear'],
    ['in Cyrillic beside it', { amount: { above: 1000 } }, { amount: 5, аmount: 5000 }, 'unclear'],
    ['with a blank beside it', { amount: { above: 1000 } }, { amount: 5, 'amount ': 5000 }, 'unclear'],
    ['in another Unicode form', { é: { above: 1000 } }, { 'e\u0301': 5000 }, 'unclear'],
    ['two paths that pass', { a: { above: 1 }, b: { above: 1 } }, { a: 2, b: 2 }, 'yes'],
    ['two paths, one passed', { a: { above: 1 }, b: { above: 1 } }, { a: 2, b: 1 }, 'no'],
    ['two paths, one missing', { a: { above: 1 }, b: { above: 1 } }, { a: 2 }, 'unclear'],
    ['of more items than are read', { 'a[]': { above: 1 } }, { a: Array.from({ length: 10_001 }, () => 0) }, 'unclear'],
    [
      'of an object with more fields than are read',
      { a: { above: 1 } },
      { ...Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 0])), a: 0 },
      'unclear',
    ],
    [
      'of lists whose product is more than is read',
      { 'a[].b[]': { above: 1 } },
      { a: Array.from({ length: 200 }, () => ({ b: Array.from({ length: 200 }, () => 0) })) },
      'unclear',
    ],
  ])('%s', (_, wanted, body, expected) => {
    expect(applies(wanted, body)).toBe(expected);
  });

  test.each<[string, Wanted, unknown, string]>([
    ['is there', { a: { present: true } }, { a: 0 }, 'yes'],
    ['is missing', { a: { present: true } }, {}, 'no'],
    ['is null, which counts as missing', { a: { present: true } }, { a: null }, 'no'],
    ['is missing around it', { 'a.b': { present: true } }, { a: null }, 'no'],
    ['must not be there', { a: { present: false } }, {}, 'yes'],
    ['must not be there, but is', { a: { present: false } }, { a: 0 }, 'no'],
    ['must not be there, but is in another case', { a: { present: false } }, { A: 0 }, 'unclear'],
    ['is an item', { 'a[]': { present: true } }, { a: [0] }, 'yes'],
    ['is no item', { 'a[]': { present: false } }, { a: [] }, 'yes'],
    ['may be missing', { a: { present: true, above: 1000 } }, {}, 'no'],
    ['may be missing, but is too large', { a: { present: true, above: 1000 } }, { a: 5000 }, 'yes'],
    ['may be missing, but has another case', { a: { present: true, above: 1000 } }, { A: 5000 }, 'unclear'],
  ])('can be optional: it %s', (_, wanted, body, expected) => {
    expect(applies(wanted, body)).toBe(expected);
  });
});

describe('the reason code', () => {
  test('says whether a value matched or could not be read', () => {
    const wanted = { 'a[]': { above: 1 } };
    expect(codes(wanted, { a: [2] })).toEqual(['ARGUMENT_MATCH']);
    expect(codes(wanted, { a: [0, 2] })).toEqual(['ARGUMENT_MATCH']);
    expect(codes(wanted, { a: ['2 EUR'] })).toEqual(['ARGUMENT_UNCLEAR']);
    expect(codes(wanted, {})).toEqual(['ARGUMENT_UNCLEAR']);
  });
});

test('a value that cannot be read blocks and does not allow within not either', () => {
  const decide = (action: 'ALLOW' | 'DENY', amount: unknown) => {
    const condition = { not: { x_arguments: { amount: { at_most: 1000 } } } };
    return evaluate(parsePolicies({ name: 'p', rules: [{ condition, action }] }), factsOf({ body: { amount } })).rule;
  };
  expect([decide('DENY', '1,000'), decide('ALLOW', '1,000')]).toEqual([expect.anything(), undefined]);
  expect([decide('DENY', 5), decide('ALLOW', 5)]).toEqual([undefined, undefined]);
  expect([decide('DENY', 5000), decide('ALLOW', 5000)]).toEqual([expect.anything(), expect.anything()]);
});
