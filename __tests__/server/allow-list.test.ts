import { expect, test } from '@jest/globals';
import type { MatchInput, RuleInput } from 'interven-openai-assistants/embedded';
import { jsonOf, serving } from './serving.ts';

/** The decision at a server with an allow-list. The wire format has no function names. */
async function decide(match: MatchInput, call: object, more: Partial<RuleInput> = {}) {
  const policies = { name: 'list', rules: [{ match, ...more, action: 'ALLOW' as const }] };
  const { agent } = serving({}, { policies, default: 'DENY' });
  return (await jsonOf(await agent('POST', '/v1/scan', call)))['decision'];
}
const at = (url: string, body: object | null = null, method = 'GET') => ({ method, url, body });
const chosen = (url: string) => at(url, { url });

test.each<[string, MatchInput, object, string]>([
  ['a tool without a URL', { tool_name: 'get_time' }, at('https://tools.invalid/get_time', {}), 'ALLOW'],
  ['a URL that is called like a tool', { tool_name: 'get_time' }, at('https://evil.example/time'), 'DENY'],
  ['such a URL of the model’s', { tool_name: 'get_time' }, chosen('https://evil.example/time'), 'DENY'],
  ['the operation of such a URL', { operations: ['get_time'] }, chosen('https://evil.example/time'), 'DENY'],
  ['its category', { operations: ['category:calendar'] }, chosen('https://evil.example/calendar'), 'DENY'],
  ['a service by the model’s URL', { tool_name: 'github' }, chosen('https://api.github.com/user'), 'DENY'],
  ['a service by the tool’s URL', { tool_name: 'github' }, at('https://api.github.com/user'), 'ALLOW'],
  [
    'its operation',
    { operations: ['create_issue'] },
    at('https://api.github.com/repos/o/r/issues', {}, 'POST'),
    'ALLOW',
  ],
  ['the host of a tool', { tool_name: 'shop.acme.com' }, at('https://shop.acme.com/refund', {}, 'POST'), 'ALLOW'],
  ['another host', { tool_name: 'shop.acme.com' }, at('https://evil.example/shop.acme.com', {}, 'POST'), 'DENY'],
  [
    'the host of a service that anyone could run',
    { tool_name: 'git.acme.com' },
    at('https://git.acme.com/api/v4/projects/1/issues'),
    'ALLOW',
  ],
  [
    'a service that anyone could run',
    { tool_name: 'gitlab' },
    at('https://evil.example/api/v4/projects/1/issues'),
    'DENY',
  ],
  [
    'a project at such a service',
    { repo_patterns: ['octo/*'] },
    at('https://evil.example/api/v4/projects/octo%2Fhello/issues'),
    'DENY',
  ],
])('an allow-list over HTTP knows %s', async (_, match, call, expected) => {
  expect(await decide(match, call)).toBe(expected);
});

test('a URL of the model’s can be allowed as an argument', async () => {
  const condition = { x_arguments: { url: { matches: 'https://docs.acme.com/*' } } };
  expect(await decide({ verbs: ['READ'] }, chosen('https://docs.acme.com/a'), { condition })).toBe('ALLOW');
  expect(await decide({ verbs: ['READ'] }, chosen('https://evil.example/a'), { condition })).toBe('DENY');
});
