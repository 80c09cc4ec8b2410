import { badRequest, notFound, raise } from '../api-fault.ts';
import type { Model, ModelTurn } from '../script.ts';
import { idMaker, seconds, type Json } from '../wire.ts';
import { FakeRun } from './fake-run.ts';
import type { RunWorld } from './run-world.ts';
import { checkTools } from './tool-checks.ts';

interface FakeThread {
  readonly id: string;
  readonly createdAt: number;
  readonly metadata: unknown;
  readonly messages: Json[];
  readonly runs: FakeRun[];
}

/** Assistants, threads, messages and runs, with the API's rules and error messages. */
export class FakeAssistants {
  readonly #world: RunWorld;
  readonly #assistants = new Map<string, Json>();
  readonly #threads = new Map<string, FakeThread>();
  readonly #newId = idMaker();

  constructor(model: Model, lifetimeMs: number) {
    this.#world = {
      ...model,
      lifetimeMs,
      newId: this.#newId,
      messagesOf: (threadId) => this.messageTexts(threadId),
      addAssistantMessage: (run, text) => {
        const author = { assistant_id: run.assistantId, run_id: run.id };
        const message = this.#message(run.threadId, { role: 'assistant', content: text }, author);
        this.thread(run.threadId).messages.push(message);
        return message;
      },
    };
  }

  createAssistant(body: Json): Json {
    const id = this.#newId('asst');
    checkTools(body);
    const assistant = {
      id,
      object: 'assistant',
      created_at: seconds(Date.now()),
      name: null,
      description: null,
      instructions: null,
      tools: [],
      top_p: 1,
      temperature: 1,
      reasoning_effort: null,
      tool_resources: {},
      metadata: {},
      response_format: 'auto',
      ...body,
    };
    this.#assistants.set(id, assistant);
    return assistant;
  }

  get assistants(): Json[] {
    return [...this.#assistants.values()];
  }

  /** @throws ApiFault 404 */
  assistant(id: string): Json {
    return this.#assistants.get(id) ?? raise(notFound('assistant', id));
  }

  createThread(body: Json): Json {
    const id = this.#newId('thread');
    const thread: FakeThread = {
      id,
      createdAt: seconds(Date.now()),
      metadata: body['metadata'] ?? {},
      messages: [],
      runs: [],
    };
    this.#threads.set(id, thread);
    for (const message of (body['messages'] ?? []) as Json[]) thread.messages.push(this.#message(id, message));
    return this.threadJson(id);
  }

  threadJson(threadId: string): Json {
    const { id, createdAt, metadata } = this.thread(threadId);
    return { id, object: 'thread', created_at: createdAt, metadata, tool_resources: {} };
  }

  /** Deletes a thread, and cancels its runs. */
  deleteThread(id: string): Json {
    for (const run of this.thread(id).runs) run.end('cancelled');
    this.#threads.delete(id);
    return { id, object: 'thread.deleted', deleted: true };
  }

  thread(threadId: string): FakeThread {
    return this.#threads.get(threadId) ?? raise(notFound('thread', threadId));
  }

  /** @throws ApiFault 404 */
  message(threadId: string, messageId: string): Json {
    return this.thread(threadId).messages.find(({ id }) => id === messageId) ?? raise(notFound('message', messageId));
  }

  messageTexts(threadId: string): ModelTurn['messages'] {
    return this.thread(threadId).messages.map(({ role, content }) => ({
      role: String(role),
      text: (content as { text?: { value: string } }[]).flatMap(({ text }) => text?.value ?? []).join('\n'),
    }));
  }

  async createMessage(threadId: string, body: Json): Promise<Json> {
    const thread = await this.#caughtUp(threadId);
    const active = thread.runs.find(({ isActive }) => isActive);
    if (active) throw badRequest(`Can't add messages to ${threadId} while a run ${active.id} is active.`);
    const message = this.#message(threadId, body);
    thread.messages.push(message);
    return message;
  }

  /**
   * Creates a run. Resolves with the queued run, or with the stream of its events.
   *
   * @param created the thread, if it was created with the run
   */
  async createRun(threadId: string, body: Json, request: Request, created?: Json): Promise<Json | Response> {
    const thread = await this.#caughtUp(threadId);
    checkTools(body);
    const assistantId = String(body['assistant_id']);
    const { model, instructions, tools } = this.assistant(assistantId);
    const active = thread.runs.find(({ isActive }) => isActive);
    if (active) throw badRequest(`Thread ${threadId} already has an active run ${active.id}.`);
    for (const message of (body['additional_messages'] ?? []) as Json[]) {
      thread.messages.push(this.#message(threadId, message));
    }
    const own = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    const run = new FakeRun(this.#world, threadId, assistantId, { model, instructions, tools, ...own });
    thread.runs.push(run);
    return run.begin(body['stream'] === true ? request : undefined, created);
  }

  async runsJson(threadId: string): Promise<Json[]> {
    return (await this.#caughtUp(threadId)).runs.map((run) => run.toJSON());
  }

  async #caughtUp(threadId: string): Promise<FakeThread> {
    const thread = this.thread(threadId);
    await Promise.all(thread.runs.map(async (run) => run.catchUp()));
    return thread;
  }

  run(threadId: string, runId: string): FakeRun {
    return this.thread(threadId).runs.find(({ id }) => id === runId) ?? raise(notFound('run', runId));
  }

  /** The runs of all threads. */
  get runs(): FakeRun[] {
    return [...this.#threads.values()].flatMap(({ runs }) => runs);
  }

  /** Finds a run by its id, in any thread. */
  findRun(runId: string): FakeRun {
    return this.runs.find(({ id }) => id === runId) ?? raise(notFound('run', runId));
  }

  #message(threadId: string, body: Json, author: Json = { assistant_id: null, run_id: null }): Json {
    const { role, content, metadata = {}, attachments = [] } = body;
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content as Json[]);
    return {
      id: this.#newId('msg'),
      object: 'thread.message',
      created_at: seconds(Date.now()),
      thread_id: threadId,
      ...author,
      role,
      content: parts.map((part) =>
        typeof part['text'] === 'string' ? { type: 'text', text: { value: part['text'], annotations: [] } } : part,
      ),
      attachments,
      metadata,
    };
  }
}
