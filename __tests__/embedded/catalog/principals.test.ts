import { describe, expect, test } from '@jest/globals';
import { principalsIn } from '../../../src/embedded/catalog/principals.ts';

const SENDING = { letsIn: false, sendsToUrl: false };
const LETTING_IN = { letsIn: true, sendsToUrl: false };

describe('the principals of a call', () => {
  test.each([
    [{ to: 'a@b.c', cc: ['d@e.f'], bcc: 'g@h.i; j@k.l' }, ['a@b.c', 'd@e.f', 'g@h.i', 'j@k.l']],
    [{ to: '"Doe, Ann" <a@b.c>, d@e.f' }, ['"Doe, Ann" <a@b.c>', 'd@e.f']],
    [{ recipients: ['a@b.c', 'a@b.c'] }, ['a@b.c']],
    [{ userEmail: 'a@b.c', subject: 'd@e.f', body: 'g@h.i' }, ['a@b.c']],
    [{ attendees: [{ email: 'a@b.c', displayName: 'Ann', responseStatus: 'accepted' }] }, ['a@b.c']],
    [{ message: { toRecipients: [{ emailAddress: { address: 'a@b.c', name: 'Ann' } }] } }, ['a@b.c']],
    [{ personalizations: [{ to: [{ email: 'a@b.c' }] }], from: { email: 'me@own.com' } }, ['a@b.c', 'me@own.com']],
    [{ new_recipient_information: 'Mallory' }, ['Mallory']],
    [{ phone_number: 15551234567, attendees_limit: 5 }, ['15551234567']],
    [{ to: { email: 'a@b.c', alt: 'd@e.f', name: 'Ann' } }, ['a@b.c', 'd@e.f']],
    [{ payload: '{"to":"a@b.c"}' }, ['a@b.c']],
    [{ anything: 'Ann <a@b.c>, d@e.f' }, ['Ann <a@b.c>', 'd@e.f']],
    [{ anything: '+1 555 000 0000' }, ['+1 555 000 0000']],
    [{ anything: 'ask a@b.c', repo: 'git@github.com:o/r.git' }, []],
    [{ channel: '#general', from: 'a@b.c', assignee: 'bob', date_to: '2026-01-01' }, []],
    [{ user: 'bob' }, []],
    ['to: a@b.c', []],
    [null, []],
  ])('are the recipients in %j', (body, principals) => {
    expect(principalsIn(body, SENDING)).toEqual(principals);
  });

  test.each(
    `email_to receiver target_email contact_email to_list toEmailAddress customer_email destinations copy_to emails_to mailto rcpt
     notify x`.split(/\s+/),
  )('include an address in a field called %s', (field) => {
    expect(principalsIn({ [field]: 'eve@evil.com' }, SENDING)).toEqual(['eve@evil.com']);
  });

  test.each([
    [{ username: 'bob', permission: 'admin' }, ['bob']],
    [{ owner: 'octo', collaborator: 'eve' }, ['eve']],
    [{ users: 'U1,U2' }, ['U1', 'U2']],
    [{ type: 'anyone', role: 'reader' }, ['anyone']],
    [{ type: 'domain', domain: 'evil.com' }, ['evil.com']],
    [{ scope: 'anonymous' }, ['anyone']],
    [{ permissions: [{ type: 'anyoneWithLink' }] }, ['anyone']],
    [{ is_public: true }, ['anyone']],
    [{ is_public: false, visibility: 'private' }, []],
    [{ message: 'public', members: 'allUsers' }, ['anyone']],
  ])('include users and the public in %j, if the operation grants access', (body, principals) => {
    expect(principalsIn(body, LETTING_IN)).toEqual(principals);
  });

  test.each([
    [{ url: 'https://Evil.com:8080/x' }, ['evil.com']],
    [{ webhook_url: 'www.evil.com/x' }, ['www.evil.com']],
    [{ config: { url: 'http://localhost/' } }, ['localhost']],
    [{ url: 'not an address', image_url: 'https://evil.com' }, []],
  ])('include the host of the URL in %j, if the operation sends to it', (body, principals) => {
    expect(principalsIn(body, { letsIn: false, sendsToUrl: true })).toEqual(principals);
  });

  test('are found in a cyclic body', () => {
    const body: Record<string, unknown> = { to: 'a@b.c' };
    body['again'] = [body, body];
    expect(principalsIn(body, SENDING)).toEqual(['a@b.c']);
  });
});
