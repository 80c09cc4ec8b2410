import type {
  Approval,
  Decision,
  DecisionWord,
  Gateway,
  GatewayCallOptions,
  ScanRequest,
} from '../runner/gateway/gateway.ts';
import { GatewayError, type GatewayFault } from '../runner/gateway/gateway-error.ts';
import { sleep } from '../internal/abort.ts';

/** A decision in short: `reasonCodes` and the rest may be left out. */
export type ScriptedDecision =
  | Exclude<DecisionWord, 'SANITIZE'>
  | { readonly fault: GatewayFault }
  | ({ readonly delayMs?: number } & Partial<Omit<Decision, 'decision'>> &
      (
        | { readonly decision: 'ALLOW' | 'DENY' }
        | { readonly decision: 'SANITIZE'; readonly sanitizedBody?: unknown }
        | { readonly decision: 'REQUIRE_APPROVAL'; readonly approvalId?: string; readonly approvalUrl?: string }
      ));

const DECISIONS: ReadonlySet<string> = new Set(['ALLOW', 'DENY', 'REQUIRE_APPROVAL']);

/** One decision for every scan of a tool, or a function that decides each. */
export type ScriptedRule = ScriptedDecision | ((request: ScanRequest) => ScriptedDecision | Promise<ScriptedDecision>);

/**
 * A gateway that decides as a test says, by tool name, and records what it was asked. A tool that is not named is blocked,
 * and complained of by {@link assertDone}.
 *
 * @example
 * const gateway = new ScriptedGateway({ get_time: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } });
 * gateway.approve('a1');
 */
export class ScriptedGateway implements Gateway {
  /** Every scan, oldest first. */
  readonly scans: ScanRequest[] = [];
  /** The ids of all approvals that somebody asked after, oldest first. */
  readonly statusRequests: string[] = [];
  readonly #rules: ReadonlyMap<string, ScriptedRule>;
  readonly #approvals = new Map<string, Approval>();
  readonly #statusFaults: GatewayFault[] = [];
  readonly #unexpected: string[] = [];
  /** The approvals that a decision gave out. */
  readonly #given = new Set<string>();
  #made = 0;

  constructor(rules: Readonly<Record<string, ScriptedRule>>) {
    this.#rules = new Map(Object.entries(rules));
    for (const [name, rule] of this.#rules) {
      if (typeof rule === 'string' && !DECISIONS.has(rule)) {
        throw new TypeError(
          `The rule for "${name}" is "${rule as string}"; it must be one of ${[...DECISIONS].join(', ')}.`,
        );
      }
    }
  }

  async scan(request: ScanRequest, options: GatewayCallOptions = {}): Promise<Decision> {
    this.scans.push(request);
    const rule = this.#rules.get(request.functionName);
    if (rule === undefined) {
      this.#unexpected.push(`It was asked about "${request.functionName}", for which it has no decision.`);
      throw new Error(`The scripted gateway has no decision for "${request.functionName}".`);
    }
    const scripted = typeof rule === 'function' ? await rule(request) : rule;
    if (typeof scripted === 'string') return this.#complete({ decision: scripted });
    if ('fault' in scripted)
      throw new GatewayError(scripted.fault, `The scripted gateway has the fault ${scripted.fault}.`);
    const { delayMs, ...decision } = scripted;
    if (delayMs !== undefined) await sleep(delayMs, options.signal);
    return this.#complete(decision);
  }

  async approvalStatus(approvalId: string): Promise<Approval> {
    this.statusRequests.push(approvalId);
    const fault = this.#statusFaults.shift();
    if (fault) throw new GatewayError(fault, `The scripted gateway has the fault ${fault}.`);
    const approval = this.#approvals.get(approvalId);
    if (approval) return approval;
    this.#unexpected.push(`It was asked after the approval "${approvalId}", which it never gave out.`);
    throw new GatewayError('configuration', `There is no approval "${approvalId}".`, { status: 404 });
  }

  approve(approvalId: string): void {
    this.#approvals.set(approvalId, { status: 'approved', decidedBy: 'the test', decidedAt: new Date() });
  }

  deny(approvalId: string): void {
    this.#approvals.set(approvalId, { status: 'denied', decidedBy: 'the test', decidedAt: new Date() });
  }

  expire(approvalId: string): void {
    this.#approvals.set(approvalId, { status: 'expired' });
  }

  /** Lets the next status requests fail, one for each fault. */
  failStatus(...faults: GatewayFault[]): void {
    this.#statusFaults.push(...faults);
  }

  /** @throws Error that lists the scans nobody expected and the rules that were never used */
  assertDone(): void {
    const scanned = new Set(this.scans.map(({ functionName }) => functionName));
    const unused = [...this.#rules.keys()].filter((name) => !scanned.has(name));
    const strays = [...this.#approvals.keys()].filter((approvalId) => !this.#given.has(approvalId));
    const complaints = [
      ...this.#unexpected,
      ...strays.map((approvalId) => `The approval "${approvalId}" was decided, but no decision ever gave it out.`),
      ...(unused.length > 0 ? [`It was never asked about ${unused.join(', ')}.`] : []),
      ...(this.#statusFaults.length > 0 ? [`${this.#statusFaults.length} faults of failStatus were left unused.`] : []),
    ];
    if (complaints.length > 0) throw new Error(`ScriptedGateway:\n- ${complaints.join('\n- ')}`);
  }

  #complete(scripted: { readonly decision: DecisionWord } & Partial<Decision>): Decision {
    this.#made += 1;
    const filled = { reasonCodes: [], classifications: [], traceId: `trace_${this.#made}`, raw: scripted, ...scripted };
    const decision = filled as Decision;
    if (decision.decision === 'REQUIRE_APPROVAL' && decision.approvalId !== undefined) {
      const { approvalId } = decision;
      this.#given.add(approvalId);
      if (!this.#approvals.has(approvalId)) this.#approvals.set(approvalId, { status: 'pending' });
    }
    return decision;
  }
}
