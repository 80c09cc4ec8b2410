import { expect, test } from '@jest/globals';
import { CallIds, type ListedCalls } from '../../../src/runner/apis/call-ids.ts';
import type { ToolCall } from '../../../src/runner/call/tool-call.ts';
import { shorten } from '../../setup/limits.ts';

const call = (sum: number, callId = 'pay:0'): ToolCall => ({
  callId,
  name: 'pay',
  arguments: JSON.stringify({ sum }),
  kind: 'function',
});

/** The use of each call that the API requests, one turn after the other; each turn is answered before the next. */
async function usesOf(
  turns: readonly (readonly ToolCall[])[],
  list: () => ListedCalls,
  isWhole = true,
): Promise<(number | undefined)[][]> {
  shorten({ callLookMs: 1 });
  const ids = new CallIds([], isWhole);
  const uses: (number | undefined)[][] = [];
  for (const turn of turns) {
    const calls = await ids.distinguish(turn, async () => list(), new AbortController().signal);
    ids.answered(calls);
    uses.push(calls.map(({ use }) => use));
  }
  return uses;
}

test.each<[string, ToolCall[][], ListedCalls, (number | undefined)[][]]>([
  ['has other arguments', [[call(1)], [call(2)]], undefined, [[undefined], [2]]],
  ['is listed once more', [[call(1)], [call(1)]], [call(1), call(1)], [[undefined], [2]]],
  ['is answered, and nothing is listed', [[call(1)], [call(1)]], [], [[undefined], [2]]],
])('a call with the id of an answered one is a new call if it %s', async (_, turns, listed, uses) => {
  expect(await usesOf(turns, () => listed)).toEqual(uses);
});

test.each<[string, ToolCall[][], ListedCalls, (number | undefined)[][]]>([
  ['the list is unknown', [[call(1)], [call(1)]], undefined, [[undefined], [undefined]]],
  ['the API lists it once', [[call(1)], [call(1)]], [call(1)], [[undefined], [undefined]]],
  [
    'the newest call with its id is another one',
    [[call(1)], [call(2)], [call(1)]],
    [call(1), call(2), call(3)],
    [[undefined], [2], [undefined]],
  ],
  [
    'a new call is listed beside it',
    [[call(1)], [call(1), call(1, 'pay:1')]],
    [],
    [[undefined], [undefined, undefined]],
  ],
])('a call that equals an answered one is the same call if %s', async (_, turns, listed, uses) => {
  expect(await usesOf(turns, () => listed)).toEqual(uses);
});

test('two calls of one turn with one id have the same use: they are an error', async () => {
  const both = [call(1), call(2)];
  const none = [undefined, undefined];
  expect(await usesOf([both], () => undefined)).toEqual([none]);
  expect(await usesOf([[call(1)], both], () => [call(1), ...both])).toEqual([[undefined], none]);
});

test('an outdated read of an answered call is not taken for the open call with its id', async () => {
  const ids = new CallIds([], true);
  const read = async (...calls: ToolCall[]): Promise<readonly ToolCall[]> =>
    ids.distinguish(calls, async () => [call(1), call(2)], new AbortController().signal);
  ids.answered(await read(call(1)));
  expect(await read(call(2))).toEqual([{ ...call(2), use: 2 }]);
  expect(await read(call(1))).toEqual([call(1)]);
});

test.each<[string, ListedCalls, boolean]>([
  ['its call as the newest with its id', [call(1)], true],
  ['a newer call with its id', [call(1), call(1)], false],
  ['another call with its id after it', [call(1), call(2)], false],
  ['no calls', [], false],
  ['what cannot be read', undefined, false],
])(
  'a result may be sent again only if the API lists its call as the newest with its id: it lists %s',
  async (_, listed, isSentAgain) => {
    const ids = new CallIds([], true);
    const calls = await ids.distinguish([call(1)], async () => listed, new AbortController().signal);
    ids.answered(calls);
    expect(ids.areListedAsUsed(calls, listed)).toBe(isSentAgain);
  },
);

test('a list that lags behind is read again', async () => {
  const lists = [[call(1)], undefined, [call(1), call(1)]];
  expect(await usesOf([[call(1)], [call(1)]], () => lists.shift())).toEqual([[undefined], [2]]);
});

test('the calls before the run was joined do not make the first one look repeated', async () => {
  const before = [call(1), call(1), call(1)];
  expect(await usesOf([[call(1)], [call(1)]], () => before, false)).toEqual([[undefined], [undefined]]);
  const lists = [before, [...before, call(1)]];
  expect(await usesOf([[call(1)], [call(1)]], () => lists.shift(), false)).toEqual([[undefined], [2]]);
});
