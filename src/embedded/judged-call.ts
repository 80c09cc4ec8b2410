import type { ScanRequest } from '../runner/gateway/gateway.ts';
import type { JsonObject } from '../internal/json.ts';
import { toolOf, type AgentHistory, type Requester } from './agent-history.ts';
import { targetOf } from './catalog/target-of.ts';
import { detect } from './detection/detect.ts';
import { stricter, type createJudge } from './judge.ts';
import type { PolicySource } from './policy-files/policy-source.ts';
import { besideBody, withBeside } from './policy/beside-body.ts';
import { BodyValues } from './policy/body-values.ts';
import { evaluate, type Judgement } from './policy/evaluate.ts';
import { isExternal } from './policy/external.ts';
import { effectOf, type Facts } from './policy/facts.ts';
import type { Default } from './policy/policy-input.ts';
import { Origins } from './policy/provenance/origins.ts';
import { readAhead } from './policy/read-ahead.ts';

/** What a gateway judges calls with. */
export interface CallJudgeOptions {
  readonly policies: Pick<PolicySource, 'current'>;
  readonly fallback: Default;
  readonly judge: ReturnType<typeof createJudge>;
  readonly regions: readonly string[];
  readonly ownDomains: readonly string[];
  readonly history: AgentHistory;
  readonly now: () => number;
}

/** What is known of a call besides the request. */
export interface AboutCall {
  /** The requester whose history the call belongs to. */
  readonly requester: Requester;
  readonly headers?: JsonObject | undefined;
  /** False to count no call in the history: one that is explained, or was counted before an approver edited it. */
  readonly counts: boolean;
  /** `unknown`: the request had a conversation that was not stored. */
  readonly conversation?: 'unknown' | undefined;
}

/** A call, read and judged. */
export interface JudgedCall {
  readonly facts: Facts;
  readonly judgement: Judgement;
}

/** Judges calls by the rules and the judge. */
export class CallJudge {
  readonly #options: CallJudgeOptions;

  constructor(options: CallJudgeOptions) {
    this.#options = options;
  }

  async judge(request: ScanRequest, about: AboutCall): Promise<JudgedCall> {
    const { policies, judge, fallback } = this.#options;
    // All that is awaited comes first, so that the caller cannot change what is scanned.
    const [current, judged] = await Promise.all([policies.current(), judge(request)]);
    await readAhead(current, request);
    const facts = this.factsOf(request, about);
    return { facts, judgement: stricter(evaluate(current, facts, fallback), judged) };
  }

  factsOf(request: ScanRequest, { requester, headers, counts, conversation }: AboutCall): Facts {
    const { regions, ownDomains, history, now } = this.#options;
    const options = { regions, ownDomains };
    const target = targetOf({ ...request, headers });
    const beside = besideBody(request, headers, options);
    const values = new BodyValues(request.body);
    const isOwn = (principal: string): boolean => !isExternal(principal, ownDomains);
    return {
      target,
      body: request.body,
      values,
      beside,
      regions,
      detection: withBeside(detect(request.body, options), beside),
      origins:
        conversation ??
        (request.conversation &&
          new Origins({ values, conversation: request.conversation, effect: effectOf(target), isOwn })),
      principal: request.principal,
      history: history.recordCall(requester, toolOf(target), now(), counts),
      isOwn,
      isExternal:
        beside?.leaks ||
        target.principals.some((each) => isExternal(each, ownDomains)) ||
        (target.unread ? 'unknown' : false),
    };
  }
}
