import { describe, expect, test } from '@jest/globals';
import type { Principal } from 'interven-openai-assistants';
import { evaluate } from '../../../src/embedded/policy/evaluate.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';
import type { PrincipalTests } from '../../../src/embedded/policy/policy-input.ts';
import { factsOf } from './facts.ts';

function judge(wanted: PrincipalTests, principal: Principal | undefined) {
  const condition = { x_principal: wanted };
  const decide = (action: 'ALLOW' | 'DENY') =>
    evaluate(parsePolicies({ name: 'p', rules: [{ condition, action }] }), factsOf({ principal }));
  const [denies, allows] = [decide('DENY').rule !== undefined, decide('ALLOW').rule !== undefined];
  return {
    applies: denies && allows ? 'yes' : denies ? 'unclear' : allows ? 'allows only' : 'no',
    reasonCodes: decide('DENY').reasonCodes,
  };
}
const ada: Principal = { id: 'ada', roles: ['intern', 'night-shift'], attributes: { limit: 500, team: 'sales' } };

describe('a rule about the principal', () => {
  test.each<[string, PrincipalTests, Principal | undefined, string]>([
    ['a role', { roles: ['intern'] }, ada, 'yes'],
    ['one of two roles', { roles: ['admin', 'intern'] }, ada, 'yes'],
    ['a role by a glob', { roles: ['night-*'] }, ada, 'yes'],
    ['another role', { roles: ['admin'] }, ada, 'no'],
    ['a role in another case', { roles: ['Intern'] }, ada, 'unclear'],
    ['a role in disguise', { roles: ['intern'] }, { id: 'eve', roles: ['іntern'] }, 'unclear'],
    ['no roles', { roles: ['intern'] }, { id: 'bob', roles: [] }, 'no'],
    ['roles that are not named', { roles: ['intern'] }, { id: 'bob' }, 'unclear'],
    ['an id', { id: ['ada', 'bob'] }, ada, 'yes'],
    ['an id by a glob', { id: ['a*'] }, ada, 'yes'],
    ['another id', { id: ['bob'] }, ada, 'no'],
    ['an id in another case', { id: ['Ada'] }, ada, 'unclear'],
    ['an attribute', { attributes: { team: { equals: 'sales' } } }, ada, 'yes'],
    ['a number', { attributes: { limit: { below: 1000 } } }, ada, 'yes'],
    ['another number', { attributes: { limit: { above: 1000 } } }, ada, 'no'],
    ['an attribute that is not named', { attributes: { grade: { above: 1 } } }, ada, 'unclear'],
    ['an attribute of the prototype', { attributes: { toString: { present: true } } }, ada, 'no'],
    ['an attribute that may be missing', { attributes: { grade: { present: true } } }, ada, 'no'],
    ['all of its keys', { id: ['ada'], roles: ['intern'], attributes: { limit: { equals: 500 } } }, ada, 'yes'],
    ['one of its keys', { id: ['ada'], roles: ['admin'] }, ada, 'no'],
    ['no principal', { roles: ['intern'] }, undefined, 'unclear'],
    ['what is no principal', { roles: ['intern'] }, { id: 'x', roles: 'intern' } as unknown as Principal, 'unclear'],
    ['an id that is no string', { id: ['7'] }, { id: 7 } as unknown as Principal, 'unclear'],
  ])('knows %s', (_, wanted, principal, expected) => {
    expect(judge(wanted, principal).applies).toBe(expected);
  });

  test('says whether it matched, is unclear, or is missing', () => {
    expect(judge({ roles: ['intern'] }, ada).reasonCodes).toEqual(['PRINCIPAL_MATCH']);
    expect(judge({ roles: ['intern'] }, { id: 'bob' }).reasonCodes).toEqual(['PRINCIPAL_UNCLEAR']);
    expect(judge({ roles: ['intern'] }, undefined).reasonCodes).toEqual(['NO_PRINCIPAL']);
  });
});
