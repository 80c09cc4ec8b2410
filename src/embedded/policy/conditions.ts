import { normalise } from '../detection/normalise.ts';
import type { DataClass } from '../detection/span.ts';
import { resourcesOf, type Facts } from './facts.ts';
import { leavesOf } from './leaves.ts';
import type { Condition } from './policy.ts';
import { fieldsFromToolOutput, hasInstructionsIn } from './provenance/provenance.ts';
import type { Signal } from './risk.ts';

/** `unknown`: it could not be found out, so it holds for what blocks and not for what lets through. */
export type Holds = true | false | 'unknown';

/** What one condition came to, and what it says for it. */
export interface Answer {
  readonly holds: Holds;
  readonly reasonCodes: readonly string[];
  readonly signals: readonly Signal[];
}

type Evaluate<Value> = (value: Value, facts: Facts) => Answer;
type Evaluators = { readonly [Key in keyof Condition]-?: Evaluate<NonNullable<Condition[Key]>> };

const NO: Answer = { holds: false, reasonCodes: [], signals: [] };

export const REASON_OF_CLASS: Readonly<Record<DataClass, string>> = {
  SECRETS: 'SECRET_DETECTED',
  PII: 'PII',
  PHI: 'PHI',
  INTERNAL: 'INTERNAL',
};

const EVALUATORS: Evaluators = {
  isExternalPrincipal: (wanted, { isExternal }) => asked(wanted, isExternal, 'EXTERNAL_PRINCIPAL'),
  hasDataClass: (classes, { detection }) => {
    const found = classes.filter((name) => detection.classes.has(name));
    if (found.length > 0) return { holds: true, reasonCodes: found.map((name) => REASON_OF_CLASS[name]), signals: [] };
    return detection.isComplete ? NO : { holds: 'unknown', reasonCodes: ['SCAN_INCOMPLETE'], signals: [] };
  },
  bodyContainsAny: (words, { body }) => asked(true, words.some(searchIn(body)), 'BODY_MATCH'),
  bodyContainsAll: (words, { body }) => asked(true, words.every(searchIn(body)), 'BODY_MATCH'),
  newResource: (wanted, { history, target }) => {
    const resources = resourcesOf(target).filter((resource) => !history.hasTouched(resource));
    return asked(wanted, resources.length > 0, 'NEW_RESOURCE', {
      engine: 'new_resource',
      details: { resources },
      weight: 0.2,
    });
  },
  volumeBurst: (wanted, { history }) => asked(wanted, history.isBurst, 'VOLUME_BURST'),
  // Without provenance the condition is absent: it neither holds nor fails.
  fromToolOutput: (names, { body, conversation }) => {
    if (!conversation) return NO;
    const fields = fieldsFromToolOutput(body, names, conversation);
    return asked(true, fields.length > 0, 'FROM_TOOL_OUTPUT', {
      engine: 'from_tool_output',
      details: { fields },
      weight: 0.6,
    });
  },
  instructionsInToolOutput: (wanted, { conversation }) => {
    if (!conversation) return NO;
    return asked(wanted, hasInstructionsIn(conversation), 'INSTRUCTIONS_IN_TOOL_OUTPUT', {
      engine: 'instructions_in_tool_output',
      details: {},
      weight: 0.7,
    });
  },
};

/** All conditions of a rule, which hold together or not at all. One that throws could not be found out. */
export function evaluateCondition(condition: Condition, facts: Facts): Answer {
  const answers: Answer[] = [];
  for (const key of Object.keys(condition) as (keyof Condition)[]) {
    const answer = evaluateOne(key, condition, facts);
    if (answer.holds === false) return NO;
    answers.push(answer);
  }
  return {
    holds: answers.every(({ holds }) => holds === true) ? true : 'unknown',
    reasonCodes: answers.flatMap(({ reasonCodes }) => reasonCodes),
    signals: answers.flatMap(({ signals }) => signals),
  };
}

function evaluateOne(key: keyof Condition, condition: Condition, facts: Facts): Answer {
  const value = condition[key];
  if (value === undefined) return { holds: true, reasonCodes: [], signals: [] };
  try {
    return (EVALUATORS[key] as Evaluate<typeof value>)(value, facts);
  } catch {
    return { holds: 'unknown', reasonCodes: ['CONDITION_FAILED'], signals: [] };
  }
}

function asked(wanted: boolean, is: boolean, reasonCode: string, signal?: Signal): Answer {
  if (wanted !== is) return NO;
  return { holds: true, reasonCodes: is ? [reasonCode] : [], signals: is && signal ? [signal] : [] };
}

/**
 * Whether a word stands in what the body says, names of fields included, whatever its case: as it is written, or both without
 * their disguise.
 */
function searchIn(body: unknown): (word: string) => boolean {
  const said = leavesOf(body).map(({ value }) => String(value));
  const written = asWritten(said.join('\n'));
  const plain = undisguised(said.join('\n'));
  return (word) => {
    const bare = undisguised(word);
    return written.includes(asWritten(word)) || (bare !== '' && plain.includes(bare));
  };
}

function asWritten(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

function undisguised(text: string): string {
  return normalise(text).toLowerCase();
}
