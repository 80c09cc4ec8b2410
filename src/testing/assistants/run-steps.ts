import type { ModelTurn } from '../script.ts';
import { seconds, type Json } from '../wire.ts';
import { usage, type PendingCall } from './run-parts.ts';
import type { RunIdentity } from './run-world.ts';

/** One step of a run: the calls of a turn, or a message. */
export interface FakeStep {
  readonly id: string;
  readonly calls: readonly PendingCall[];
  outputs: ModelTurn['outputs'];
  /** The message's id; undefined for calls. */
  readonly messageId: string | undefined;
}

/** The steps of a run, oldest first. */
export class RunSteps {
  readonly #run: RunIdentity;
  readonly #steps: FakeStep[] = [];

  constructor(run: RunIdentity) {
    this.#run = run;
  }

  addCalls(calls: readonly PendingCall[]): FakeStep {
    return this.#add({ id: this.#nextId(), calls, outputs: [], messageId: undefined });
  }

  addMessage(messageId: string): FakeStep {
    return this.#add({ id: this.#nextId(), calls: [], outputs: [], messageId });
  }

  /** Completes the step that waits for outputs. */
  answer(outputs: ModelTurn['outputs']): FakeStep | undefined {
    const step = this.#steps.at(-1);
    if (step) step.outputs = outputs;
    return step;
  }

  /** @param openStatus the status of a step that waits for outputs */
  toJSON(openStatus: string): Json[] {
    return this.#steps.map((step) => this.stepJson(step, isDone(step) ? 'completed' : openStatus));
  }

  stepJson({ id, calls, outputs, messageId }: FakeStep, status: string): Json {
    const isCompleted = status === 'completed';
    const type = messageId === undefined ? 'tool_calls' : 'message_creation';
    const details =
      messageId === undefined
        ? { tool_calls: calls.map((call, index) => callJson(call, outputs[index]?.output)) }
        : { message_creation: { message_id: messageId } };
    return {
      id,
      object: 'thread.run.step',
      created_at: seconds(this.#run.createdAtMs),
      run_id: this.#run.id,
      assistant_id: this.#run.assistantId,
      thread_id: this.#run.threadId,
      type,
      status,
      cancelled_at: null,
      completed_at: isCompleted ? seconds(Date.now()) : null,
      expires_at: null,
      failed_at: null,
      last_error: null,
      step_details: { type, ...details },
      usage: isCompleted ? usage(1) : null,
    };
  }

  #add(step: FakeStep): FakeStep {
    this.#steps.push(step);
    return step;
  }

  #nextId(): string {
    return `step_${this.#steps.length + 1}_${this.#run.id}`;
  }
}

function isDone({ outputs, messageId }: FakeStep): boolean {
  return outputs.length > 0 || messageId !== undefined;
}

function callJson({ id, name, arguments: args }: PendingCall, output: string | undefined): Json {
  return { id, type: 'function', function: { name, arguments: args, output: output ?? null } };
}
