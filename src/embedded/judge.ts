import type { ScanRequest } from '../runner/gateway/gateway.ts';
import { Limit } from '../internal/abort.ts';
import { shown } from '../internal/checks.ts';
import { isJsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { strictness, type Judgement } from './policy/evaluate.ts';
import type { Default } from './policy/policy-input.ts';

/** The decision of a judge. */
export interface JudgeDecision {
  /** `ALLOW` is no objection: the rules decide. */
  readonly decision: Default;
  /** In plain words, for the model, the approver and the developer. */
  readonly reason?: string | undefined;
  /** Default: `JUDGE`. */
  readonly reasonCodes?: readonly string[] | undefined;
}

/**
 * Decides on a call in code, besides the rules. The stricter decision counts, so that a judge never allows what a rule
 * or the default blocks. Return undefined for no objection. A judge that throws, takes longer than 10 seconds or returns
 * anything else denies the call (`JUDGE_FAILED`).
 *
 * @param request contains the arguments as `body`
 */
export type Judge = (request: ScanRequest) => JudgeDecision | undefined | Promise<JudgeDecision | undefined>;

const MAX_MS = 10_000;
const DECISIONS: readonly unknown[] = ['ALLOW', 'REQUIRE_APPROVAL', 'DENY'] satisfies Default[];
const FAILED = { decision: 'DENY', reasonCodes: ['JUDGE_FAILED'] } as const;

/** Returns a function that asks the judge, and never rejects. The first failure is reported as a process warning. */
export function createJudge(judge: Judge | undefined): (request: ScanRequest) => Promise<JudgeDecision | undefined> {
  let isReported = false;
  return async (request) => {
    if (!judge) return undefined;
    try {
      return judgedCall(await new Limit(undefined, MAX_MS).within(async () => judge(request)));
    } catch (error) {
      if (!isReported)
        process.emitWarning(`judge failed: ${messageOf(error)} It denies the call; later failures are not reported.`);
      isReported = true;
      return FAILED;
    }
  };
}

/** @throws TypeError for anything but a decision */
function judgedCall(returned: unknown): JudgeDecision | undefined {
  if (returned === undefined) return undefined;
  const {
    decision,
    reason,
    reasonCodes = ['JUDGE'],
  } = Object(returned) as Partial<Record<keyof JudgeDecision, unknown>>;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isValid = isJsonObject(returned) && DECISIONS.includes(decision) && (reason === undefined || isText(reason));
  if (!isValid || !Array.isArray(reasonCodes) || !reasonCodes.every(isText)) {
    throw new TypeError(`It returned ${shown(returned)} instead of { decision: 'DENY', reason } or undefined.`);
  }
  return omitUndefined({ decision: decision as Default, reason, reasonCodes });
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error;
  return text.endsWith('.') ? text : `${text}.`;
}

/** Returns the stricter of the rules' judgement and the judge's. No grant answers a judge that requires an approval. */
export function stricter(judgement: Judgement, judged: JudgeDecision | undefined): Judgement {
  const difference = judged ? strictness(judged.decision) - strictness(judgement.action) : -1;
  if (!judged || difference < 0) return judgement;
  const { grant: _grant, ...rest } = judgement;
  if (difference === 0) return rest;
  const { signals, riskScore, riskBand } = judgement;
  const { decision: action, reason, reasonCodes = [] } = judged;
  return { action, reasonCodes, signals, riskScore, riskBand, ...omitUndefined({ reason }) };
}

/** The judgement of a tool's own code. */
export const NEEDS_APPROVAL = {
  decision: 'REQUIRE_APPROVAL',
  reasonCodes: ['NEEDS_APPROVAL'],
  reason: 'The tool asks for an approval of this call.',
} as const;
