import type { Model, ModelStep } from '../script.ts';
import { ThinkingTime } from '../thinking-time.ts';
import { unsupported } from '../unsupported.ts';
import { DEFAULT_MODEL, seconds, type Json } from '../wire.ts';
import type { ItemStore } from './item-store.ts';
import { answered, isFromClient, messageTexts, scriptOutput } from './items.ts';
import { approvedCall, outputItems } from './output.ts';
import { sendItems } from './item-events.ts';
import { ResponseEvents } from './response-events.ts';
import { usage } from './usage.ts';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'incomplete']);

/** Statuses in which a background response continues. */
const CONTINUING: ReadonlySet<string> = new Set(['queued', 'in_progress']);

/** The part of the server that a response uses. */
export interface ResponseWorld extends Model {
  readonly store: ItemStore;
  /** Called once, when the response reaches its final status. */
  readonly ended: (response: FakeResponse) => void;
}

export interface ResponseRequest {
  readonly params: Readonly<Json>;
  readonly conversationId: string | undefined;
  /** All items before the input. */
  readonly context: readonly Json[];
  readonly input: readonly Json[];
  /** The response that the input answers or follows. */
  readonly previous: FakeResponse | undefined;
}

/** One response: its states and the allowed transitions. */
export class FakeResponse {
  readonly id: string;
  readonly conversationId: string | undefined;
  readonly previousResponseId: string | undefined;
  readonly isBackground: boolean;
  readonly isStored: boolean;
  readonly context: readonly Json[];
  readonly input: readonly Json[];
  /** The first response of the chain. */
  readonly rootId: string;
  /** The first response since the last request without outputs. */
  readonly runId: string;
  readonly turn: number;
  /** Undefined unless it was created with `stream`. */
  readonly events: ResponseEvents | undefined;
  /** Settles when the script has decided and the model has thought. */
  readonly thought: Promise<void>;
  readonly #time = new ThinkingTime();
  readonly #createdAt = seconds(Date.now());
  readonly #world: ResponseWorld;
  readonly #params: Readonly<Json>;
  readonly #answers: ReturnType<typeof answered>;
  #status: string;
  #completedAt: number | null = null;
  #error: { code: string; message: string } | null = null;
  #incompleteReason: string | null = null;
  #output: readonly Json[] = [];

  constructor(world: ResponseWorld, { params, conversationId, context, input, previous }: ResponseRequest) {
    const { background, store, previous_response_id: previousId } = params;
    this.id = world.store.newId('resp');
    this.#world = world;
    this.#params = params;
    this.conversationId = conversationId;
    this.previousResponseId = typeof previousId === 'string' ? previousId : undefined;
    this.isBackground = background === true;
    this.isStored = store !== false;
    this.context = context;
    this.input = input;
    this.#answers = answered([...context, ...input], newAnswers(input));
    this.rootId = previous?.rootId ?? this.id;
    const continues = previous !== undefined && this.#answers.length > 0;
    this.runId = continues ? previous.runId : this.id;
    this.turn = continues ? previous.turn + 1 : 1;
    this.#status = this.isBackground ? 'queued' : 'in_progress';
    this.events = params['stream'] === true ? new ResponseEvents(this.#time) : undefined;
    this.#send('created');
    this.#send(this.#status);
    this.thought = this.#think();
  }

  get status(): string {
    return this.#status;
  }

  get isInFlight(): boolean {
    return !TERMINAL.has(this.#status);
  }

  /** True if requests may continue from it, and its conversation keeps its items. */
  get isContinuable(): boolean {
    return this.#status === 'completed' || this.#status === 'incomplete';
  }

  get output(): readonly Json[] {
    return this.#output;
  }

  get items(): readonly Json[] {
    return [...this.context, ...this.input, ...this.#output];
  }

  /** Ends the response at once, unless it has ended. */
  end(status: 'cancelled' | 'failed'): void {
    if (!this.isInFlight) return;
    if (status === 'failed') this.#error = { code: 'server_error', message: 'The response was ended from outside.' };
    this.#end(status);
  }

  /** Streams its events to the request that created it. A foreground response ends with that stream. */
  stream(request: Request): Response | undefined {
    return this.events?.subscribe(request, undefined, () => {
      if (!this.isBackground) this.end('cancelled');
    });
  }

  /** Breaks the connection of every open stream of its events. */
  breakStreams(): void {
    this.events?.break();
  }

  async #think(): Promise<void> {
    const { thinkMs, script } = this.#world;
    try {
      if (thinkMs > 0) {
        await this.#time.pass(thinkMs / 2);
        this.#begin();
        await this.#time.pass(thinkMs / 2);
      }
      if (!this.isInFlight) return;
      const step = await script.next({
        runId: this.runId,
        threadId: this.conversationId ?? this.rootId,
        turn: this.turn,
        messages: messageTexts([...this.context, ...this.input]),
        outputs: this.#answers.map(scriptOutput),
      });
      this.#take(step);
    } catch (error) {
      if (!this.isInFlight) return;
      this.#error = { code: 'server_error', message: `The script threw: ${String(error)}` };
      this.#end('failed');
    }
  }

  #begin(): void {
    if (this.#status !== 'queued') return;
    this.#status = 'in_progress';
    this.#send('in_progress');
  }

  #take(step: ModelStep): void {
    if (!this.isInFlight) return;
    this.#begin();
    const { store, script } = this.#world;
    const complaint = unsupported(step, 'Responses');
    if (complaint !== undefined) {
      script.complain(complaint);
      this.#error = { code: 'server_error', message: complaint };
      this.#end('failed');
      return;
    }
    if (step.step === 'fail') {
      this.#error = { code: step.code, message: step.message };
      this.#end('failed');
      return;
    }
    const approved = this.#answers.filter(({ answer }) => answer['approve'] === true);
    this.#output = [...approved.map(({ call }) => approvedCall(call, store)), ...outputItems(step, store)];
    if (this.events) {
      sendItems(this.#output, (type, event) => {
        this.events?.send(type, event);
      });
    }
    if (step.step === 'stop-short') {
      const { reason } = step;
      this.#incompleteReason = reason === 'max_completion_tokens' ? 'max_output_tokens' : reason;
      this.#end('incomplete');
    } else if (step.step !== 'report-status') {
      this.#end('completed');
    } else if (TERMINAL.has(step.status)) {
      this.#end(step.status);
    } else {
      this.#status = step.status;
      this.#send(step.status);
      if (!this.isBackground || !CONTINUING.has(step.status)) this.events?.close();
    }
  }

  #end(status: string): void {
    this.#status = status;
    if (status === 'completed') this.#completedAt = seconds(Date.now());
    this.#world.ended(this);
    // The API has no event for a cancellation: it sends `failed`, with the status `cancelled`.
    this.#send(status === 'cancelled' ? 'failed' : status);
    this.events?.close();
  }

  #send(what: string): void {
    this.events?.send(`response.${what}`, { response: this.toJSON() });
  }

  /** Returns the API's JSON. The SDK adds `output_text`. */
  toJSON(): Json {
    const params = this.#params;
    return {
      id: this.id,
      object: 'response',
      created_at: this.#createdAt,
      status: this.#status,
      background: params['background'] ?? false,
      completed_at: this.#completedAt,
      error: this.#error,
      incomplete_details: this.#incompleteReason === null ? null : { reason: this.#incompleteReason },
      instructions: params['instructions'] ?? null,
      max_output_tokens: params['max_output_tokens'] ?? null,
      max_tool_calls: params['max_tool_calls'] ?? null,
      model: params['model'] ?? DEFAULT_MODEL,
      output: this.#output,
      parallel_tool_calls: params['parallel_tool_calls'] ?? true,
      previous_response_id: params['previous_response_id'] ?? null,
      prompt_cache_key: params['prompt_cache_key'] ?? null,
      reasoning: { effort: null, summary: null, ...(params['reasoning'] ?? {}) },
      safety_identifier: params['safety_identifier'] ?? null,
      service_tier: params['service_tier'] ?? 'default',
      store: params['store'] ?? true,
      temperature: params['temperature'] ?? 1,
      text: { format: { type: 'text' }, verbosity: 'medium', ...(params['text'] ?? {}) },
      tool_choice: params['tool_choice'] ?? 'auto',
      tools: params['tools'] ?? [],
      top_logprobs: params['top_logprobs'] ?? 0,
      top_p: params['top_p'] ?? 1,
      truncation: params['truncation'] ?? 'disabled',
      usage: this.isContinuable ? usage(this.context.length + this.input.length, this.#output.length) : null,
      user: params['user'] ?? null,
      metadata: params['metadata'] ?? {},
      ...(this.conversationId === undefined ? {} : { conversation: { id: this.conversationId } }),
    };
  }
}

/** Lists the answers that are new in the input. A replayed input also contains those of earlier turns. */
function newAnswers(input: readonly Json[]): readonly Json[] {
  return input.slice(input.findLastIndex((item) => !isFromClient(item)) + 1);
}
