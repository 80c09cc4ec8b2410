import { editedFields } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import { scannedHashOf, type CallHistory } from '../journal/history.ts';
import { decisionEvent, emitCallEvent, type CallEvent } from './call-events.ts';
import { withText, type FitPart, type Output } from './content.ts';
import { messageFacts, say, type Messages } from './messages.ts';
import {
  approvalFacts,
  decisionFacts,
  hasReturned,
  newRecord,
  type CallRecord,
  type HandlerEnd,
  type Outcome,
  type OutputScan,
  type RanOutcome,
  type RecordDraft,
  type ToolOutput,
} from './outcome.ts';
import type { OutputScans, RegisteredTool } from './registered-tool.ts';
import type { BlockedOutcome, ParsedArguments, RunContext, ScanVerdict, TurnContext } from './run-context.ts';
import { callHashOf, type ToolCall } from './tool-call.ts';

/** The result of a scan, before it takes effect. */
export interface Scan {
  readonly verdict: ScanVerdict;
  /** Absent if the gateway gave no valid decision. */
  readonly decision?: Decision;
  readonly fault?: CallRecord['fault'];
  readonly error?: unknown;
  readonly scanMs?: number;
}

const NO_OUTPUT: Output = Object.freeze({ text: '' });

const UNPARSED: ParsedArguments = Object.freeze({
  args: Object.freeze({}),
  scanned: Object.freeze({}),
  isScanned: true,
  target: Object.freeze({ method: '', url: '' }),
});

/** The part of a call's end that differs between outcomes. */
type End = Partial<Pick<RecordDraft, 'executed' | 'fields' | 'error'>> & { readonly output?: Output | undefined };

/**
 * One tool call of a run, with its record. Each step of a call is a method: it writes to the journal first, then to the
 * record, then to the listeners. Nothing else writes to any of them.
 */
export class GuardedCall {
  readonly call: ToolCall;
  readonly turn: TurnContext;
  readonly run: RunContext;
  /** Identifies the call in the run's journal. */
  readonly key: string;
  /** Absent for an unknown tool, and for a call that the API's own server runs. */
  readonly tool: RegisteredTool | undefined;
  /** True if the call runs whatever the gateway decides. */
  readonly isMonitored: boolean;
  readonly scanOutputs: OutputScans;
  /** Resolves when the call is no longer in flight; never rejects. */
  settled: Promise<void> = Promise.resolve();
  /** True if it waits for an approver while its run is suspended. */
  isParked = false;
  /** The gateway's decision, once made. */
  decision: Decision | undefined;
  /** The arguments, once they are parsed. */
  parsed: ParsedArguments = UNPARSED;
  /** What an earlier process recorded of the call in the journal. */
  past: CallHistory | undefined;
  /** The record so far. The same object for the whole life of the call. */
  readonly record: CallRecord;
  readonly #record: RecordDraft;
  #recordedEnd: Promise<void> | undefined;
  #isSubmitted = false;

  constructor(call: ToolCall, key: string, turn: TurnContext, run: RunContext) {
    this.call = call;
    this.turn = turn;
    this.run = run;
    this.key = key;
    // The API's server runs an approval call, even if a registered tool has the same name.
    this.tool = call.kind === 'approval' ? undefined : run.shared.tools.get(call.name);
    this.isMonitored = (this.tool?.mode ?? run.settings.mode) === 'monitor';
    this.scanOutputs = this.tool?.scanOutputs ?? run.settings.scanOutputs;
    this.#record = newRecord(call, turn.number, run.settings.principal?.id);
    this.record = this.#record;
  }

  /** True if a previous process already started the handler. */
  get isRepeat(): boolean {
    return this.past?.isStarted === true;
  }

  /**
   * Finds the call in the run's journal, or records it there in one write with its first step. The calls of a turn keep
   * the model's order.
   */
  noted(): void {
    const { call, key, tool, turn, run } = this;
    this.past = run.recorder?.log?.history.calls.get(key);
    if (!run.recorder?.log || this.past) return;
    const facts = { call: key, askedBy: turn.runId, turn: turn.number, request: call };
    const { principalId } = this.record;
    const more = omitUndefined({ principalId, idempotent: tool?.idempotent || undefined });
    run.recorder.log.note({ type: 'tool-call', ...facts, ...more });
  }

  /** Restores the record of a call that an earlier process finished. */
  restore(record: CallRecord): void {
    Object.assign(this.#record, record);
    if (record.arguments) this.#record.arguments = record.arguments;
  }

  /** The arguments are valid for the tool. */
  argumentsParsed(parsed: ParsedArguments): void {
    const { method, url } = parsed.target;
    this.parsed = parsed;
    this.#record.target = { method, url };
    this.#record.arguments = parsed.args;
    // A schema that makes another input of the same arguments: what is recorded is for the earlier one.
    if (this.past?.decision && scannedHashOf(this.past) !== this.callHash)
      this.past = { ...this.past, decision: undefined, settled: undefined };
  }

  /** Identifies the tool and what of its input is scanned: decisions and approvals are for exactly this. */
  get callHash(): string {
    return callHashOf(this.call, this.parsed.scanned);
  }

  /**
   * The scan has a result. Its decision is in the journal before it takes effect. In monitor mode, the run may have
   * settled by now.
   */
  async scanned({ error, ...scan }: Scan): Promise<void> {
    const { isMonitored, past, run } = this;
    const { verdict } = scan;
    // The previous process already emitted the decision.
    const isResumed = past?.decision !== undefined;
    if (!isResumed && scan.decision && run.recorder) {
      const recorded = this.#recordDecision(scan.decision);
      await (isMonitored ? recorded.catch(() => undefined) : recorded);
    }
    this.#scanned(isMonitored ? scan : { ...scan, error });
    if (isMonitored) {
      const fields = verdict.verdict === 'run' ? verdict.fields : [];
      const outcome = verdict.verdict === 'ask' ? 'approval_pending' : verdict.outcome;
      this.#record.wouldBe = Object.freeze({ outcome, fields });
    }
    if (!isResumed && run.emit) this.emit(() => decisionEvent(this, verdict));
  }

  /** Applies a decision from the journal to the record only, for a call that is not scanned again. */
  recallDecision(): void {
    const decision = this.past?.decision;
    if (decision) this.#scanned({ decision });
  }

  /** The call waits for an approval that an earlier turn requested. */
  async waitsFor({ approvalId, approvalUrl }: { approvalId: string; approvalUrl?: string | undefined }): Promise<void> {
    const decision = omitUndefined({ decision: 'REQUIRE_APPROVAL', reasonCodes: [], approvalId, approvalUrl } as const);
    await this.#recordDecision(decision);
    this.#scanned({ decision });
  }

  /** The approver has decided, or has not within the time limit. The decision is in the journal before it takes effect. */
  async approvalSettled(approvalId: string, approval: Approval): Promise<void> {
    const { status, decidedBy, decidedAt, editedArguments } = approval;
    const edited = editedArguments && editedFields(this.parsed.scanned, editedArguments);
    this.#record.approval = omitUndefined({ ...approvalFacts(approval), editedFields: edited });
    if (this.past?.settled) return;
    if (status !== 'pending')
      await this.run.recorder?.append({ type: 'approval-settled', call: this.key, approvalId, approval });
    const { approvalMs } = this.#record;
    const facts = omitUndefined({ approvalId, status, decidedBy, decidedAt, editedFields: edited, approvalMs });
    this.emit(() => ['approval-settled', facts]);
  }

  /** Claims an approval, which clears one call, also across processes. Resolves with false if another call used it. */
  async useApproval(approvalId: string): Promise<boolean> {
    const { memory, recorder } = this.run;
    if (!memory.useApproval(approvalId)) return false;
    const isFirst = await recorder?.append({ type: 'approval-used', approvalId, call: this.key });
    return isFirst !== false || recorder?.log?.history.usedApprovals.get(approvalId) === this.key;
  }

  /** Claims the start of the handler. Resolves with false if the journal says that it was started before. */
  async claimStart(recorder: NonNullable<RunContext['recorder']>): Promise<boolean> {
    return recorder.append({ type: 'handler-start', call: this.key }, this.turn.signal);
  }

  /** The handler is over, and its output may be sent. Ends the call. */
  handlerEnded(ended: HandlerEnd, outcome: RanOutcome, fields: readonly string[]): void {
    const { end, handlerMs, output, error } = ended;
    this.#record.handlerMs = handlerMs;
    if (end === 'returned') this.end(output ? outcome : 'output_withheld', { executed: 'yes', output, fields });
    else if (end === 'threw') this.end('handler_error', { executed: 'yes', error, fields });
    else this.end(end === 'timeout' ? 'handler_timeout' : 'aborted', { executed: 'unknown', error, fields });
  }

  /** The scan of the output has a result. */
  outputScanned(scan: OutputScan, error?: unknown): void {
    this.note({ outputScan: Object.freeze(scan), error });
    this.emit(() => ['output-scan', scan]);
  }

  /** The gateway or an approver refused the call, or could not decide. */
  blocked(outcome: BlockedOutcome): void {
    const isRefused = outcome === 'denied' || outcome === 'approval_denied';
    if (isRefused) this.run.memory.denied(this.call, this.parsed.args, this.turn.number);
    this.end(outcome);
  }

  /** Ends the call: its outcome, and the output for the model. */
  end(outcome: Outcome, { executed = 'no', output = NO_OUTPUT, fields = [], error }: End = {}): void {
    Object.assign(this.#record, { outcome, executed, fields }, error === undefined ? {} : { error });
    const { fitPart } = this.turn;
    if (outcome === 'allowed') this.sends(output, fitPart);
    else if (!hasReturned(outcome)) this.sends({ text: this.message(outcome) });
    else this.sends(fields.length > 0 ? withText(this.message(outcome), output) : output, fitPart);
    if (executed !== 'no') this.run.provenance?.noteOutput(this.#record, this.run.settings.messages, output.text);
  }

  /** A previous process started the call, and this one did not: its effect is unknown. */
  stillInDoubt(): void {
    if (this.#record.outcome === 'aborted') this.#record.executed = 'unknown';
    else this.end('in_doubt', { executed: 'unknown' });
  }

  /** Keeps facts in the record, whatever the outcome. */
  note(facts: { readonly [Key in keyof CallRecord]?: CallRecord[Key] | undefined }): void {
    Object.assign(this.#record, omitUndefined(facts));
  }

  emit(eventOf: () => CallEvent): void {
    if (this.run.emit) emitCallEvent(this.run.emit, this, eventOf);
  }

  /** Sets the output, with parts that the API takes: none without `fitPart`. */
  sends({ text, content }: Output, fitPart?: FitPart): void {
    this.#record.output = text;
    if (content && fitPart) this.#record.content = content.map(fitPart);
    else delete this.#record.content;
  }

  /** The output, for the API. */
  get sent(): ToolOutput {
    const { callId, output, content, outcome } = this.#record;
    return { callId, output, content, outcome };
  }

  /** The outcome of a call whose output no longer reaches the model by a turn. */
  closed(): void {
    const { outcome, output } = this.#record;
    // Cleared, but the approval can no longer be submitted.
    if (this.call.kind === 'approval' && outcome === 'allowed') this.end('aborted');
    else if (outcome === 'not_run' || (outcome === 'in_doubt' && output === ''))
      this.#record.output = this.message(outcome);
  }

  message(key: keyof Messages, outputBytes = 0): string {
    return say(this.run.settings.messages, key, messageFacts(this.#record, outputBytes));
  }

  /**
   * Records the end in the journal: the output that the model receives stays the same in later processes. Never rejects,
   * because the call has happened; a failed write ends the run.
   */
  async recordEnd(): Promise<void> {
    await (this.#recordedEnd ??= this.#recordEnd());
  }

  /** The API accepted the output, maybe again. */
  submitted(): void {
    if (this.#isSubmitted) return;
    this.#isSubmitted = true;
    const { outcome, executed, output, content } = this.#record;
    this.emit(() => ['output-submitted', { outcome, executed }, () => omitUndefined({ output, content })]);
  }

  async #recordEnd(): Promise<void> {
    const { error, ...kept } = this.#record;
    const record = error === undefined ? kept : { ...kept, error: textOf(error) };
    await this.run.recorder?.append({ type: 'call-end', call: this.key, record }).catch(() => undefined);
  }

  /** A scan of monitor mode may outlive its run, whose journal is then closed. */
  async #recordDecision({ raw: _, ...decision }: Decision): Promise<void> {
    if (this.run.isSettled) return;
    const { args, scanned } = this.parsed;
    const callHash = scanned === args ? {} : { callHash: this.callHash };
    await this.run.recorder?.append({ type: 'decision', call: this.key, decision: decision as Decision, ...callHash });
  }

  #scanned({ decision, fault, error, scanMs }: Omit<Scan, 'verdict'>): void {
    if (decision) Object.assign(this.#record, decisionFacts((this.decision = decision)));
    if (fault !== undefined || error !== undefined) this.note({ fault, error });
    if (scanMs !== undefined) this.#record.scanMs = scanMs;
  }
}

const MAX_ERROR_LENGTH = 1_000;

/** Converts a thrown value, of any type, to a string of limited length for the journal. */
function textOf(error: unknown): string {
  try {
    return String(error).slice(0, MAX_ERROR_LENGTH);
  } catch {
    return 'an error that cannot be converted to a string';
  }
}
