import { badRequest } from '../api-fault.ts';
import { isObject } from '../checks.ts';
import { AGENTS_RULES } from './agents-rules.ts';
import { checkRule } from './check-rule.ts';
import { CORRECTIONS } from './corrections.ts';
import { readRules } from './notation.ts';
import { SPEC_RULES } from './spec-rules.ts';

const RULES = readRules(SPEC_RULES + CORRECTIONS + AGENTS_RULES);

/**
 * Checks the body of a request.
 *
 * @param name the name of its rule
 * @throws ApiFault for the first problem
 */
export function checkBody(name: string, body: unknown): void {
  const rule = RULES.get(name);
  if (!rule) throw new TypeError(`Unknown rule "${name}".`);
  if (!isObject(body)) throw badRequest('We could not parse the JSON body of your request.');
  checkRule(body, rule);
}
