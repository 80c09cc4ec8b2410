import { badRequest } from '../api-fault.ts';
import { argumentsOf, type ModelStep, type ModelTurn, type ScriptedCall, type ScriptReader } from '../script.ts';
import { unsupported } from '../unsupported.ts';
import { seconds, type NewId } from '../wire.ts';
import { runJson, stepJson, type FakeStep, type PendingCall } from './fake-run-json.ts';

/** The API refuses outputs from 512 KB together on. */
const MAX_OUTPUT_BYTES = 512 * 1024;

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

/** What a run needs of the server around it. */
export interface RunWorld {
  readonly script: ScriptReader;
  /** How long the model thinks at each step, in milliseconds; 0: a request for the run waits until it has thought. */
  readonly thinkMs: number;
  readonly lifetimeMs: number;
  readonly newId: NewId;
  messagesOf(threadId: string): ModelTurn['messages'];
  /** Returns the message's id. */
  addAssistantMessage(run: FakeRun, text: string): string;
}

/** One run of the Assistants API: its states, and who may move it from one to the next. */
export class FakeRun {
  readonly id: string;
  readonly threadId: string;
  readonly assistantId: string;
  readonly createdAtMs: number = Date.now();
  readonly #world: RunWorld;
  readonly #params: Readonly<Record<string, unknown>>;
  #status = 'queued';
  #turn = 0;
  #startedAt: number | null = null;
  #pending: readonly PendingCall[] = [];
  #actionType: 'submit_tool_outputs' | 'submit_tool_approval' = 'submit_tool_outputs';
  #outputs: ModelTurn['outputs'] = [];
  #thinking: Promise<void> = Promise.resolve();
  #lastError: { code: string; message: string } | null = null;
  #incompleteReason: string | null = null;
  readonly #endedAt: Partial<Record<string, number>> = {};
  readonly #steps: FakeStep[] = [];

  constructor(world: RunWorld, threadId: string, assistantId: string, params: Readonly<Record<string, unknown>>) {
    this.#world = world;
    this.id = world.newId('run');
    this.threadId = threadId;
    this.assistantId = assistantId;
    this.#params = params;
    this.#think();
  }

  get status(): string {
    return this.#status;
  }

  get isActive(): boolean {
    return !TERMINAL.has(this.#status);
  }

  /** Brings the run to where the clock and the model are by now. */
  async catchUp(): Promise<void> {
    if (this.#world.thinkMs === 0) await this.#thinking;
    if (this.isActive && Date.now() >= this.createdAtMs + this.#world.lifetimeMs) this.#end('expired');
    if (this.#status === 'cancelling') this.#end('cancelled');
  }

  cancel(): void {
    if (!this.isActive) throw badRequest(`Cannot cancel run with status '${this.#status}'.`);
    this.#status = 'cancelling';
  }

  /** Ends the run at once, as its expiry or somebody at the API's console would. */
  end(status: 'cancelled' | 'expired' | 'failed'): void {
    if (this.isActive) this.#end(status);
  }

  submit(outputs: readonly Record<string, unknown>[], approvals: readonly Record<string, unknown>[]): void {
    if (this.#status !== 'requires_action') {
      throw badRequest(`Runs in status "${this.#status}" do not accept tool outputs.`);
    }
    const given = this.#actionType === 'submit_tool_outputs' ? outputs : approvals;
    const ids = given.map(({ tool_call_id: id }) => String(id));
    const wanted = this.#pending.map(({ id }) => id);
    if (wanted.some((id) => !ids.includes(id)) || ids.length !== wanted.length) {
      throw badRequest(`Expected tool outputs for call_ids ${list(wanted)}, got ${list(ids)}`);
    }
    for (const [index, { output }] of outputs.entries()) {
      if (typeof output === 'string') continue;
      throw badRequest(`Invalid type for 'tool_outputs[${index}].output': expected a string.`, {
        code: 'invalid_type',
      });
    }
    if (outputs.reduce((sum, { output }) => sum + Buffer.byteLength(String(output)), 0) >= MAX_OUTPUT_BYTES) {
      throw badRequest("'tool_outputs' too large: the combined tool outputs must be less than 512kb.", {
        code: 'invalid_value',
      });
    }
    this.#outputs = this.#pending.map(({ id, name }) => {
      const answer = given.find(({ tool_call_id: callId }) => callId === id);
      return { callId: id, name, output: String(answer?.['output'] ?? answer?.['approve']) };
    });
    const step = this.#steps.at(-1);
    if (step) step.outputs = this.#outputs;
    this.#pending = [];
    this.#status = 'queued';
    this.#think();
  }

  #think(): void {
    const { thinkMs, script } = this.#world;
    const thinking = async (): Promise<void> => {
      if (thinkMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, thinkMs / 2).unref());
        if (this.#status === 'queued') this.#start('in_progress');
        await new Promise((resolve) => setTimeout(resolve, thinkMs / 2).unref());
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
      if (!this.isActive) return;
      this.#lastError = { code: 'server_error', message: `The script threw: ${String(error)}` };
      this.#end('failed');
    });
  }

  /** False once the run was cancelled or has expired while the model was thinking. */
  #isTheModelsTurn(): boolean {
    return this.#status === 'queued' || this.#status === 'in_progress';
  }

  #take(step: ModelStep): void {
    const complaint = unsupported(step, 'Assistants');
    if (complaint !== undefined) {
      this.#world.script.complain(complaint);
      this.#lastError = { code: 'server_error', message: complaint };
      this.#end('failed');
      return;
    }
    switch (step.step) {
      case 'call-tools':
      case 'request-approvals':
        this.#pending = step.calls.map((call) => this.#pendingCall(call));
        this.#actionType = step.step === 'call-tools' ? 'submit_tool_outputs' : 'submit_tool_approval';
        this.#start('requires_action');
        this.#steps.push({ type: 'tool_calls', calls: this.#pending, outputs: [] });
        return;
      case 'say':
        this.#steps.push({
          type: 'message_creation',
          calls: [],
          outputs: [],
          messageId: this.#world.addAssistantMessage(this, step.text),
        });
        this.#end('completed');
        return;
      case 'fail':
        this.#lastError = { code: step.code, message: step.message };
        this.#end('failed');
        return;
      case 'stop-short':
        this.#incompleteReason = step.reason;
        this.#end('incomplete');
        return;
      case 'report-status':
        this.#status = step.status;
        return;
      case 'emit-items':
      case 'require-action':
    }
  }

  #pendingCall(call: ScriptedCall): PendingCall {
    const { id = this.#world.newId('call'), name, server = 'fake' } = call;
    return { id, name, arguments: argumentsOf(call), server };
  }

  #start(status: string): void {
    this.#startedAt ??= seconds(Date.now());
    this.#status = status;
  }

  #end(status: string): void {
    this.#startedAt ??= seconds(Date.now());
    this.#status = status;
    this.#endedAt[status] = seconds(Date.now());
  }

  /** As the API writes it. */
  toJSON(): Record<string, unknown> {
    return runJson(this.#params, {
      id: this.id,
      threadId: this.threadId,
      assistantId: this.assistantId,
      createdAt: seconds(this.createdAtMs),
      expiresAt: this.isActive ? Math.ceil((this.createdAtMs + this.#world.lifetimeMs) / 1000) : null,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      status: this.#status,
      turn: this.#turn,
      lastError: this.#lastError,
      incompleteReason: this.#incompleteReason,
      actionType: this.#actionType,
      pending: this.#pending,
    });
  }

  stepsJson(): Record<string, unknown>[] {
    const { id, threadId, assistantId } = this;
    const around = {
      run_id: id,
      thread_id: threadId,
      assistant_id: assistantId,
      created_at: seconds(this.createdAtMs),
    };
    return this.#steps.map((step, index) => ({
      id: `step_${index + 1}_${id}`,
      ...around,
      ...stepJson(step, this.isActive ? 'in_progress' : this.#status),
    }));
  }
}

function list(ids: readonly string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(', ')}]`;
}
