import {
  STORE_METHODS,
  type ApprovalQuery,
  type Freeze,
  type StoredApproval,
  type StoredGrant,
} from './approvals/approval-store.ts';
import { Approvals } from './approvals/approvals.ts';
import {
  editedRequest,
  editOf,
  isAsItStands,
  writtenArguments,
  type ApprovedArguments,
  type ApproveOptions,
} from './approvals/edit.ts';
import { checkDecider, DECIDER, type Decider } from './approvals/approvers.ts';
import { checkGrant, type GrantOptions } from './approvals/grants.ts';
import { memoryApprovalStore } from './approvals/memory-store.ts';
import { checkRegions, OPTIONS, type EmbeddedGatewayOptions } from './gateway-options.ts';
import { checkRequester, type BoundTo, type ScanOrigin } from './approvals/requested-call.ts';
import type {
  Approval,
  Decision,
  Gateway,
  OutputDecision,
  OutputRequest,
  ScanRequest,
} from '../runner/gateway/gateway.ts';
import { DEFAULT_REGIONS } from './detection/personal/phone.ts';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkFunction,
  checkKeys,
  checkMethods,
  checkMs,
  checkString,
  checkStrings,
} from '../internal/checks.ts';
import type { JsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { Judgement } from './policy/evaluate.ts';
import { explain, type Explanation } from './policy/explain.ts';
import { resourcesOf, type Facts } from './policy/facts.ts';
import type { Default, PolicyInput } from './policy/policy-input.ts';
import type { Policy } from './policy/policy.ts';
import { readAhead } from './policy/read-ahead.ts';
import { sanitized } from './sanitize.ts';
import { freezeOf, frozenDecision, type FreezeOptions } from './freeze.ts';
import { decisionOf, deniedEdit, type Settled, settledByRules } from './decision.ts';
import { createJudge, NEEDS_APPROVAL, stricter } from './judge.ts';
import { judgeOutput } from './judge-output.ts';
import { withoutLinksOfUser } from './policy/leaks.ts';
import { CallJudge } from './judged-call.ts';
import { AgentHistory, requesterOf } from './agent-history.ts';
import { approvalReasons } from './approval-reasons.ts';
import { callOutline } from './display/call-outline.ts';
import { GatewayEvents, sensitiveFields, type GatewayListener } from './gateway-events.ts';
import { observePolicies, type ObservedPolicies } from './policy-changes.ts';

/**
 * A gateway in your process: Interven's policies and detection without an account and without a network.
 *
 * An approval is valid for ten minutes. Call {@link approve} or {@link deny} with the id that `onApprovalRequested`
 * received. Approving allows one call. Denying blocks every equal call.
 *
 * @example
 * const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['acme.com'] });
 */
export class EmbeddedGateway implements Gateway {
  readonly holdsApprovals: boolean = true;
  readonly judgesOutputs: boolean = true;
  readonly #policies: ObservedPolicies;
  readonly #default: Default;
  readonly #calls: CallJudge;
  readonly #regions: readonly string[];
  readonly #history: AgentHistory;
  readonly #boundTo: BoundTo;
  readonly #keepConversation: boolean;
  readonly #approvals: Approvals;
  readonly #now: () => number;
  readonly #events = new GatewayEvents();

  /** @throws TypeError for an unknown or invalid option; PolicyError for an invalid policy */
  constructor(options: EmbeddedGatewayOptions = {}) {
    checkKeys('EmbeddedGateway', options, OPTIONS);
    const { burst: { calls, withinMs } = {}, store = memoryApprovalStore() } = options;
    this.#default = checkChoice('default', options.default, ['ALLOW', 'REQUIRE_APPROVAL', 'DENY']) ?? 'ALLOW';
    this.#regions = checkRegions(options.regions) ?? DEFAULT_REGIONS;
    checkMethods('store', store, STORE_METHODS);
    this.#now = checkFunction('now', options.now) ?? store.now?.bind(store) ?? Date.now;
    this.#history = new AgentHistory({
      calls: checkCount('burst.calls', calls) ?? 30,
      withinMs: checkMs('burst.withinMs', withinMs) ?? 60_000,
    });
    this.#boundTo = checkChoice('boundTo', options.boundTo, ['principal', 'agent']) ?? 'principal';
    this.#keepConversation = checkBoolean('keepConversation', options.keepConversation) ?? false;
    this.#approvals = new Approvals(store, this.#now, this.#boundTo);
    this.#policies = observePolicies(options, this.#events, this.#now);
    const judge = createJudge(checkFunction('judge', options.judge));
    const ownDomains = checkStrings('ownDomains', options.ownDomains) ?? [];
    this.#calls = new CallJudge({
      ...{ policies: this.#policies, fallback: this.#default, judge, regions: this.#regions, ownDomains },
      ...{ history: this.#history, now: this.#now },
    });
  }

  /**
   * Decides on a call. A requester (an API key, otherwise an agent) may have 200 approvals or 16 MB of calls pending.
   * Beyond that, calls that need an approval are denied with the reason code `x_too_many_approvals`.
   *
   * @param origin the requesting API key, when a server scans for others
   * @throws GatewayError when the policy files cannot be read; TypeError for a principal without an id, or an empty thread
   */
  async scan(request: ScanRequest, origin: ScanOrigin = {}): Promise<Decision> {
    checkRequester(request);
    const freeze = await this.#approvals.frozen();
    const { decision, fields } = freeze
      ? { decision: frozenDecision(request, freeze), fields: [] }
      : await this.#decide(request, origin);
    const { key, keyName } = origin;
    this.#events.emit({ type: 'decision', at: new Date(this.#now()), request, key, keyName, decision, fields });
    return decision;
  }

  /** Judges an output by the rules with `x_output`. Throws as {@link scan} does. */
  async scanOutput(request: OutputRequest, { key, keyName }: ScanOrigin = {}): Promise<OutputDecision> {
    const decision = judgeOutput(await this.#policies.current(), request, this.#regions);
    this.#events.emit({ type: 'output', at: new Date(this.#now()), request, key, keyName, decision });
    return decision;
  }

  async #decide(request: ScanRequest, origin: ScanOrigin): Promise<Decided> {
    const requester = requesterOf(request, origin.key, this.#boundTo);
    const about = { requester, headers: origin.headers, counts: true };
    const { facts, judgement: byRules } = await this.#calls.judge(request, about);
    const { target, detection } = facts;
    const judgement = stricter(byRules, request.needsApproval ? NEEDS_APPROVAL : undefined);
    const resources = resourcesOf(target);
    const settled = await this.#settle(judgement, { request, origin, facts });
    const freeze = await this.#approvals.frozen();
    if (freeze) {
      // It began during this scan, which may have requested an approval since.
      await this.#approvals.voidLate(freeze, 'approvalId' in settled ? settled.approvalId : undefined);
      return { decision: frozenDecision(request, freeze), fields: [] };
    }
    if (settled.decision === 'ALLOW' || settled.decision === 'SANITIZE')
      this.#history.recordResources(requester, settled.resources ?? resources);
    return { decision: decisionOf(settled, judgement, target, detection), fields: sensitiveFields(detection) };
  }

  /**
   * Explains how each rule applies to a call. Has no effect: it counts no call, uses and requests no approval, and does
   * not ask the judge.
   *
   * @throws GatewayError when the policy files cannot be read
   */
  async explain(request: ScanRequest, { key, headers }: ScanOrigin = {}): Promise<Explanation> {
    const policies = await this.#policies.current();
    await readAhead(policies, request);
    const requester = requesterOf(request, key, this.#boundTo);
    return explain(policies, this.#calls.factsOf(request, { requester, headers, counts: false }), this.#default);
  }

  /**
   * Returns the state of an approval.
   *
   * @param origin the API key that must have requested it, if any
   * @throws GatewayError for an unknown id, or one that another key requested
   */
  async approvalStatus(approvalId: string, origin: ScanOrigin = {}): Promise<Approval> {
    const approval = await this.#approvals.status(approvalId, origin.key);
    const { status, decidedBy, decidedAt, note, editedArguments, editedFields } = approval;
    if (status === 'approved')
      this.#history.recordResources(requesterOf(approval, approval.key, this.#boundTo), approval.resources);
    // `pending` during a freeze, whatever an approver has decided.
    if (status === 'pending') return { status };
    const edit = status === 'approved' ? { editedArguments, editedFields } : {};
    return omitUndefined({ status, decidedBy, decidedAt, note, ...edit });
  }

  /**
   * Approves a call, or with `arguments` the call with these arguments: the rules judge it again, and SANITIZE rules
   * redact it (`sanitizedFields`). If the rules need several approvers, it stays pending until all of them have approved
   * the same arguments. With `grant`, further calls need no approval, until the grant expires or is revoked.
   *
   * @returns the approval
   * @throws GatewayError for an id that is unknown, already decided or expired, and with the status 403 for an approver
   * that a rule's `x_approvers` does not accept, or 400 for a grant that its `x_grant` does not allow; EditError if a rule
   * denies the edited call, or if its arguments cannot run; TypeError for an invalid option
   */
  async approve(approvalId: string, options: ApproveOptions = {}): Promise<StoredApproval> {
    checkKeys('approve', options, ['arguments', 'grant', ...DECIDER]);
    const { arguments: edited, grant, ...by } = options;
    const approved = edited === undefined ? undefined : await this.#judgeEdit(approvalId, edited);
    return this.#decideApproval('approved', approvalId, by, approved, checkGrant(grant));
  }

  /** Denies a call; one approver suffices. Throws as {@link approve} does. */
  async deny(approvalId: string, by: Decider = {}): Promise<StoredApproval> {
    checkKeys('deny', by, DECIDER);
    return this.#decideApproval('denied', approvalId, by);
  }

  async #decideApproval(
    status: 'approved' | 'denied',
    approvalId: string,
    by: Decider,
    approved?: ApprovedArguments,
    given?: GrantOptions,
  ): Promise<StoredApproval> {
    const { approval, grant } = await this.#approvals.decide(approvalId, status, checkDecider(by), approved, given);
    this.#events.emit({ type: 'approval', approval });
    if (grant) this.#events.emit({ type: 'grant', grant });
    return approval;
  }

  /**
   * Ends a grant: calls that are scanned from now on need an approval again.
   *
   * @throws GatewayError for an id that is unknown (404), or a grant that is over
   */
  async revokeGrant(grantId: string, { by }: Pick<FreezeOptions, 'by'> = {}): Promise<StoredGrant> {
    const grant = await this.#approvals.revoke(grantId, checkString('by', by));
    this.#events.emit({ type: 'grant', grant });
    return grant;
  }

  /** Lists the grants, oldest first. Those that are over stay for ten minutes. */
  async grants(): Promise<readonly StoredGrant[]> {
    return this.#approvals.grants();
  }

  /** Judges an edited call. That it needs an approval is no objection: the approver gives it. */
  async #judgeEdit(approvalId: string, edited: unknown): Promise<ApprovedArguments> {
    const written = writtenArguments(edited);
    const approval = await this.#approvals.pending(approvalId);
    if (isAsItStands(approval, written)) return { arguments: written };
    const conversation = approval.editable?.hadConversation ? 'unknown' : undefined;
    const request = editedRequest(approval, written);
    const requester = requesterOf(approval, approval.key, this.#boundTo);
    const about = { requester, headers: approval.headers, counts: false, conversation } as const;
    const { facts, judgement } = await this.#calls.judge(request, about);
    const { action, sanitize, approvers: needs = [] } = judgement;
    const links = withoutLinksOfUser(facts, written);
    const redacted = action === 'SANITIZE' && sanitize && sanitized(written, facts, sanitize, this.#regions, links);
    if (action === 'DENY' || (action === 'SANITIZE' && !redacted)) throw deniedEdit(judgement);
    const clean = redacted ? (redacted.body as JsonObject) : written;
    const outline = callOutline({ ...request, body: clean }, facts.target, this.#regions);
    const call = { resources: resourcesOf(facts.target), outline };
    return { arguments: clean, edit: { ...editOf(approval.arguments, written, clean), ...call, needs } };
  }

  /**
   * Denies every call from now on, with the reason code `FROZEN`, until {@link unfreeze}: also calls that are being
   * scanned, and calls with an approval. The store keeps the freeze. Freezing again replaces the freeze.
   *
   * @throws TypeError for an invalid option; Error if the store cannot keep it (the memory and the file store then still
   * freeze this process)
   */
  async freeze(options: FreezeOptions = {}): Promise<void> {
    const freeze = freezeOf(options, this.#now());
    this.#events.emit({ type: 'freeze', freeze, voided: await this.#approvals.setFrozen(freeze) });
  }

  /** Ends the freeze, if there is one. Approvals that it kept and that have not expired may be used again. */
  async unfreeze(input: Pick<FreezeOptions, 'by'> = {}): Promise<void> {
    const by = checkString('by', input.by);
    if (!(await this.#approvals.frozen())) return;
    await this.#approvals.setFrozen(undefined);
    this.#events.emit({ type: 'unfreeze', at: new Date(this.#now()), by });
  }

  /** Returns the freeze in effect. */
  async frozen(): Promise<Freeze | undefined> {
    return this.#approvals.frozen();
  }

  /** Returns a stored approval; undefined for an unknown id. */
  async approval(approvalId: string): Promise<StoredApproval | undefined> {
    return this.#approvals.get(approvalId);
  }

  /**
   * Lists stored approvals, oldest first. With a `limit`: at most that many, pending ones first, the next to expire first, then
   * the others, newest first. A store may then omit their arguments and headers.
   */
  async approvals({ status, limit }: Pick<ApprovalQuery, 'status' | 'limit'> = {}): Promise<readonly StoredApproval[]> {
    return this.#approvals.list({ status, limit, isBrief: limit !== undefined });
  }

  /** Lists the policies in effect, with defaults filled in. */
  async policies(): Promise<readonly Policy[]> {
    return this.#policies.current();
  }

  /**
   * Adds a policy, or replaces the one with the same name, until a policy file with that name is read again or the
   * process ends.
   *
   * @throws PolicyError for an invalid policy
   */
  applyPolicy(policy: PolicyInput): void {
    this.#policies.apply(policy);
  }

  /**
   * Calls the listener with every decision of the gateway and of approvers. Returns a function that removes the
   * listener.
   */
  observe(listener: GatewayListener): () => void {
    return this.#events.add(listener);
  }

  /** Stops watching the policy files. Watching never keeps the process alive. */
  close(): void {
    this.#policies.close();
  }

  async #settle(judgement: Judgement, call: CallInScan): Promise<Settled> {
    const { action, reasonCodes, approvers, grant } = judgement;
    const { request, origin, facts } = call;
    const byRules = (own: Parameters<typeof settledByRules>[0]) =>
      settledByRules(own, request.body, facts, this.#regions);
    if (action !== 'REQUIRE_APPROVAL') return byRules(judgement);
    const options = { regions: this.#regions, keepConversation: this.#keepConversation };
    const reasons = approvalReasons(request, facts, judgement, options);
    const granted = grant && byRules(grant.otherwise);
    // A person has to see what cannot be redacted.
    const terms = { approvers, grant: granted?.decision === 'DENY' ? undefined : grant };
    const approval = await this.#approvals.ask(request, reasons, origin, omitUndefined(terms));
    if (approval === 'denied') return { decision: 'DENY', reasonCodes: [...reasonCodes, 'APPROVAL_DENIED'] };
    if (approval === 'too many') return { decision: 'DENY', reasonCodes: [...reasonCodes, 'x_too_many_approvals'] };
    const { status, approvalId } = approval;
    if (status === 'granted' && granted && granted.decision !== 'DENY')
      return { ...granted, reasonCodes: [...granted.reasonCodes, 'GRANT_USED'], grantId: approvalId };
    if (status !== 'approved') return { decision: action, reasonCodes, approvalId };
    const { editedArguments: sanitizedBody, editedFields = [], resources: touched } = approval.approval;
    const approved = { reasonCodes: ['APPROVAL_GRANTED'], approvalId };
    if (!sanitizedBody) return { decision: 'ALLOW', ...approved };
    return { decision: 'SANITIZE', ...approved, sanitizedBody, editedFields, resources: touched };
  }
}

interface Decided {
  readonly decision: Decision;
  /** See {@link sensitiveFields}. */
  readonly fields: readonly string[];
}

interface CallInScan {
  readonly request: ScanRequest;
  readonly origin: ScanOrigin;
  readonly facts: Facts;
}
