/**
 * Evaluates the conditions of rules. To add a condition:
 *
 * 1. `policy-input.ts`: the key and its documentation in `ConditionInput` (prefix `x_` unless it is Interven's);
 * 2. `policy.ts`: the same key in `Condition`, in camelCase;
 * 3. `policy-schema.ts`: its schema in `conditionShape`, and both names in `CONDITION_NAMES`;
 * 4. here: its evaluator in `EVALUATORS`, reading only `Facts`.
 *
 * The compiler reports a missing step.
 */
import type { DataClass } from '../detection/span.ts';
import { testArguments } from './arguments.ts';
import { searchForms } from './body-values.ts';
import { effectOf, resourcesOf, type Facts } from './facts.ts';
import { leaksOf } from './leaks.ts';
import type { Condition } from './policy.ts';
import { testPrincipal } from './principal.ts';
import { fieldsFromInstructions, fieldsFromToolOutput, type OriginOptions } from './provenance/provenance.ts';
import { fieldsNotFromUser, isAskedWithValues } from './provenance/not-from-user.ts';
import type { Origins } from './provenance/origins.ts';
import { areSecretsFromUser, isDataFromUser } from './provenance/user-secrets.ts';
import type { Signal } from './risk.ts';
import { all, not, type Truth } from './truth.ts';

/** The result of evaluating conditions. */
export interface ConditionResult {
  readonly holds: Truth;
  readonly reasonCodes: readonly string[];
  readonly signals: readonly Signal[];
}

type Evaluate<Value> = (value: Value, facts: Facts) => ConditionResult;
type Keys = Omit<Condition, 'not'>;
type Evaluators = { readonly [Key in keyof Keys]-?: Evaluate<NonNullable<Keys[Key]>> };

const MATCH: ConditionResult = { holds: true, reasonCodes: [], signals: [] };
const NO_MATCH: ConditionResult = { holds: false, reasonCodes: [], signals: [] };
const INCOMPLETE: ConditionResult = { holds: 'unknown', reasonCodes: ['SCAN_INCOMPLETE'], signals: [] };
const NO_CONVERSATION: ConditionResult = { holds: 'absent', reasonCodes: ['NO_PROVENANCE'], signals: [] };
/** Without a reason: what the call does or has is one, not that the user might have said so. */
const NO_CONVERSATION_SILENTLY: ConditionResult = { ...NO_CONVERSATION, reasonCodes: [] };
const CUT: ConditionResult = { holds: 'unknown', reasonCodes: ['CONTEXT_CUT'], signals: [] };
const UNKNOWN_CONVERSATION: ConditionResult = { ...NO_CONVERSATION, holds: 'unknown' };

export const REASON_OF_CLASS: Readonly<Record<DataClass, string>> = {
  SECRETS: 'SECRET_DETECTED',
  PII: 'PII',
  PHI: 'PHI',
  INTERNAL: 'INTERNAL',
};

const EVALUATORS: Evaluators = {
  isExternalPrincipal: (wanted, { isExternal }) =>
    typeof isExternal === 'boolean' ? matches(wanted, isExternal, 'EXTERNAL_PRINCIPAL') : INCOMPLETE,
  hasDataClass: (classes, facts) => {
    const leaks = leaksOf(facts);
    const found = classes.filter((name) => leaks.has(name));
    if (found.length > 0) return { holds: true, reasonCodes: found.map((name) => REASON_OF_CLASS[name]), signals: [] };
    return facts.detection.isComplete ? NO_MATCH : INCOMPLETE;
  },
  bodyContainsAny: (words, facts) => matches(true, words.some(searchIn(facts)), 'BODY_MATCH'),
  bodyContainsAll: (words, facts) => matches(true, words.every(searchIn(facts)), 'BODY_MATCH'),
  newResource: (wanted, { history, target }) => {
    const resources = resourcesOf(target).filter((resource) => !history.hasTouched(resource));
    return matches(wanted, resources.length > 0, 'NEW_RESOURCE', {
      engine: 'new_resource',
      details: { resources },
      weight: 0.2,
    });
  },
  volumeBurst: (wanted, { history }) => matches(wanted, history.isBurst, 'VOLUME_BURST'),
  fromToolOutput: (names, facts) => evaluateOrigin(names, facts),
  fromToolProse: (names, facts) => evaluateOrigin(names, facts, { inProse: true, isUnasked: true }),
  fromToolUnasked: (names, facts) => evaluateOrigin(names, facts, { isUnasked: true }),
  askedByUser: (wanted, facts) =>
    wanted === 'with_values'
      ? askOrigins(
          facts,
          (origins) => holdsIf(isAskedWithValues(origins, effectOf(facts.target))),
          NO_CONVERSATION_SILENTLY,
        )
      : askOrigins(facts, (origins) => holdsIf(wanted === origins.isAsked())),
  notFromUser: (names, facts) =>
    askOrigins(facts, (origins) => {
      const fields = fieldsNotFromUser(origins, names);
      return matches(true, fields.length > 0, 'NOT_FROM_USER', {
        engine: 'not_from_user',
        details: { fields },
        weight: 0.5,
      });
    }),
  secretsFromUser: (wanted, facts) =>
    askOrigins(
      facts,
      (origins) => {
        const are = areSecretsFromUser(facts.detection, origins, wanted === 'in_own_field');
        return matches(wanted !== false, are, 'SECRETS_FROM_USER');
      },
      NO_CONVERSATION_SILENTLY,
    ),
  dataFromUser: (wanted, facts) =>
    askOrigins(
      facts,
      (origins) => holdsIf(wanted === isDataFromUser(facts.detection, origins)),
      NO_CONVERSATION_SILENTLY,
    ),
  arguments: (wanted, { body }) => {
    const results = testArguments(body, wanted);
    const isFound = results.every((result) => result.isFound);
    return judged(all(results.map(({ holds }) => holds)), isFound ? 'ARGUMENT_MATCH' : 'ARGUMENT_UNCLEAR');
  },
  principal: (wanted, { principal }) => {
    const holds = testPrincipal(principal, wanted);
    return judged(holds, !principal ? 'NO_PRINCIPAL' : holds === true ? 'PRINCIPAL_MATCH' : 'PRINCIPAL_UNCLEAR');
  },
  instructionsInToolOutput: (wanted, facts) =>
    askOrigins(facts, (origins) => {
      if (origins.conversation.isCut && !origins.hasInstructions()) return CUT;
      const { target } = facts;
      const call = { names: effectOf(target).names, isChange: target.verb !== 'READ' };
      const fields = wanted === 'followed' ? fieldsFromInstructions(origins, call) : undefined;
      const holds = fields ? fields.length > 0 : origins.hasInstructions();
      return matches(wanted !== false, holds, 'INSTRUCTIONS_IN_TOOL_OUTPUT', {
        engine: 'instructions_in_tool_output',
        details: fields ? { fields } : {},
        weight: 0.7,
      });
    }),
};

/** Evaluates a rule's conditions, which must all hold. The first that does not hold decides. */
export function evaluateCondition(condition: Condition, facts: Facts): ConditionResult {
  const results: ConditionResult[] = [];
  for (const key of Object.keys(condition) as (keyof Condition)[]) {
    const result = evaluateKey(key, condition, facts);
    if (result.holds === false) return NO_MATCH;
    results.push(result);
  }
  return {
    holds: all(results.map(({ holds }) => holds)),
    reasonCodes: results.flatMap(({ reasonCodes }) => reasonCodes),
    signals: results.flatMap(({ signals }) => signals),
  };
}

/** Evaluates one key of a condition. A condition that throws is `unknown`. */
export function evaluateKey(key: keyof Condition, condition: Condition, facts: Facts): ConditionResult {
  if (key === 'not') return negated(evaluateCondition(condition.not ?? {}, facts));
  const value = condition[key];
  if (value === undefined) return MATCH;
  try {
    return (EVALUATORS[key] as Evaluate<typeof value>)(value, facts);
  } catch {
    return { holds: 'unknown', reasonCodes: ['CONDITION_FAILED'], signals: [] };
  }
}

/** @param otherwise the answer without a conversation */
function askOrigins(
  { origins }: Facts,
  ask: (origins: Origins) => ConditionResult,
  otherwise: ConditionResult = NO_CONVERSATION,
): ConditionResult {
  if (!origins) return otherwise;
  return origins === 'unknown' ? UNKNOWN_CONVERSATION : ask(origins);
}

function evaluateOrigin(
  names: readonly string[],
  facts: Facts,
  options: Pick<OriginOptions, 'inProse' | 'isUnasked'> = {},
): ConditionResult {
  return askOrigins(facts, (origins) => {
    const fields = fieldsFromToolOutput(origins, names, options);
    if (fields.length === 0 && origins.conversation.isCut) {
      if (fieldsFromToolOutput(origins, names, { ...options, isAnywhere: true }).length > 0) return CUT;
    }
    return matches(true, fields.length > 0, 'FROM_TOOL_OUTPUT', {
      engine: 'from_tool_output',
      details: { fields },
      weight: 0.6,
    });
  });
}

function holdsIf(holds: boolean): ConditionResult {
  return holds ? MATCH : NO_MATCH;
}

function negated({ holds, reasonCodes }: ConditionResult): ConditionResult {
  return { holds: not(holds), reasonCodes: holds === false ? [] : reasonCodes, signals: [] };
}

function judged(holds: Truth, reasonCode: string): ConditionResult {
  return holds === false ? NO_MATCH : { holds, reasonCodes: [reasonCode], signals: [] };
}

function matches(wanted: boolean, is: boolean, reasonCode: string, signal?: Signal): ConditionResult {
  if (wanted !== is) return NO_MATCH;
  return { holds: true, reasonCodes: is ? [reasonCode] : [], signals: is && signal ? [signal] : [] };
}

/** Searches the strings and field names of a request in every form in which a receiver may read them. */
function searchIn({ values, beside }: Facts): (words: string) => boolean {
  return searchForms([...values.forms, ...(beside?.values.forms ?? [])]);
}
