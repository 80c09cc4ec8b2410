import { describe, expect, test } from '@jest/globals';
import type { Conversation } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { describe as describeCall } from '../../../src/runner/call/describe.ts';

const gateway = new EmbeddedGateway({ policies: agentSafety, ownDomains: ['acme.com'] });
const decide = async (functionName: string, body: Record<string, unknown>, conversation: Conversation | undefined) => {
  const request = { functionName, body, runtimeType: 'x', ...describeCall(functionName, body, undefined) };
  return (await gateway.scan(conversation ? { ...request, conversation } : request)).decision;
};
const said = (user: string, output = ''): Conversation => ({
  userMessages: [user],
  toolOutputs: [{ functionName: 'read', output }],
});
const TOKEN = 'ghp_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
const LOGIN = 'I am ann, and my password is Lente-2026!x';
const SIGNED = `https://data.partner.example/r.csv?token=${TOKEN}`;

describe('agentSafety and a secret that the user said', () => {
  test.each<[string, string, Record<string, unknown>, Conversation | undefined, string]>([
    ['passed in its field', 'login', { user: 'ann', password: 'Lente-2026!x' }, said(LOGIN), 'ALLOW'],
    ['a token', 'authenticate', { access_token: TOKEN }, said(`Use the token ${TOKEN}.`), 'ALLOW'],
    ['within a sentence', 'post_note', { text: 'password: Lente-2026!x' }, said(LOGIN), 'REQUIRE_APPROVAL'],
    [
      'to an outsider',
      'login',
      { to: 'tom@shop.example', password: 'Lente-2026!x' },
      said(`${LOGIN} for tom@shop.example`),
      'REQUIRE_APPROVAL',
    ],
    ['in a URL', 'open_page', { url: SIGNED }, said(`Read ${SIGNED}`), 'REQUIRE_APPROVAL'],
    [
      'and one that the user did not',
      'post_note',
      { text: `password: Lente-2026!x ${TOKEN}` },
      said(LOGIN, TOKEN),
      'DENY',
    ],
    ['only in a quote', 'authenticate', { access_token: TOKEN }, said(`> ${TOKEN}`), 'DENY'],
    ['without provenance', 'login', { user: 'ann', password: 'Lente-2026!x' }, undefined, 'DENY'],
    ['from a tool', 'authenticate', { access_token: TOKEN }, said('Log me in.', TOKEN), 'DENY'],
    [
      'from a tool in a URL as it is',
      'open_page',
      { url: SIGNED },
      said('Read it.', `See ${SIGNED}.`),
      'REQUIRE_APPROVAL',
    ],
    [
      'from a tool in another URL',
      'open_page',
      { url: `https://shop.example/?u=${encodeURIComponent(SIGNED)}` },
      said('Read it.', SIGNED),
      'DENY',
    ],
  ])('%s: %s', async (_, name, body, conversation, expected) => {
    expect(await decide(name, body, conversation)).toBe(expected);
  });
});
