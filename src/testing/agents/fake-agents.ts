import { omitUndefined } from '../../internal/omit-undefined.ts';
import { badRequest, conflict, raise } from '../api-fault.ts';
import { missing, unknownId } from '../request-checks.ts';
import type { Model } from '../script.ts';
import { idMaker, page, seconds, type Json, type Query } from '../wire.ts';
import { agentSettings, checkTools } from './agent-json.ts';
import { FakeSession } from './fake-session.ts';
import type { FakeTurn } from './fake-turn.ts';
import { checkStrings } from './input-checks.ts';
import { SessionRecord } from './session-record.ts';

/** Agents and their sessions, with the API's rules and error messages. */
export class FakeAgents {
  readonly #model: Model;
  readonly #agents = new Map<string, Json>();
  readonly #sessions = new Map<string, FakeSession>();
  readonly #newId = idMaker();

  constructor(model: Model) {
    this.#model = model;
  }

  create(body: Json): Json {
    checkTools(body['tools']);
    const id = this.#newId('agent');
    const created = seconds(Date.now());
    const times = { created_at: created, updated_at: created };
    const agent = { id, object: 'agent', ...times, metadata: body['metadata'] ?? {}, ...agentSettings(body) };
    this.#agents.set(id, agent);
    return agent;
  }

  /** @throws ApiFault 404 */
  agent(id: string): Json {
    return this.#agents.get(id) ?? raise(unknownId('Agent', id));
  }

  createSession(body: Json): Json {
    if (body['stream'] === true) {
      throw badRequest("The fake streams no creation: subscribe to the session's events.", { param: 'stream' });
    }
    const { environment, input } = body;
    if ((input ?? undefined) === undefined && (environment as Json)['type'] === 'none') throw missing('input');
    checkStrings(input, 'input');
    const session = this.addSession(body);
    if (typeof input === 'string') session.addInput([{ role: 'user', content: [{ type: 'input_text', text: input }] }]);
    else if (input) session.addInput(input as Json[]);
    return session.record.toJSON();
  }

  /** Creates an idle session without any input. */
  addSession(body: Json): FakeSession {
    const { environment, agent_id: agentId, agent = {}, metadata } = body;
    const own = agent as Json;
    checkTools(own['tools'], 'agent.');
    const settings: Json = { ...(agentId === undefined ? {} : this.agent(agentId as string)), ...own };
    if (settings['model'] === undefined) throw missing('agent.model');
    const record = new SessionRecord(this.#newId, {
      agent: { id: agentId ?? this.#newId('agent'), ...agentSettings(settings) },
      environment: this.#environmentJson(environment as Json),
      metadata: metadata ?? {},
      review: body['review'] ?? 'none',
      vault_ids: body['vault_ids'] ?? [],
      spend_control: body['spend_control'] ?? null,
      prompt_cache_options: body['prompt_cache_options'] ?? null,
    });
    const session = new FakeSession(this.#model, record);
    this.#sessions.set(record.id, session);
    return session;
  }

  #environmentJson(environment: Json): Json {
    if (environment['type'] === 'none') return { type: 'none' };
    const id = this.#newId('env');
    const remote = { capability_directories: [], remote_url: `wss://fake-openai.invalid/v1/environments/${id}` };
    return { id, ...(environment['type'] === 'self_hosted' ? remote : {}), ...environment };
  }

  get sessions(): FakeSession[] {
    return [...this.#sessions.values()];
  }

  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** @throws ApiFault 404 */
  session(id: string): FakeSession {
    return this.#sessions.get(id) ?? raise(unknownId('Session', id));
  }

  /** Finds the session with that id, or the one with the turn with that id. */
  findSession(id: string): FakeSession | undefined {
    return this.#sessions.get(id) ?? this.sessions.find(({ record }) => record.turns.some((turn) => turn.id === id));
  }

  listSessions(query: Query): Json {
    const sessions = this.sessions.map(({ record }) => record.toJSON());
    const { agent_id: agentId } = query;
    const wanted = Object.entries(query).flatMap(([name, value]) => {
      const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value] as const];
    });
    const fits = ({ agent, metadata }: Json): boolean =>
      (agentId === undefined || (agent as Json)['id'] === agentId) &&
      wanted.every(([key, value]) => (metadata as Json)[key] === value);
    return page(sessions.filter(fits), query);
  }

  updateSession(id: string, body: Json): Json {
    const session = this.session(id);
    const { record } = session;
    const changes = (body['agent'] ?? {}) as Json;
    checkTools(changes['tools'], 'agent.');
    const { agent } = record.settings;
    const { metadata, prompt_cache_options, review, spend_control } = body;
    record.settings = {
      ...record.settings,
      ...omitUndefined({ metadata: metadata === null ? {} : metadata, prompt_cache_options, review, spend_control }),
      agent: { ...agent, ...agentSettings({ ...agent, ...changes }) },
    };
    if (body['spend_control'] !== undefined) session.budgetChanged();
    return record.toJSON();
  }

  deleteSession(id: string): Json {
    const session = this.session(id);
    if (session.isActive) {
      throw conflict(`Session '${id}' has a running turn: cancel it first.`);
    }
    this.#sessions.delete(id);
    session.delete();
    return { id, object: 'agent.session.deleted', deleted: true };
  }

  /** @throws ApiFault 404, also for a turn of another session */
  turn(sessionId: string, turnId: string): FakeTurn {
    return this.session(sessionId).record.turns.find(({ id }) => id === turnId) ?? raise(unknownId('Turn', turnId));
  }

  /**
   * Lists the items of a root turn. The API lists those of a subagent's turn at a path that the fake does not serve.
   */
  turnItems(sessionId: string, turnId: string): Json[] {
    if (this.turn(sessionId, turnId).subagentId !== undefined) throw unknownId('Turn', turnId);
    return this.session(sessionId).record.rootItems(turnId);
  }
}
