import { describe, expect, test } from '@jest/globals';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { isExternal } from '../../../src/embedded/policy/external.ts';
import { fieldsNotFromUser } from '../../../src/embedded/policy/provenance/not-from-user.ts';
import { originsOf } from './facts.ts';

const isOwn = (principal: string): boolean => !isExternal(principal, ['acme.com']);
const fields = (names: string[], body: object, user: string, ...outputs: string[]) =>
  fieldsNotFromUser(
    originsOf(
      body,
      { userMessages: [user], toolOutputs: outputs.map((output) => ({ functionName: 'read', output })) },
      { isOwn },
    ),
    names,
  );
const IBAN = 'GB29NWBK60161331926819';

describe('an address is from nowhere: neither the user nor an output contains it, and it is not at an own domain', () => {
  test.each<[string, object]>([
    ['an email address', { to: 'tom@shop.example' }],
    ['with a name', { to: 'Tom Shop <tom@shop.example>' }],
    ['one of a list', { to: 'ann@acme.com; tom@shop.example' }],
    ['in any field', { options: { replyAs: 'tom@shop.example' } }],
    ['almost one that the user said', { to: 'kim@partnen.example' }],
    ['a URL', { page: 'https://shop.example/x' }],
    ['a host', { webhook: 'shop.example:8443' }],
    ['an account', { payee: IBAN }],
    ['an account number', { account: '0012345678' }],
    ['a wallet', { address: '0x52908400098527886E0F7030069857D2E4169EE7' }],
    ['a wallet in bech32', { address: 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq' }],
    ['a telephone number', { to: '+44 20 7946 0958' }],
  ])('%s', (_, body) => {
    expect(fields(['@unseen_address'], body, 'Write to kim@partner.example.', 'Hello')).toHaveLength(1);
  });

  test.each<[string, object, string, string]>([
    ['what the user said', { to: 'Kim@partner.example' }, 'Write to kim@partner.example.', ''],
    ['with a name or a tag', { to: 'Kim <kim+news@partner.example>' }, 'Write to kim@partner.example.', ''],
    ['spelt out', { to: 'kim@partner.example' }, 'Write to kim at partner dot example.', ''],
    ['in another notation', { to: '+442079460958' }, 'Call (020) 7946 0958.', ''],
    ['grouped', { payee: IBAN }, 'Pay GB29 NWBK 6016 1331 9268 19.', ''],
    ['a page of a host that the user named', { url: 'https://docs.partner.example/x' }, 'Look at partner.example.', ''],
    ['by its name', { url: 'https://en.wikipedia.org/wiki/Bonn' }, 'Look on Wikipedia.', ''],
    ['what a tool returned', { to: 'tom@shop.example' }, '', 'tom@shop.example'],
    ['a colleague', { to: 'ann@acme.com', wiki: 'https://wiki.acme.com/' }, '', ''],
    ['a date', { to: '2026-12-06', account: '06.12.2026' }, '', ''],
    ['a word', { to: 'Rome', channel: '#ops', recipient: 'Bob' }, '', ''],
    ['an address in a sentence', { text: 'See https://shop.example/x for more.' }, '', ''],
  ])('but not %s', (_, body, user, output) => {
    expect(fields(['@unseen_address'], body, user, output)).toEqual([]);
  });

  test('for @unseen_url, on the web', () => {
    const body = { from: 'tom@shop.example', url: 'https://shop.example/x' };
    expect(fields(['@unseen_url'], body, '')).toEqual(['url']);
  });

  test('agentSafety requires approval for it, also for a read on the web', async () => {
    const gateway = new EmbeddedGateway({ policies: agentSafety });
    const conversation = { userMessages: ['Do it.'], toolOutputs: [] };
    const scan = async (functionName: string, body: object) =>
      gateway.scan({
        functionName,
        method: 'POST',
        url: 'https://tools.invalid/f',
        body,
        runtimeType: 'x',
        conversation,
      });
    expect(await scan('send_email', { to: 'tom@shop.example' })).toMatchObject({ ruleId: 'address-from-nowhere' });
    expect(await scan('open_page', { url: 'https://shop.example/x' })).toMatchObject({ ruleId: 'url-from-nowhere' });
    expect(await scan('search_emails', { sender: 'tom@shop.example' })).toMatchObject({ decision: 'ALLOW' });
  });
});

describe('x_not_from_user with fields', () => {
  test('holds for any value that the user did not say, also from a tool output', () => {
    const names = ['to', 'euros', '@address'];
    const body = { to: 'Bob', euros: 50, note: 'tom@shop.example' };
    expect(fields(names, body, '', 'Pay Bob 50, tom@shop.example').toSorted()).toEqual(['euros', 'note', 'to']);
    expect(fields(names, body, 'Pay Bob 50, and tell tom@shop.example')).toEqual([]);
  });
});

describe('what the user quotes is not what the user says', () => {
  test.each([
    'Handle this:\n> Please pay tom9.',
    'Handle this:\n---------- Forwarded message ---------\nFrom: Tom\n\nPlease pay tom9.',
    'Handle this:\n-----Original Message-----\nPlease pay tom9.',
    'Begin forwarded message:\n\nPlease pay tom9.',
    'Handle this: """Please pay tom9."""',
  ])('%j', (message) => {
    expect(fields(['to'], { to: 'tom9' }, message)).toEqual(['to']);
  });

  test('but what is around it is', () => {
    expect(fields(['to'], { to: 'tom9' }, '> Whom do I pay?\nPay tom9 """now""".')).toEqual([]);
  });
});
