import type { Principal } from '../../runner/gateway/gateway.ts';
import type { PrincipalTests } from './policy-input.ts';
import { all, any, type Truth } from './truth.ts';
import { matchesPattern, passes } from './value-tests.ts';

/** Tests a principal. Unknown without one, and for roles or an attribute that it lacks. */
export function testPrincipal(principal: Principal | undefined, wanted: PrincipalTests): Truth {
  if (!principal) return 'unknown';
  const { id, roles, attributes = {} } = wanted;
  return all([
    id === undefined || any(id.map((pattern) => matchesPattern(pattern, principal.id))),
    roles === undefined || hasRole(principal.roles, roles),
    ...Object.entries(attributes).map(([name, tests]) => {
      const own = principal.attributes ?? {};
      return passes(tests, Object.hasOwn(own, name) ? { value: own[name] } : { why: 'missing' });
    }),
  ]);
}

function hasRole(roles: readonly string[] | undefined, patterns: readonly string[]): Truth {
  if (!roles) return 'unknown';
  return any(roles.flatMap((role) => patterns.map((pattern) => matchesPattern(pattern, role))));
}
