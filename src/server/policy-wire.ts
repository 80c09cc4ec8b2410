import { CONDITION_NAMES, MATCH_NAMES } from '../embedded/policy/policy-schema.ts';
import type { Policy, Rule } from '../embedded/policy/policy.ts';

/** The rules as they are written, with every default filled in. */
export function rulesToWire({ rules }: Policy): readonly object[] {
  return rules.map(({ ruleId, priority, action, match, condition, sanitizeFields }: Rule) => ({
    rule_id: ruleId,
    priority,
    action,
    match: renamed(match, MATCH_NAMES),
    condition: renamed(condition, CONDITION_NAMES),
    ...(sanitizeFields ? { sanitize_fields: sanitizeFields } : {}),
  }));
}

function renamed(values: object, names: Readonly<Record<string, string>>): object {
  const known = values as Readonly<Record<string, unknown>>;
  const entries = Object.entries(names).map(([written, name]) => [written, known[name]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
