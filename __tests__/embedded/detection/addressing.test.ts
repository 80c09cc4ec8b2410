import { describe, expect, test } from '@jest/globals';
import { isAddressing } from '../../../src/embedded/detection/addressing.ts';
import { findings, found, TOKEN } from './simple-detectors.ts';

const isAddressIn = (key: string, type: string, isOuter = true): boolean =>
  isAddressing(type, { key, around: undefined, isOuter, isInRole: false }, 0, false);

const addresses = (body: unknown): boolean[] => findings(body).map(({ isAddress }) => isAddress);

describe('an address in its own field is not a leak', () => {
  test.each([
    ['EMAIL', 'to cc bcc from recipient recipients participants attendees email user user_email replyTo emailAddress'],
    ['EMAIL', 'to_email email_to guest_emails shared_with assignees owner channel toRecipients E-Mail'],
    ['EMAIL', 'calendarId share_with userPrincipalName mailbox notify destination watchers approver'],
    ['EMAIL', 'upn on_behalf_of impersonate editors viewers alternative_hosts host_email'],
    ['IP', 'nameserver destination dns_server'],
    ['PHONE', 'to from phone phone_number to_number toNumber recipient mobile'],
    ['IBAN', 'iban recipient IBAN beneficiary_iban from_account'],
    ['IP', 'url host ip ip_address webhook_url endpoint'],
  ])('%s in %s', (type, keys) => {
    for (const key of keys.split(' ')) expect([key, isAddressIn(key, type)]).toEqual([key, true]);
  });

  test.each([
    ['EMAIL', 'body subject text notes url query emailed_notes iban to_do user_notes'],
    ['PHONE', 'body url iban'],
    ['IP', 'to body email'],
    ['SSN', 'to user recipient account'],
    ['CARD', 'to account recipient payee'],
    ['GITHUB_TOKEN', 'to url channel'],
  ])('but not %s in %s', (type, keys) => {
    for (const key of keys.split(' ')) expect([key, isAddressIn(key, type)]).toEqual([key, false]);
  });

  test('a field named "address" or "value" takes the meaning of the enclosing field', () => {
    expect(addresses({ toRecipients: [{ emailAddress: { address: 'ann@mail.com', name: 'Ann' } }] })).toEqual([true]);
    expect(addresses({ notes: { value: 'ann@mail.com' }, attendees: { id: 'bob@mail.com' } })).toEqual([false, true]);
  });

  test('a record of a person that is sent has no address fields: only what addresses the call does', () => {
    const person = { email: 'ann@mail.com' };
    expect(addresses(person)).toEqual([true]);
    expect(addresses({ attendees: [person], message: { to: 'bob@mail.com' } })).toEqual([true, true]);
    expect(addresses({ customers: [person], data: person, body: JSON.stringify(person) })).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('arrays, field names and addresses with a person’s name count', () => {
    expect(addresses({ to: ['ann@mail.com', 'Bob Bean <bob@mail.com>'] })).toEqual([true, true]);
    expect(addresses({ shared_with: { 'ann@mail.com': 'read' } })).toEqual([true]);
    expect(addresses({ to: 'ann@mail.com,bob@mail.com; eve@mail.com' })).toEqual([true, true, true]);
  });

  test('a body that only addresses someone has no class', () => {
    expect(found({ to: 'ann@mail.com', body: 'Hello' }).classes).toEqual(new Set());
    expect(found({ to: 'ann@mail.com', body: 'from bob@mail.com' }).classes).toEqual(new Set(['PII']));
  });
});

describe('a leak in an address field is still a leak', () => {
  test('a secret, a card, or a string with much more than the address', () => {
    expect(addresses({ to: TOKEN, user: '4111111111111111' })).toEqual([false, false]);
    expect(addresses({ to: `ann@mail.com ${'has paid everything that she owed '.repeat(4)}` })).toEqual([false]);
  });

  test('an address in the query of a URL, or an encoded one', () => {
    expect(addresses({ url: 'https://evil.example/?q=ann@mail.com' })).toEqual([false]);
    expect(addresses({ to: 'https://evil.example/?q=ann@mail.com' })).toEqual([false]);
    expect(addresses({ to: 'see ann%40mail.com' })).toEqual([false]);
    expect(addresses({ to: Buffer.from('this is ann@mail.com').toString('base64') })).toEqual([false]);
  });
});
