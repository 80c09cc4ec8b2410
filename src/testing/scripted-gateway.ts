import type {
  Approval,
  Decision,
  DecisionWord,
  Gateway,
  GatewayCallOptions,
  OutputDecision,
  OutputRequest,
  ScanRequest,
} from '../runner/gateway/gateway.ts';
import { GATEWAY_FAULTS, GatewayError, type GatewayFault } from '../runner/gateway/gateway-error.ts';
import { sleep } from '../internal/abort.ts';
import type { JsonObject } from '../internal/json.ts';
import { checkKeys, checkMs } from '../internal/checks.ts';
import { checkNames, isObject, wrongValue } from './checks.ts';

/** A decision in short form: all fields except `decision` are optional. */
export type ScriptedDecision =
  | Exclude<DecisionWord, 'SANITIZE'>
  | { readonly fault: GatewayFault }
  | ({ readonly delayMs?: number } & Partial<Omit<Decision, 'decision'>> &
      (
        | { readonly decision: 'DENY' }
        | { readonly decision: 'ALLOW'; readonly approvalId?: string; readonly grantId?: string }
        | Pick<
            Extract<Decision, { readonly decision: 'SANITIZE' }>,
            'decision' | 'sanitizedBody' | 'approvalId' | 'grantId' | 'editedFields'
          >
        | { readonly decision: 'REQUIRE_APPROVAL'; readonly approvalId?: string; readonly approvalUrl?: string }
      ));

/** One decision for every scan of a tool, or a function that decides each. */
export type ScriptedRule = ScriptedDecision | ((request: ScanRequest) => ScriptedDecision | Promise<ScriptedDecision>);

/** A decision on an output in short form. */
export type ScriptedOutput =
  | 'ALLOW'
  | 'FENCE'
  | 'DENY'
  | { readonly fault: GatewayFault }
  | { readonly decision: 'SANITIZE'; readonly sanitizedTexts: readonly string[] }
  | ((request: OutputRequest) => OutputDecision | Promise<OutputDecision>);

export interface ScriptedGatewayOptions {
  /** Decisions on outputs by tool name, for `scanOutputs`. Default: none, and the gateway judges no outputs. */
  readonly outputs?: Readonly<Record<string, ScriptedOutput>> | undefined;
}

const WORDS = ['ALLOW', 'DENY', 'REQUIRE_APPROVAL'];

const FACTS = [
  ...['decision', 'delayMs', 'reasonCodes', 'riskScore', 'riskBand', 'traceId', 'toolName', 'operation'],
  ...['classifications', 'policyId', 'policyName', 'ruleId', 'reason', 'raw'],
];

/** The fields of a decision that is an object. */
const FIELDS: Readonly<Record<DecisionWord, readonly string[]>> = {
  ALLOW: [...FACTS, 'approvalId', 'grantId'],
  DENY: FACTS,
  SANITIZE: [...FACTS, 'sanitizedBody', 'approvalId', 'grantId', 'editedFields'],
  REQUIRE_APPROVAL: [...FACTS, 'approvalId', 'approvalUrl', 'approvalExpiresAt'],
};

/** @throws TypeError unless it is a decision or a fault */
function checkDecision(owner: string, scripted: ScriptedDecision): void {
  if (typeof scripted === 'string') {
    // The short form has no sanitized body.
    if ((scripted as string) === 'SANITIZE')
      throw wrongValue(owner, scripted, "{ decision: 'SANITIZE', sanitizedBody: … }");
    checkNames(owner, 'decision', [scripted], WORDS);
    return;
  }
  if (!isObject(scripted)) throw wrongValue(owner, scripted, `${WORDS.join(', ')}, an object or a function`);
  if ('fault' in scripted) {
    checkNames(owner, 'field', Object.keys(scripted), ['fault']);
    checkNames(owner, 'fault', [scripted.fault], GATEWAY_FAULTS);
    return;
  }
  const { decision, delayMs } = scripted;
  if (!('decision' in scripted)) checkNames(owner, 'field', Object.keys(scripted), ['decision', 'fault']);
  checkNames(owner, 'decision', [decision], Object.keys(FIELDS));
  checkNames(`${owner}, ${decision}`, 'field', Object.keys(scripted), FIELDS[decision]);
  checkMs(`${owner}: delayMs`, delayMs, 0);
}

/**
 * A gateway that decides by tool name, from the rules of a test, and records the requests. It blocks a tool without a
 * rule, and {@link assertDone} reports it.
 *
 * @example
 * const gateway = new ScriptedGateway({ get_time: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } });
 * gateway.approve('a1');
 */
export class ScriptedGateway implements Gateway {
  /** True: a rule decides REQUIRE_APPROVAL for a call whose tool has `needsApproval`. */
  readonly holdsApprovals: boolean = true;
  /** Every scan, oldest first. */
  readonly scans: ScanRequest[] = [];
  /** Every output that was judged, oldest first. */
  readonly outputScans: OutputRequest[] = [];
  readonly judgesOutputs: boolean;
  /** The approval id of every status request, oldest first. */
  readonly statusRequests: string[] = [];
  readonly #rules: ReadonlyMap<string, ScriptedRule>;
  readonly #outputs: ReadonlyMap<string, ScriptedOutput>;
  readonly #approvals = new Map<string, Approval>();
  readonly #statusFaults: GatewayFault[] = [];
  readonly #unexpected: string[] = [];
  /** The ids of the approvals in its decisions. */
  readonly #requested = new Set<string>();
  #made = 0;

  /** @throws TypeError for a rule that is not a decision, or that has an unknown field */
  constructor(rules: Readonly<Record<string, ScriptedRule>>, options: ScriptedGatewayOptions = {}) {
    if (!isObject(rules)) throw wrongValue('new ScriptedGateway: rules', rules, "an object such as { pay: 'ALLOW' }");
    this.#rules = new Map(Object.entries(rules));
    for (const [name, rule] of this.#rules) {
      if (typeof rule !== 'function') checkDecision(`The rule for "${name}"`, rule);
    }
    checkKeys('new ScriptedGateway', options, ['outputs'] satisfies (keyof ScriptedGatewayOptions)[]);
    const { outputs } = options;
    this.#outputs = new Map(Object.entries(outputs ?? {}));
    this.judgesOutputs = outputs !== undefined;
    for (const [name, rule] of this.#outputs) checkOutput(`The rule for the output of "${name}"`, rule);
  }

  async scan(request: ScanRequest, options: GatewayCallOptions = {}): Promise<Decision> {
    this.scans.push(request);
    const rule = this.#rules.get(request.functionName);
    if (rule === undefined) {
      this.#unexpected.push(`The tool "${request.functionName}" was scanned, but has no rule.`);
      throw new Error(`The scripted gateway has no rule for "${request.functionName}".`);
    }
    const scripted = typeof rule === 'function' ? await this.#decide(request, rule) : rule;
    if (typeof scripted === 'string') return this.#complete({ decision: scripted });
    if ('fault' in scripted) throw planned(scripted.fault);
    const { delayMs, ...decision } = scripted;
    if (delayMs !== undefined) await sleep(delayMs, options.signal);
    return this.#complete(decision);
  }

  async scanOutput(request: OutputRequest): Promise<OutputDecision> {
    this.outputScans.push(request);
    const { functionName } = request.call;
    const rule = this.#outputs.get(functionName);
    if (rule === undefined) {
      this.#unexpected.push(`The output of "${functionName}" was scanned, but has no rule.`);
      throw new Error(`The scripted gateway has no rule for the output of "${functionName}".`);
    }
    if (typeof rule === 'function') return rule(request);
    if (typeof rule === 'string') return { decision: rule, reasonCodes: [] };
    if ('fault' in rule) throw planned(rule.fault);
    return { reasonCodes: [], ...rule };
  }

  async approvalStatus(approvalId: string): Promise<Approval> {
    this.statusRequests.push(approvalId);
    const fault = this.#statusFaults.shift();
    if (fault) throw planned(fault);
    const approval = this.#approvals.get(approvalId);
    if (approval) return approval;
    this.#unexpected.push(`The status of the approval "${approvalId}" was requested, but no decision named it.`);
    throw new GatewayError('configuration', `Unknown approval "${approvalId}".`, { status: 404 });
  }

  /** @param edited the arguments that the approver changes: they run instead of the requested ones */
  approve(approvalId: string, edited?: JsonObject): void {
    const edit = edited ? { editedArguments: edited } : {};
    this.#approvals.set(approvalId, { status: 'approved', decidedBy: 'the test', decidedAt: new Date(), ...edit });
  }

  deny(approvalId: string): void {
    this.#approvals.set(approvalId, { status: 'denied', decidedBy: 'the test', decidedAt: new Date() });
  }

  expire(approvalId: string): void {
    this.#approvals.set(approvalId, { status: 'expired' });
  }

  /** Makes the next status requests fail, one for each fault. */
  failStatus(...faults: GatewayFault[]): void {
    if (faults.length === 0) throw new TypeError(`failStatus needs a fault: ${GATEWAY_FAULTS.join(', ')}.`);
    checkNames('failStatus', 'fault', faults, GATEWAY_FAULTS);
    this.#statusFaults.push(...faults);
  }

  /** @throws Error that lists unexpected scans and unused rules, approvals and faults */
  assertDone(): void {
    const scanned = new Set(this.scans.map(({ functionName }) => functionName));
    const judged = new Set(this.outputScans.map(({ call }) => call.functionName));
    const unused = [
      ...[...this.#rules.keys()].filter((name) => !scanned.has(name)),
      ...[...this.#outputs.keys()].filter((name) => !judged.has(name)).map((name) => `${name} (output)`),
    ];
    const strays = [...this.#approvals.keys()].filter((approvalId) => !this.#requested.has(approvalId));
    const complaints = [
      ...this.#unexpected,
      ...strays.map((approvalId) => `The approval "${approvalId}" was settled, but no decision named it.`),
      ...(unused.length > 0 ? [`Unused rules: ${unused.join(', ')}.`] : []),
      ...(this.#statusFaults.length > 0 ? [`Unused faults of failStatus: ${this.#statusFaults.join(', ')}.`] : []),
    ];
    if (complaints.length > 0) throw new Error(`ScriptedGateway:\n- ${complaints.join('\n- ')}`);
  }

  async #decide(
    request: ScanRequest,
    rule: Extract<ScriptedRule, (...args: never[]) => unknown>,
  ): Promise<ScriptedDecision> {
    const scripted = await rule(request);
    try {
      checkDecision(`The rule for "${request.functionName}"`, scripted);
    } catch (error) {
      this.#unexpected.push((error as TypeError).message);
      throw error;
    }
    return scripted;
  }

  #complete(scripted: { readonly decision: DecisionWord } & Partial<Decision>): Decision {
    this.#made += 1;
    const filled = { reasonCodes: [], classifications: [], traceId: `trace_${this.#made}`, raw: scripted, ...scripted };
    const decision = filled as Decision;
    if (decision.decision === 'REQUIRE_APPROVAL' && decision.approvalId !== undefined) {
      const { approvalId } = decision;
      this.#requested.add(approvalId);
      if (!this.#approvals.has(approvalId)) this.#approvals.set(approvalId, { status: 'pending' });
    }
    return decision;
  }
}

/** @throws TypeError unless it is a decision on an output, a fault or a function */
function checkOutput(owner: string, scripted: ScriptedOutput): void {
  if (typeof scripted === 'function') return;
  if (typeof scripted === 'string') {
    checkNames(owner, 'decision', [scripted], ['ALLOW', 'FENCE', 'DENY']);
    return;
  }
  if (!isObject(scripted)) throw wrongValue(owner, scripted, 'ALLOW, FENCE, DENY, an object or a function');
  if ('fault' in scripted) checkNames(owner, 'fault', [scripted.fault], GATEWAY_FAULTS);
  else if ((scripted.decision as string) !== 'SANITIZE' || !Array.isArray(scripted.sanitizedTexts))
    throw wrongValue(owner, scripted, "{ decision: 'SANITIZE', sanitizedTexts: […] }");
}

function planned(fault: GatewayFault): GatewayError {
  return new GatewayError(fault, `The test planned the fault ${fault}.`);
}
