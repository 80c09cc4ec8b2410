import { open } from 'node:fs/promises';
import { z } from 'zod';
import { decisionLine } from '../embedded/audit/audit-line.ts';
import type { GatewayEvent } from '../embedded/gateway-events.ts';
import { eachLine } from '../internal/json-lines.ts';
import { jsonObjectIn } from '../internal/json.ts';
import { CommandError, orFail } from './command.ts';

/** What became of a call, or would have with `enforced: false`. */
export const EFFECTS = ['blocked', 'held', 'changed', 'allowed'] as const;
export type Effect = (typeof EFFECTS)[number];

/** A decision on a call, from a runner's decision log or a gateway's audit log. */
export interface LoggedDecision {
  /** Such as `decisions.jsonl:14`. */
  readonly place: string;
  readonly source: 'runner' | 'gateway';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tool: string;
  readonly effect: Effect;
  /** False in monitor mode; undefined from an audit log, because the gateway does not know. */
  readonly isEnforced: boolean | undefined;
  /** The gateway's decision; undefined if the gateway did not answer. */
  readonly decision: Word | undefined;
  readonly policyName: string | undefined;
  readonly ruleId: string | undefined;
  readonly reason: string | undefined;
  readonly reasonCodes: readonly string[];
  readonly fields: readonly string[];
  readonly principal: string | undefined;
  readonly agent: string | undefined;
  readonly traceId: string | undefined;
  readonly method: string;
  readonly url: string | undefined;
  /** Undefined unless the log has them. */
  readonly arguments: unknown;
}

/** What the files of logs have. */
export interface DecisionLines {
  readonly decisions: readonly LoggedDecision[];
  /** The latest status of each approval that was settled. */
  readonly approvals: ReadonlyMap<string, string>;
  /** Decisions on outputs, by decision. */
  readonly outputs: ReadonlyMap<string, number>;
  /** Decisions that the gateway did not log, because its disk was too slow. */
  readonly missed: number;
  /** The places of lines that are from neither log, or damaged. */
  readonly unread: readonly string[];
}

type Word = 'ALLOW' | 'SANITIZE' | 'DENY' | 'REQUIRE_APPROVAL';

const string = z.string();
const strings = z.array(string).default([]);
const word = z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']);
const time = z.iso.datetime().transform((text) => Date.parse(text));

const runnerLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('decision'),
    at: time,
    name: string,
    decision: word.optional(),
    effective: word,
    enforced: z.boolean(),
    wouldBe: string.optional(),
    fields: strings,
    reasonCodes: strings,
    policyName: string.optional(),
    ruleId: string.optional(),
    reason: string.optional(),
    principalId: string.optional(),
    traceId: string.optional(),
    fault: string.optional(),
    target: z.object({ method: string, url: string }),
    arguments: z.unknown().optional(),
  }),
  z.object({ type: z.literal('approval-requested') }),
  z.object({ type: z.literal('approval-settled'), approvalId: string, status: string }),
  z.object({ type: z.literal('output-scan'), decision: string.default('no answer') }),
]);

type OtherType = Exclude<GatewayEvent['type'], 'decision' | 'approval'>;

/** The types of an audit log's lines that are not counted. Complete, so that none is taken for a damaged line. */
const OTHER_TYPES: { readonly [Type in OtherType]: Type } = {
  output: 'output',
  grant: 'grant',
  freeze: 'freeze',
  unfreeze: 'unfreeze',
  'policy-change': 'policy-change',
};

const gatewayLine = z.discriminatedUnion('type', [
  decisionLine.extend({
    type: z.literal('decision'),
    at: time,
    // The report does without them.
    reason_codes: strings,
    classifications: strings,
    fields: strings,
  }),
  z.object({ type: z.literal('approval'), approval_id: string, status: string }),
  z.object({ type: z.literal('missed'), entries: z.number() }),
  z.object({ type: z.enum(OTHER_TYPES) }),
]);

const EFFECT_OF: Readonly<Record<Word, Effect>> = {
  ALLOW: 'allowed',
  SANITIZE: 'changed',
  REQUIRE_APPROVAL: 'held',
  DENY: 'blocked',
};
/** Other outcomes block the call. */
const EFFECT_OF_OUTCOME: Readonly<Record<string, Effect>> = {
  allowed: 'allowed',
  sanitized: 'changed',
  approval_pending: 'held',
};

/**
 * Reads decision logs and audit logs. A call that both logs have (by its trace id) is one decision, with what the runner did and
 * who the gateway's requester was.
 *
 * @throws CommandError if a file cannot be read, or if no file has a decision
 */
export async function readDecisions(files: readonly string[]): Promise<DecisionLines> {
  const log = new DecisionReader();
  const take = log.take.bind(log);
  for (const file of files) await orFail(`${file} cannot be read`, readLines(file, take));
  if (log.decisions.length === 0) {
    throw new CommandError(2, `No decisions found in ${files.join(', ')}. Pass a decision log or an audit log.`);
  }
  return log;
}

async function readLines(file: string, take: (place: string, line: Buffer) => void): Promise<void> {
  const handle = await open(file, 'r');
  try {
    let number = 0;
    const rest = await eachLine(handle, 0, (line) => {
      number += 1;
      take(`${file}:${number}`, line);
    });
    // An unfinished line is no JSON.
    if (rest > 0) take(`${file}:${number + 1}`, Buffer.alloc(0));
  } finally {
    await handle.close();
  }
}

class DecisionReader implements DecisionLines {
  readonly decisions: LoggedDecision[] = [];
  readonly approvals = new Map<string, string>();
  readonly outputs = new Map<string, number>();
  missed = 0;
  readonly unread: string[] = [];
  /** A store of audit logs may have a line twice, if its first answer was lost. */
  readonly #seen = new Set<string>();
  /** Positions in `decisions`, by trace id, of calls that one log has so far. */
  readonly #single = new Map<string, number>();

  take(place: string, line: Buffer): void {
    const value = jsonObjectIn(line.toString('utf8'));
    const fromGateway = gatewayLine.safeParse(value).data;
    if (fromGateway) {
      this.#takeGateway(place, fromGateway);
      return;
    }
    const fromRunner = runnerLine.safeParse(value).data;
    if (fromRunner) this.#takeRunner(place, fromRunner);
    else this.unread.push(place);
  }

  #takeGateway(place: string, line: z.output<typeof gatewayLine>): void {
    if (line.type === 'approval') this.approvals.set(line.approval_id, line.status);
    if (line.type === 'missed') this.missed += line.entries;
    if (line.type !== 'decision') return;
    this.#add({
      place,
      source: 'gateway',
      at: line.at,
      tool: line.function_name,
      effect: EFFECT_OF[line.decision],
      isEnforced: undefined,
      decision: line.decision,
      policyName: line.policy_name,
      ruleId: line.rule_id,
      reason: line.reason,
      reasonCodes: line.reason_codes,
      fields: line.fields,
      principal: line.principal_id,
      agent: line.key_name ?? line.agent_name ?? line.agent_id ?? line.key_id,
      traceId: line.trace_id,
      method: line.method,
      url: line.url,
      arguments: line.arguments,
    });
  }

  #takeRunner(place: string, line: z.output<typeof runnerLine>): void {
    if (line.type === 'approval-settled') this.approvals.set(line.approvalId, line.status);
    if (line.type === 'output-scan') this.outputs.set(line.decision, (this.outputs.get(line.decision) ?? 0) + 1);
    if (line.type !== 'decision') return;
    const { wouldBe } = line;
    this.#add({
      place,
      source: 'runner',
      at: line.at,
      tool: line.name,
      effect: wouldBe === undefined ? EFFECT_OF[line.effective] : (EFFECT_OF_OUTCOME[wouldBe] ?? 'blocked'),
      isEnforced: line.enforced,
      decision: line.decision,
      policyName: line.policyName,
      ruleId: line.ruleId,
      reason: line.reason,
      reasonCodes: line.fault === undefined ? line.reasonCodes : [...line.reasonCodes, `gateway: ${line.fault}`],
      fields: line.fields,
      principal: line.principalId,
      agent: undefined,
      traceId: line.traceId,
      method: line.target.method,
      url: line.target.url,
      arguments: line.arguments,
    });
  }

  #add(decision: LoggedDecision): void {
    const { traceId, source, at: time, tool } = decision;
    const identity = JSON.stringify([source, traceId, time, tool, decision.decision]);
    if (this.#seen.has(identity)) return;
    if (traceId !== undefined) this.#seen.add(identity);
    const at = traceId === undefined ? undefined : this.#single.get(traceId);
    const other = at === undefined ? undefined : this.decisions[at];
    if (traceId !== undefined && at !== undefined && other && other.source !== source) {
      this.decisions[at] = source === 'runner' ? merged(decision, other) : merged(other, decision);
      this.#single.delete(traceId);
      return;
    }
    if (traceId !== undefined) this.#single.set(traceId, this.decisions.length);
    this.decisions.push(decision);
  }
}

function merged(ofRunner: LoggedDecision, ofGateway: LoggedDecision): LoggedDecision {
  const { agent, principal } = ofGateway;
  const args = ofRunner.arguments ?? ofGateway.arguments;
  const { fields } = ofRunner.fields.length > 0 ? ofRunner : ofGateway;
  return { ...ofRunner, agent, principal: ofRunner.principal ?? principal, fields, arguments: args };
}
