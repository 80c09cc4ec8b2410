/**
 * Starts a third-party server of the Agents API in this process. Its sessions, turns, events and errors are its own.
 * The test plays only the model and its loop, which the server leaves to a driver.
 */
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { JsonValue, RuntimeBatch, RuntimeCommand, RuntimeEvent } from 'cf-open-agents-api';
import { build } from 'esbuild';
import { Miniflare, Response as WorkerResponse } from 'miniflare';
import OpenAI from 'openai7';

export interface Call {
  readonly id: string;
  readonly name: string;
  /** The API allows an object or a JSON string. */
  readonly args: JsonValue;
}

export interface Result {
  readonly success: boolean;
  readonly output: unknown;
}

/** The model's steps in one turn. The turn fails if the promise rejects with {@link TurnFailure}. */
export type Script = (turn: Turn) => Promise<void>;

export class TurnFailure extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

type ToolResult = Extract<RuntimeCommand, { type: 'tool_result' }>;

export class Turn {
  readonly input: string;
  /** The input that arrived while the turn was active. */
  readonly steered: string[] = [];
  readonly #events: RuntimeBatch['events'] = [];
  readonly #pending = new Map<string, (result: Result) => void>();
  readonly #operations = new Set<string>();
  readonly #never = new AbortController();
  #status: RuntimeBatch['status'] = 'running';
  #error: string | undefined;

  constructor(input: string, script: Script) {
    this.input = input;
    script(this).then(
      () => this.#end('completed'),
      (error: unknown) => this.#end('failed', error instanceof TurnFailure ? error.code : 'internal_error'),
    );
  }

  /** Aborted when the turn is cancelled. */
  get signal(): AbortSignal {
    return this.#never.signal;
  }

  async call(...calls: readonly Call[]): Promise<Result[]> {
    return this.#call(calls, {});
  }

  /** Runs a subagent that makes these calls in its own turn, and is closed when it has their results. */
  async delegate(subagentId: string, ...calls: readonly Call[]): Promise<Result[]> {
    const subagent = {
      type: 'subagent',
      id: subagentId,
      parentId: null,
      name: subagentId,
      instructions: null,
    } as const;
    const turnId = `turn_${subagentId}`;
    const turn = { type: 'subagent_turn', id: turnId, subagentId, startedAt: now() } as const;
    this.#emit({ ...subagent, status: 'active', openedAt: turn.startedAt });
    this.#emit({ ...turn, status: 'in_progress', completedAt: null });
    const results = await this.#call(calls, { subagentId, turnId });
    this.#emit({ ...turn, status: 'completed', completedAt: now() });
    this.#emit({ ...subagent, status: 'closed', openedAt: turn.startedAt });
    return results;
  }

  say(text: string, phase: 'commentary' | 'final_answer' = 'final_answer'): void {
    this.#emit({ type: 'text', id: `text_${this.#events.length}`, text, phase });
  }

  /** The server keeps the last usage, for the whole turn. */
  used(inputTokens: number, outputTokens: number): void {
    const usage = {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    };
    this.#emit({ type: 'usage', id: 'usage', usage });
  }

  poll(after: number): RuntimeBatch {
    return {
      events: this.#events.slice(after),
      cursor: this.#events.length,
      status: this.#status === 'running' && this.#pending.size > 0 ? 'waiting' : this.#status,
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  control(operationId: string, command: RuntimeCommand): void {
    if (this.#operations.has(operationId)) return;
    this.#operations.add(operationId);
    if (command.type === 'tool_result') this.#answer(command);
    else if (command.type === 'steer') this.steered.push(textOf(command.input));
    else {
      this.#end('cancelled');
      this.#never.abort();
    }
  }

  async #call(calls: readonly Call[], scope: { subagentId?: string; turnId?: string }): Promise<Result[]> {
    const results = calls.map(({ id }) => new Promise<Result>((resolve) => void this.#pending.set(id, resolve)));
    for (const { id, name, args } of calls) {
      this.#emit({ type: 'function_call', id, callId: id, name, arguments: args, ...scope });
    }
    return Promise.all(results);
  }

  #answer({ callId, success, output }: ToolResult): void {
    const resolve = this.#pending.get(callId);
    this.#pending.delete(callId);
    resolve?.({ success, output });
  }

  #emit(event: RuntimeEvent): void {
    this.#events.push({ seq: this.#events.length + 1, event });
  }

  #end(status: RuntimeBatch['status'], error?: string): void {
    if (this.#status !== 'running') return;
    this.#status = status;
    this.#error = error;
  }
}

interface InputMessage {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}

const now = (): number => Math.floor(Date.now() / 1000);

const textOf = (input: readonly InputMessage[]): string =>
  input.flatMap(({ content }) => content.map(({ text = '' }) => text)).join('\n');

export interface InputEvent {
  readonly type: string;
  readonly call_id?: string;
  readonly turn_id?: string;
  readonly success?: boolean;
  readonly output?: unknown;
  readonly error?: unknown;
}

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  /** Set for a request that sends input. */
  readonly events: readonly InputEvent[];
}

export interface Sent extends ApiRequest {
  readonly status: number;
}

/** Throws to lose the response. */
export type Change = (request: ApiRequest, response: Response) => Response | Promise<Response>;

export interface Connection {
  readonly client: OpenAI;
  readonly requests: readonly Sent[];
}

export class AgentsServer {
  /** The name of the only model. */
  static readonly model = 'scripted';
  readonly turns: Turn[] = [];
  readonly #byId = new Map<string, Turn>();
  readonly #miniflare: Miniflare;
  #script: Script = async () => undefined;

  private constructor(worker: string) {
    this.#miniflare = new Miniflare({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      compatibilityDate: '2026-04-26',
      compatibilityFlags: ['nodejs_compat'],
      modules: [{ type: 'ESModule', path: 'worker.js', contents: worker }],
      durableObjects: {
        SESSIONS: { className: 'Sessions', useSQLite: true },
        CATALOG: { className: 'Catalog', useSQLite: true },
      },
      serviceBindings: {
        RUNTIME: async (request: Request) => {
          const args = (await request.json()) as unknown[];
          return WorkerResponse.json(this.#serve(new URL(request.url).pathname, args) ?? null);
        },
      },
      // The server warns about an alarm that is set again while it runs, which happens in each turn.
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        stdout.resume();
        stderr.resume();
      },
    });
  }

  static async start(): Promise<AgentsServer> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('agents-worker.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd'],
      external: ['cloudflare:*', 'node:*'],
    });
    const server = new AgentsServer(outputFiles[0]?.text ?? '');
    await server.#miniflare.ready;
    return server;
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }

  /** The real client for this server. `change` may alter its responses. */
  async connect(change: Change = (_, response) => response): Promise<Connection> {
    const requests: Sent[] = [];
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: new URL('v1', await this.#miniflare.ready).href,
      fetch: async (url, init) => {
        const { pathname } = new URL(url instanceof Request ? url.url : url);
        const events =
          typeof init?.body === 'string' ? (JSON.parse(init.body) as { events?: InputEvent[] }).events : [];
        const request = { method: init?.method?.toUpperCase() ?? 'GET', path: pathname, events: events ?? [] };
        const response = await fetch(url, init);
        requests.push({ ...request, status: response.status });
        return change(request, response);
      },
    });
    return { client, requests };
  }

  /** Sets the model for the following turns. */
  play(script: Script): void {
    this.#script = script;
    this.turns.length = 0;
  }

  #serve(path: string, [turnId, ...args]: unknown[]): unknown {
    const turn = this.#byId.get(turnId as string);
    if (path === '/start' && !turn) {
      const started = new Turn(textOf(args[0] as InputMessage[]), this.#script);
      this.#byId.set(turnId as string, started);
      this.turns.push(started);
    }
    if (path === '/poll') return turn?.poll(args[0] as number) ?? { events: [], cursor: args[0], status: 'missing' };
    if (path === '/control') turn?.control(args[0] as string, args[1] as RuntimeCommand);
    return null;
  }
}
