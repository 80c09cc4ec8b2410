import { randomUUID } from 'node:crypto';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { OutputDecision, OutputRequest } from '../runner/gateway/gateway.ts';
import { targetOf } from './catalog/target-of.ts';
import { detect, type Detection } from './detection/detect.ts';
import { DATA_CLASSES } from './detection/span.ts';
import { REASON_OF_CLASS } from './policy/conditions.ts';
import { matches } from './policy/match.ts';
import type { OutputRule, Policy } from './policy/policy.ts';
import { ForeignText } from './policy/provenance/conversation-index.ts';
import { all, type Truth } from './policy/truth.ts';
import { sanitized } from './sanitize.ts';

/** Characters that are searched for instructions: what is longer may have any, as beyond the limits of detection. */
const MAX_CHARACTERS = 1_000_000;
const STRICTNESS: readonly OutputRule['action'][] = ['SANITIZE', 'FENCE', 'DENY'];

/** What an output contains, read when a rule needs it. */
interface OutputFacts {
  readonly detection: Detection;
  readonly hasInstructions: Truth;
}

interface Applied {
  readonly policy: Policy;
  readonly rule: OutputRule;
  readonly reasonCodes: readonly string[];
}

/**
 * Judges an output by the rules with `x_output`. The strictest rule that applies decides; what SANITIZE rules redact is
 * redacted in a fenced output, too. A rule of which it is not known whether it applies, does.
 */
export function judgeOutput(
  policies: readonly Policy[],
  request: OutputRequest,
  regions: readonly string[],
): OutputDecision {
  // Without an answer to who is outside, a rule about outsiders applies.
  const called = { target: targetOf(request.call), isExternal: 'unknown' } as const;
  const facts = factsOf(request, regions);
  const applied = policies
    .flatMap((policy) => policy.outputRules.map((rule) => ({ policy, rule })))
    .flatMap((each): readonly Applied[] => {
      const fits = matches(each.rule.match, called);
      if (fits === false || fits === 'absent') return [];
      const reasonCodes = reasonsToApply(each.rule, facts, request.hasMedia);
      return reasonCodes ? [{ ...each, reasonCodes }] : [];
    })
    .sort(({ rule: one }, { rule: other }) => strictness(other) - strictness(one) || one.priority - other.priority);
  const [first] = applied;
  const traceId = request.traceId ?? randomUUID();
  if (!first) return { decision: 'ALLOW', reasonCodes: [], traceId };
  const { policyId, name: policyName } = first.policy;
  const { ruleId, reason, action } = first.rule;
  const reasonCodes = [
    ...new Set(applied.filter(({ rule }) => rule.action === action).flatMap((one) => one.reasonCodes)),
  ];
  const by = { traceId, policyId, policyName, ruleId, ...omitUndefined({ reason }) };
  if (action === 'DENY') return { decision: action, reasonCodes, ...by };
  const redacting = applied.map(({ rule }) => rule).filter((rule) => rule.action === 'SANITIZE');
  if (redacting.length === 0) return { decision: 'FENCE', reasonCodes, ...by };
  const clean = request.hasMedia ? undefined : redacted(request.texts, facts.detection, redacting, regions);
  if (!clean) return { decision: 'DENY', reasonCodes: [...reasonCodes, 'NOT_SANITIZABLE'], ...by };
  if (action === 'FENCE') return { decision: action, reasonCodes, ...by, sanitizedTexts: clean };
  if (clean === request.texts) return { decision: 'ALLOW', reasonCodes: [], traceId };
  return { decision: action, reasonCodes, ...by, sanitizedTexts: clean };
}

function factsOf({ texts }: OutputRequest, regions: readonly string[]): OutputFacts {
  let detection: Detection | undefined;
  let hasInstructions: Truth | undefined;
  return {
    get detection() {
      return (detection ??= detect(texts, { regions }));
    },
    get hasInstructions() {
      return (hasInstructions ??= readInstructions(texts));
    },
  };
}

/** A model reads the parts of an output one after the other, so that a phrase may span them. */
function readInstructions(texts: readonly string[]): Truth {
  if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_CHARACTERS) return 'unknown';
  const readings = texts.length > 1 ? [...texts, texts.join('\n')] : texts;
  return readings.some((text) => new ForeignText({ output: text }).instructed !== undefined);
}

/** The reasons for which a rule applies; undefined if it does not. */
function reasonsToApply({ output, action }: OutputRule, facts: OutputFacts, hasMedia: boolean) {
  const reasonCodes: string[] = [];
  const holds: Truth[] = [];
  if (output.dataClasses) {
    const { classes, isComplete } = facts.detection;
    const found = output.dataClasses.filter((each) => classes.has(each));
    reasonCodes.push(...found.map((each) => REASON_OF_CLASS[each]));
    holds.push(found.length > 0 || (isComplete && !hasMedia ? false : 'unknown'));
  }
  if (output.instructions) {
    const truth = facts.hasInstructions || (hasMedia ? 'unknown' : false);
    if (truth === true) reasonCodes.push('INSTRUCTIONS_IN_TOOL_OUTPUT');
    holds.push(truth);
  }
  const truth = all(holds);
  if (truth === false) return undefined;
  if (truth === 'unknown') return [...reasonCodes, 'SCAN_INCOMPLETE'];
  if (holds.length > 0) return reasonCodes;
  return action === 'SANITIZE' ? [...facts.detection.classes].map((each) => REASON_OF_CLASS[each]) : ['POLICY_MATCH'];
}

function redacted(
  texts: readonly string[],
  detection: Detection,
  rules: readonly OutputRule[],
  regions: readonly string[],
): readonly string[] | undefined {
  const classes = rules.flatMap(
    ({ output, sanitizeFields }) => output.dataClasses ?? (sanitizeFields ? [] : DATA_CLASSES),
  );
  const fields = rules.flatMap(({ sanitizeFields }) => sanitizeFields ?? []);
  const clean = sanitized(texts, { beside: undefined, detection }, { classes: new Set(classes), fields }, regions);
  return clean?.body as readonly string[] | undefined;
}

function strictness({ action }: OutputRule): number {
  return STRICTNESS.indexOf(action);
}
