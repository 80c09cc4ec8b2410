import { badRequest } from '../api-fault.ts';
import type { ModelStep, ModelTurn } from '../script.ts';
import { ThinkingTime } from '../thinking-time.ts';
import { unsupported } from '../unsupported.ts';
import { DEFAULT_MODEL, seconds, type Json } from '../wire.ts';
import { pendingCall, requiredAction, usage, type ActionType, type PendingCall } from './run-parts.ts';
import { RunEvents } from './run-events.ts';
import { RunSteps } from './run-steps.ts';
import type { RunIdentity, RunWorld } from './run-world.ts';
import { readOutputs } from './tool-outputs.ts';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

/** One run of the Assistants API: its states and the allowed transitions. */
export class FakeRun implements RunIdentity {
  readonly id: string;
  readonly threadId: string;
  readonly assistantId: string;
  readonly createdAtMs: number = Date.now();
  readonly #world: RunWorld;
  #params: Readonly<Json>;
  #status = 'queued';
  #turn = 0;
  #startedAt: number | null = null;
  #pending: readonly PendingCall[] = [];
  #actionType: ActionType = 'submit_tool_outputs';
  #outputs: ModelTurn['outputs'] = [];
  readonly #time = new ThinkingTime();
  #thinking: Promise<void> = Promise.resolve();
  #lastError: { code: string; message: string } | null = null;
  #incompleteReason: string | null = null;
  readonly #endedAt: Partial<Record<string, number>> = {};
  readonly #steps: RunSteps;
  /** The stream of the latest request that moved the run. A run has one stream at a time. */
  #events: RunEvents | undefined;

  constructor(world: RunWorld, threadId: string, assistantId: string, params: Readonly<Json>) {
    this.#world = world;
    this.id = world.newId('run');
    this.threadId = threadId;
    this.assistantId = assistantId;
    this.#params = params;
    this.#steps = new RunSteps(this);
  }

  get status(): string {
    return this.#status;
  }

  get isActive(): boolean {
    return !TERMINAL.has(this.#status);
  }

  /**
   * Starts the model. Returns the created run, or a stream of its events.
   *
   * @param request the request that receives the stream
   * @param thread the thread that was created with the run
   */
  begin(request?: Request, thread?: Json): Json | Response {
    const events = this.#streamTo(request);
    if (thread) events?.thread(thread);
    events?.run('created', this.toJSON());
    return this.#queue(events);
  }

  /** Waits for the model, and applies expiry and cancellation. */
  async catchUp(): Promise<void> {
    if (this.#world.thinkMs === 0) await this.#thinking;
    if (this.isActive && Date.now() >= this.createdAtMs + this.#world.lifetimeMs) this.#end('expired');
    if (this.#status === 'cancelling') this.#end('cancelled');
  }

  cancel(): void {
    if (!this.isActive) throw badRequest(`Cannot cancel run with status '${this.#status}'.`);
    this.#become('cancelling');
    // A polling client sees the cancellation at its next request. A stream needs an event.
    if (this.#events) setImmediate(() => void this.catchUp());
  }

  /** Replaces the metadata, unless the new one is undefined. */
  setMetadata(metadata: unknown): void {
    if (metadata !== undefined) this.#params = { ...this.#params, metadata };
  }

  /** Breaks the connection of the stream that is open, if any. */
  breakStreams(): void {
    this.#events?.break();
  }

  /** Ends the run at once, as its expiry or another client would. */
  end(status: 'cancelled' | 'expired' | 'failed'): void {
    if (this.isActive) this.#end(status);
  }

  /**
   * Continues the run. Returns it, or a stream of its events.
   *
   * @param request the request that receives the stream
   */
  submit(outputs: readonly Json[], approvals: readonly Json[], request?: Request): Json | Response {
    if (this.#status !== 'requires_action') {
      throw badRequest(`Runs in status "${this.#status}" do not accept tool outputs.`);
    }
    const given = this.#actionType === 'submit_tool_outputs' ? outputs : approvals;
    this.#outputs = readOutputs(this.#pending, given, outputs);
    this.#pending = [];
    const events = this.#streamTo(request);
    const step = this.#steps.answer(this.#outputs);
    if (step) events?.step('completed', this.#steps.stepJson(step, 'completed'));
    return this.#queue(events);
  }

  #streamTo(request: Request | undefined): RunEvents | undefined {
    if (!request) return undefined;
    this.#events = new RunEvents(request, {
      leftMs: this.createdAtMs + this.#world.lifetimeMs - Date.now(),
      expire: () => {
        this.end('expired');
      },
      ended: () => {
        this.#events = undefined;
        this.#time.isStreamed = false;
      },
    });
    this.#time.isStreamed = true;
    return this.#events;
  }

  #queue(events: RunEvents | undefined): Json | Response {
    this.#become('queued');
    this.#think();
    return events?.response ?? this.toJSON();
  }

  #think(): void {
    const { thinkMs, script } = this.#world;
    const thinking = async (): Promise<void> => {
      if (thinkMs > 0) {
        await this.#time.pass(thinkMs / 2);
        if (this.#status === 'queued') this.#start('in_progress');
        await this.#time.pass(thinkMs / 2);
      }
      if (!this.#isTheModelsTurn()) return;
      this.#turn += 1;
      const step = await script.next({
        runId: this.id,
        threadId: this.threadId,
        turn: this.#turn,
        messages: this.#world.messagesOf(this.threadId),
        outputs: this.#outputs,
      });
      if (this.#isTheModelsTurn()) this.#take(step);
    };
    this.#thinking = thinking().catch((error: unknown) => {
      if (this.isActive) this.#fail(`The script threw: ${String(error)}`);
    });
  }

  /** Returns false if the run was cancelled or has expired while the model was thinking. */
  #isTheModelsTurn(): boolean {
    return this.#status === 'queued' || this.#status === 'in_progress';
  }

  #take(step: ModelStep): void {
    if (this.#status === 'queued') this.#start('in_progress');
    const complaint = unsupported(step, 'Assistants');
    if (complaint !== undefined) {
      this.#world.script.complain(complaint);
      this.#fail(complaint);
      return;
    }
    switch (step.step) {
      case 'call-tools':
      case 'request-approvals':
        this.#pending = step.calls.map((call) => pendingCall(call, this.#world.newId));
        this.#actionType = step.step === 'call-tools' ? 'submit_tool_outputs' : 'submit_tool_approval';
        this.#addCalls();
        this.#start('requires_action');
        return;
      case 'say':
        this.#say(step.text);
        this.#end('completed');
        return;
      case 'fail':
        this.#fail(step.message, step.code);
        return;
      case 'stop-short':
        this.#incompleteReason = step.reason;
        this.#end('incomplete');
        return;
      case 'report-status':
        this.#become(step.status);
        return;
      case 'emit-items':
      case 'require-action':
    }
  }

  #addCalls(): void {
    const step = this.#steps.addCalls(this.#pending);
    const open = this.#steps.stepJson({ ...step, calls: [] }, 'in_progress');
    this.#events?.calls(open, this.#actionType === 'submit_tool_outputs' ? this.#pending : []);
  }

  #say(text: string): void {
    const message = this.#world.addAssistantMessage(this, text);
    const step = this.#steps.addMessage(String(message['id']));
    const open = this.#steps.stepJson(step, 'in_progress');
    this.#events?.message(open, this.#steps.stepJson(step, 'completed'), message, text);
  }

  #start(status: string): void {
    this.#startedAt ??= seconds(Date.now());
    this.#become(status);
  }

  #fail(message: string, code = 'server_error'): void {
    this.#lastError = { code, message };
    this.#end('failed');
  }

  #end(status: string): void {
    this.#endedAt[status] = seconds(Date.now());
    this.#start(status);
  }

  #become(status: string): void {
    this.#status = status;
    this.#events?.run(status, this.toJSON());
  }

  /** Returns the API's JSON: the keys of recorded traffic, in the same order. */
  toJSON(): Json {
    const params = this.#params;
    const expiresAt = this.isActive ? Math.ceil((this.createdAtMs + this.#world.lifetimeMs) / 1000) : null;
    return {
      id: this.id,
      object: 'thread.run',
      created_at: seconds(this.createdAtMs),
      assistant_id: this.assistantId,
      thread_id: this.threadId,
      status: this.#status,
      started_at: this.#startedAt,
      expires_at: expiresAt,
      cancelled_at: this.#endedAt['cancelled'] ?? null,
      failed_at: this.#endedAt['failed'] ?? null,
      completed_at: this.#endedAt['completed'] ?? null,
      required_action: this.#status === 'requires_action' ? requiredAction(this.#actionType, this.#pending) : null,
      last_error: this.#lastError,
      model: params['model'] ?? DEFAULT_MODEL,
      instructions: params['instructions'] ?? null,
      tools: params['tools'] ?? [],
      tool_resources: {},
      metadata: params['metadata'] ?? {},
      temperature: params['temperature'] ?? 1,
      top_p: params['top_p'] ?? 1,
      reasoning_effort: params['reasoning_effort'] ?? null,
      max_completion_tokens: params['max_completion_tokens'] ?? null,
      max_prompt_tokens: params['max_prompt_tokens'] ?? null,
      truncation_strategy: params['truncation_strategy'] ?? { type: 'auto', last_messages: null },
      incomplete_details: this.#incompleteReason === null ? null : { reason: this.#incompleteReason },
      usage: this.isActive ? null : usage(this.#turn),
      response_format: params['response_format'] ?? 'auto',
      tool_choice: params['tool_choice'] ?? 'auto',
      parallel_tool_calls: params['parallel_tool_calls'] ?? true,
    };
  }

  stepsJson(): Json[] {
    return this.#steps.toJSON(this.isActive ? 'in_progress' : this.#status);
  }
}
