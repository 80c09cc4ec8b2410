import { randomUUID } from 'node:crypto';
import type { ApprovalStore, StoredApproval } from './approvals/approval-store.ts';
import { Approvals, type Decider } from './approvals/approvals.ts';
import { memoryApprovalStore } from './approvals/memory-store.ts';
import type { ScanOrigin } from './approvals/scan-origin.ts';
import type { Approval, Decision, Gateway, ScanRequest } from '../runner/gateway/gateway.ts';
import { detect, type Detection } from './detection/detect.ts';
import { DEFAULT_REGIONS, isRegion } from './detection/personal/phone.ts';
import { checkCount, checkFunction, checkKeys, checkMethods, checkMs, checkStrings } from '../internal/checks.ts';
import { evaluate, type Judgement } from './policy/evaluate.ts';
import { resourcesOf } from './policy/facts.ts';
import type { PolicyInput } from './policy/policy-input.ts';
import type { Policy } from './policy/policy.ts';
import { isExternal } from './catalog/principals.ts';
import { parsePolicies } from './policy/parse-policies.ts';
import { targetOf } from './catalog/target-of.ts';
import type { Target } from './catalog/target.ts';
import { AgentHistory, type BurstLimit } from './agent-history.ts';
import { callOutline } from './display/call-outline.ts';
import { fieldsAtFault, GatewayEvents, type GatewayListener } from './gateway-events.ts';
import { decisionFromWire } from '../runner/gateway/interven-wire.ts';
import { createPolicySource, type PolicyOptions, type PolicySource } from './policy-files/policy-source.ts';
import { sanitized } from './sanitized.ts';

export interface EmbeddedGatewayOptions extends PolicyOptions {
  /**
   * The countries whose telephone numbers are known without their prefix, as ISO 3166 codes (`US`). Each one more also takes more
   * for a number that is none. Default: {@link DEFAULT_REGIONS}.
   */
  readonly regions?: readonly string[] | undefined;
  /** Your own domains, with their subdomains, and user names. Who is none of these is external. Default: none, so that everybody is. */
  readonly ownDomains?: readonly string[] | undefined;
  /** What `volume_burst` means. Default: more than 30 calls of an agent to one tool within 60 000 ms. */
  readonly burst?: Partial<BurstLimit> | undefined;
  /** Where approvals are kept. Default: in memory. */
  readonly store?: ApprovalStore | undefined;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * A gateway in this process: Interven's policies and detection with no account and no network.
 *
 * Approvals live for ten minutes: whoever decides calls {@link approve} or {@link deny} with the id that `onApprovalRequested`
 * told. An approval clears one call, a refusal denies every equal one.
 *
 * @example
 * const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['acme.com'] });
 */
export class EmbeddedGateway implements Gateway {
  readonly #policies: PolicySource;
  readonly #regions: readonly string[];
  readonly #ownDomains: readonly string[];
  readonly #history: AgentHistory;
  readonly #approvals: Approvals;
  readonly #now: () => number;
  readonly #events = new GatewayEvents();

  /** @throws TypeError for an option that is none; PolicyError for a policy that is none */
  constructor(options: EmbeddedGatewayOptions = {}) {
    checkKeys('EmbeddedGateway', options, OPTIONS);
    const { calls, withinMs } = options.burst ?? {};
    if (options.store !== undefined) checkMethods('store', options.store, STORE_METHODS);
    this.#regions = checkStrings('regions', options.regions) ?? DEFAULT_REGIONS;
    const unknown = this.#regions.find((region) => !isRegion(region));
    if (unknown !== undefined) {
      throw new TypeError(`regions has "${unknown}", which is no country; write its ISO 3166 code, such as GB.`);
    }
    this.#ownDomains = checkStrings('ownDomains', options.ownDomains) ?? [];
    this.#now = checkFunction('now', options.now) ?? Date.now;
    this.#history = new AgentHistory({
      calls: checkCount('burst.calls', calls) ?? 30,
      withinMs: checkMs('burst.withinMs', withinMs) ?? 60_000,
    });
    this.#approvals = new Approvals(options.store ?? memoryApprovalStore(), this.#now);
    this.#policies = createPolicySource(options);
  }

  /**
   * An asker (a key, else an agent) with 200 approvals pending, or 16 MB of such calls, is denied what would need another one, with
   * the reason code `x_too_many_approvals`.
   *
   * @param origin only for a server that asks for others
   * @throws GatewayError when the policies' files could not be read
   */
  async scan(request: ScanRequest, origin: ScanOrigin = {}): Promise<Decision> {
    const { body, conversation } = request;
    const policies: readonly Policy[] = await this.#policies.current();
    const target = targetOf(request);
    const agent = agentOf({ ...request, key: origin.key });
    const detection = detect(body, { regions: this.#regions });
    const judgement = evaluate(policies, {
      target,
      body,
      detection,
      conversation,
      history: this.#history.called(agent, toolOf(target), this.#now()),
      isExternal: target.principals.some((principal) => isExternal(principal, this.#ownDomains)),
    });
    const resources = resourcesOf(target);
    const call = { request, origin, target, detection, resources };
    const decision = await this.#decide(judgement, call);
    if (decision.decision === 'ALLOW' || decision.decision === 'SANITIZE') this.#history.touched(agent, resources);
    const answer = decisionFromWire({ ...decision, ...wireFacts(judgement, target, detection) });
    const at = new Date(this.#now());
    const fields = fieldsAtFault(detection);
    this.#events.tell({ type: 'decision', at, request, key: origin.key, decision: answer, fields });
    return answer;
  }

  /**
   * What became of an approval.
   *
   * @param origin whose approval it must be, where it has a key
   * @throws GatewayError for an id that was never given out, or not to that key
   */
  async approvalStatus(approvalId: string, origin: ScanOrigin = {}): Promise<Approval> {
    const approval = await this.#approvals.status(approvalId, origin.key);
    const { status, decidedBy, decidedAt, note } = approval;
    if (status === 'approved') this.#history.touched(agentOf(approval), approval.resources);
    return {
      status,
      ...(decidedBy === undefined ? {} : { decidedBy }),
      ...(decidedAt === undefined ? {} : { decidedAt }),
      ...(note === undefined ? {} : { note }),
    };
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  async approve(approvalId: string, by: Decider = {}): Promise<void> {
    this.#events.tell({ type: 'approval', approval: await this.#approvals.decide(approvalId, 'approved', by) });
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  async deny(approvalId: string, by: Decider = {}): Promise<void> {
    this.#events.tell({ type: 'approval', approval: await this.#approvals.decide(approvalId, 'denied', by) });
  }

  /** The approvals that are kept, oldest first. */
  async approvals(): Promise<readonly StoredApproval[]> {
    return this.#approvals.list();
  }

  /** The policies in force, with every default filled in. */
  async policies(): Promise<readonly Policy[]> {
    return this.#policies.current();
  }

  /**
   * Puts a policy in force, in the place of the one that has its name, until a file that has it is read again or this gateway ends.
   *
   * @throws PolicyError when it is none
   */
  applyPolicy(policy: PolicyInput): void {
    for (const parsed of parsePolicies(policy)) this.#policies.apply(parsed);
  }

  /** Tells a listener of every decision and of every answer of a person, until the returned function is called. */
  observe(listener: GatewayListener): () => void {
    return this.#events.add(listener);
  }

  /** Ends the watching of the policies' files. It keeps no process alive. */
  close(): void {
    this.#policies.close();
  }

  async #decide(judgement: Judgement, { request, origin, target, detection, resources }: JudgedCall) {
    const { action, rule, policy, reasonCodes, sanitize } = judgement;
    switch (action) {
      case 'ALLOW':
      case 'DENY':
        return { decision: action, reason_codes: reasonCodes };
      case 'SANITIZE': {
        const clean = sanitize && sanitized(request.body, detection, sanitize, { regions: this.#regions });
        // What cannot be made clean does not run, and what is clean runs as it is.
        if (!clean) return { decision: 'DENY', reason_codes: [...reasonCodes, 'NOT_SANITIZABLE'] };
        if (clean.body === request.body) return { decision: 'ALLOW', reason_codes: [] };
        return { decision: action, reason_codes: reasonCodes, sanitized_body: clean.body };
      }
      case 'REQUIRE_APPROVAL': {
        const reasons = {
          reasonCodes,
          resources,
          outline: callOutline(request, target, this.#regions),
          ...(policy && rule ? { policyName: policy.name, ruleId: rule.ruleId } : {}),
        };
        const said = await this.#approvals.ask(request, reasons, origin);
        if (said === 'approved') return { decision: 'ALLOW', reason_codes: ['APPROVAL_GRANTED'] };
        if (said === 'denied') return { decision: 'DENY', reason_codes: [...reasonCodes, 'APPROVAL_DENIED'] };
        if (said === 'too many') return { decision: 'DENY', reason_codes: [...reasonCodes, 'x_too_many_approvals'] };
        return { decision: action, reason_codes: reasonCodes, approval_id: said.approvalId };
      }
    }
  }
}

interface JudgedCall {
  readonly request: ScanRequest;
  readonly origin: ScanOrigin;
  readonly target: Target;
  readonly detection: Detection;
  readonly resources: readonly string[];
}

interface Asker extends Pick<ScanRequest, 'agentId' | 'agentName'> {
  readonly key?: string | undefined;
}

/** Whose memory a call belongs to; calls of nobody in particular share one. Of two keys each has agents of its own. */
function agentOf({ agentId, agentName, key }: Asker): string {
  const agent = agentId ?? agentName ?? '';
  return key === undefined ? agent : `${key} ${agent}`;
}

/** One tool for `volume_burst`: each function of one's own is one. */
function toolOf({ tool, aliases, operation }: Target): string {
  return aliases.includes(operation) ? `${tool}:${operation}` : tool;
}

const STORE_METHODS: readonly (keyof ApprovalStore)[] = ['add', 'get', 'byCall', 'change', 'list'];
const OPTIONS: readonly (keyof EmbeddedGatewayOptions)[] = [
  'policies',
  'watch',
  'onPolicyError',
  'onPolicyChange',
  'regions',
  'ownDomains',
  'burst',
  'store',
  'now',
];

/** What the protocol says of every decision; `rule_id` besides. */
function wireFacts({ riskScore, riskBand, signals, policy, rule }: Judgement, target: Target, detection: Detection) {
  return {
    risk_score: riskScore,
    risk_band: riskBand,
    trace_id: randomUUID(),
    tool_name: target.tool,
    operation: target.operation,
    classifications: [...detection.classes],
    signals,
    ...(policy && rule ? { policy_id: policy.policyId, policy_name: policy.name, rule_id: rule.ruleId } : {}),
  };
}
