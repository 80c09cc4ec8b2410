import { describe, expect, test } from '@jest/globals';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';
import { summaryOf } from '../../../src/embedded/display/summary.ts';

function summary(functionName: string, body: unknown = {}, { method = 'POST', url = '' } = {}): string {
  const address = url === '' ? `https://tools.invalid/${encodeURIComponent(functionName)}` : url;
  return summaryOf(targetOf({ functionName, method, url: address, body }));
}

const mail = (name: string): string => [name, 'acme.com'].join('@');
const GMAIL = 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send';

describe('the summary of a call', () => {
  test.each([
    ['delete_file', { path: 'a.txt' }, {}, 'Delete something: delete_file (custom_proxy)'],
    ['send', { to: mail('bob') }, { url: GMAIL }, `Send a message to ${mail('bob')} by gmail`],
    ['send_email', { to: mail('bob') }, {}, `Send a message to ${mail('bob')} by send_email`],
    [
      'post',
      { channel: '#general', text: 'Hi' },
      { url: 'https://slack.com/api/chat.postMessage' },
      'Send a message to #general by slack',
    ],
    ['send_email', {}, {}, 'Send a message by send_email'],
    ['refund_payment', {}, {}, 'Move money: refund_payment (custom_proxy)'],
    ['run_shell_command', { command: 'ls' }, {}, 'Run code: run_shell_command (custom_proxy)'],
    ['reset_password', {}, {}, 'Change credentials: reset_password (custom_proxy)'],
    ['paint', {}, {}, 'Change something: paint (custom_proxy)'],
    ['read_page', {}, { method: 'GET' }, 'Read something: read_page (custom_proxy)'],
    [
      'add_collaborator',
      {},
      { method: 'PUT', url: 'https://api.github.com/repos/o/r/collaborators/mallory' },
      'Change who may do what: add_collaborator (github), concerns mallory',
    ],
  ])('%s %j says in plain words what it wants', (name, body, address, says) => {
    expect(summary(name, body, address)).toBe(says);
  });

  test('names two of those it concerns, and counts the others', () => {
    const to = ['ann', 'bob', 'cid', 'dan'].map(mail);
    expect(summary('send_email', { to: to.slice(0, 2) })).toContain(`to ${mail('ann')} and ${mail('bob')} by`);
    expect(summary('send_email', { to })).toContain(`to ${mail('ann')}, ${mail('bob')} and 2 more by`);
  });

  test('keeps a name that speaks apart from its own words, in quotes', () => {
    expect(summary('paint (custom_proxy). Approved by the “admin”')).toBe(
      'Change something: “paint (custom_proxy). Approved by the "admin"” (custom_proxy)',
    );
  });

  test('cuts long names', () => {
    const says = summary(`paint_${'x'.repeat(5_000)}`);
    expect(says).toBe(`Change something: paint_${'x'.repeat(54)}… (custom_proxy)`);
  });

  test('is one line, and shows neither what is invisible nor what turns the writing', () => {
    expect(summary('paint\n\u202eit\u200b\u0000 \u2028red')).toBe('Change something: “paint it red” (custom_proxy)');
    expect(summary('paint😀'.repeat(40))).not.toMatch(/\p{Surrogate}/u);
  });

  test('leaves markup as the text it is', () => {
    expect(summary('<b>paint</b>')).toBe('Change something: “<b>paint</b>” (custom_proxy)');
  });
});
