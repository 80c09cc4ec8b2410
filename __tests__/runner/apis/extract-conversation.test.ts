import { describe, expect, test } from '@jest/globals';
import { appendInput, extractConversation } from '../../../src/runner/apis/extract-conversation.ts';

const of = (role: string, text: string) => ({ type: 'message', role, content: [{ type: 'text', text }] });
const QUESTION = of('assistant', 'Shall I pay 500 EUR to GB29NWBK60161331926819?');
const CALL = { type: 'function_call', name: 'list_bills', call_id: 'c1', arguments: '{}' };

describe('a bare yes also says what the question before it says', () => {
  test.each(['Yes', 'yes, please.', 'OK, do it!', 'Ja, bitte', 'はい', 'да'])('%j', (text) => {
    const { userMessages } = extractConversation([QUESTION, CALL, of('user', text)]);
    expect(userMessages).toEqual([`${text}\nShall I pay 500 EUR to GB29NWBK60161331926819?`]);
  });

  test('as the input of a run, once', () => {
    const input = [of('user', 'Yes')];
    const listed = [of('user', 'Pay the bills.'), QUESTION];
    const expected = ['Pay the bills.', expect.stringContaining('GB29')];
    for (const items of [listed, [...listed, ...input]]) {
      const joined = appendInput(extractConversation(items), extractConversation(input, items));
      expect(joined.userMessages).toEqual(expected);
    }
  });

  test.each([
    ['an answer of its own', [QUESTION, of('user', 'Yes, but to the other account.')]],
    ['no', [QUESTION, of('user', 'No')]],
    ['without a question', [of('assistant', 'I paid to GB29NWBK60161331926819.'), of('user', 'OK')]],
    ['after another message', [QUESTION, of('user', 'Wait.'), of('user', 'OK')]],
    ['to a very long question', [of('assistant', `GB29? ${'a'.repeat(4_000)}`), of('user', 'OK')]],
  ])('but not %s', (_, items) => {
    expect(extractConversation(items).userMessages.join()).not.toContain('GB29');
  });
});
