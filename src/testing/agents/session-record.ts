import type { ModelTurn } from '../script.ts';
import { seconds, type Json, type NewId } from '../wire.ts';
import type { Ask } from './ask.ts';
import { EventHub } from './event-hub.ts';
import { FakeTurn, usageOf, type TurnEnd } from './fake-turn.ts';

/** The state of a session. Each change is sent to its subscribers. */
export class SessionRecord {
  readonly id: string;
  readonly newId: NewId;
  readonly events: EventHub;
  readonly turns: FakeTurn[] = [];
  /** All items, oldest first, including those of subagents, which the API lists separately. */
  readonly items: Json[] = [];
  /** All required actions, oldest first, including those that are no longer pending. */
  readonly asks: Ask[] = [];
  /** The fields of the session that requests set. */
  settings: Json & { readonly agent: Json };
  #status = 'idle';
  #error: string | null = null;
  readonly #createdAt = seconds(Date.now());
  #lastActiveAt = this.#createdAt;

  constructor(newId: NewId, settings: SessionRecord['settings']) {
    this.id = newId('sess');
    this.newId = newId;
    this.events = new EventHub(newId);
    this.settings = settings;
  }

  get status(): string {
    return this.#status;
  }

  /** Sets the status and sends it, even if it is the same, because the required actions may have changed. */
  report(status: string, error: string | null = null): void {
    this.#status = status;
    this.#error = error;
    this.#lastActiveAt = seconds(Date.now());
    this.events.send(`agent.session.${status}`, { session: this.toJSON() });
  }

  addTurn(subagentId?: string): FakeTurn {
    const owner = { sessionId: this.id, agentId: String(this.settings.agent['id']) };
    const turn = new FakeTurn(this.newId('turn'), owner, subagentId);
    this.turns.push(turn);
    this.sendTurn(turn, 'created');
    return turn;
  }

  startTurn(turn: FakeTurn): void {
    turn.run('in_progress');
    this.sendTurn(turn, 'in_progress');
  }

  endTurn(turn: FakeTurn, status: TurnEnd, error: { code: string; message: string } | null = null): void {
    turn.end(status, error);
    this.sendTurn(turn, status, { usage: turn.usage });
  }

  sendTurn(turn: FakeTurn, what: string, more: Json = {}): void {
    this.events.send(`agent.session.turn.${what}`, { session_id: this.id, turn_id: turn.id, turn, ...more });
  }

  /** Adds an input item. */
  addInput(turn: FakeTurn, prefix: string, item: Json): void {
    this.#add(turn, { id: this.newId(prefix), ...item, turn_id: turn.id }, null);
  }

  /** Adds an output item, and sends its events from `added` to `done`. */
  addOutput(turn: FakeTurn, prefix: string, item: Json, text?: string): void {
    const index = turn.outputs;
    turn.outputs += 1;
    const added = { id: this.newId(prefix), ...item, turn_id: turn.id };
    const at = { session_id: this.id, turn_id: turn.id, output_index: index };
    if (text === undefined) {
      this.#add(turn, added, index, { status: 'in_progress' });
    } else {
      this.#add(turn, added, index, { status: 'in_progress', content: [] });
      const part = { ...at, item_id: added.id, content_index: 0 };
      this.events.send('agent.session.turn.output_text.delta', { ...part, delta: text });
      this.events.send('agent.session.turn.output_text.done', { ...part, text });
    }
    this.events.send('agent.session.turn.item.done', { ...at, item: added });
  }

  /** @param atFirst fields that differ while the item is in progress */
  #add(turn: FakeTurn, item: Json, index: number | null, atFirst: Json = {}): void {
    this.items.push(item);
    this.events.send('agent.session.turn.item.added', {
      session_id: this.id,
      turn_id: turn.id,
      output_index: index,
      item: { ...item, ...atFirst },
    });
  }

  /** Lists the items of the root agent's turns, or of one of them. */
  rootItems(turnId?: string): Json[] {
    const roots = this.turns.filter(({ subagentId }) => subagentId === undefined).map(({ id }) => id);
    return this.items.filter(({ turn_id: id }) => roots.includes(String(id)) && (turnId ?? id) === id);
  }

  /** The messages of the user and the root agent, oldest first. */
  messages(): ModelTurn['messages'] {
    return this.rootItems()
      .filter(({ type }) => type === 'message')
      .map(({ role, content }) => ({
        role: String(role),
        text: (content as { text?: string }[]).flatMap(({ text }) => text ?? []).join('\n'),
      }));
  }

  /** The pending actions. */
  get requiredActions(): Readonly<Json>[] {
    return this.asks.filter(({ state }) => state === 'pending').map(({ action }) => action);
  }

  toJSON(): Json {
    const { agent, environment, metadata, review, vault_ids, spend_control, prompt_cache_options } = this.settings;
    return {
      id: this.id,
      object: 'agent.session',
      agent,
      created_at: this.#createdAt,
      last_active_at: this.#lastActiveAt,
      environment,
      error: this.#error,
      metadata,
      prompt_cache_options,
      required_actions: this.requiredActions,
      review,
      ...(spend_control === null ? {} : { spend_control }),
      status: this.#status,
      usage: usageOf(this.turns),
      vault_ids,
    };
  }
}
