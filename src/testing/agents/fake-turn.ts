import { seconds, type Json } from '../wire.ts';

export type TurnEnd = 'completed' | 'failed' | 'cancelled';

/** The part of a session that its turns use. */
export interface TurnOwner {
  readonly sessionId: string;
  readonly agentId: string;
}

/** One turn of a session: of its root agent, or of a subagent. */
export class FakeTurn {
  readonly id: string;
  /** The subagent's id; undefined for a turn of the root agent. */
  readonly subagentId: string | undefined;
  readonly #owner: TurnOwner;
  readonly #createdAt = seconds(Date.now());
  #status: 'queued' | 'in_progress' | 'waiting' | TurnEnd = 'queued';
  #startedAt: number | null = null;
  #endedAt: number | null = null;
  #error: Json | null = null;
  /** The number of the model's steps. A subagent's steps do not use the script. */
  steps = 0;
  /** The number of items that the agent has produced. */
  outputs = 0;

  constructor(id: string, owner: TurnOwner, subagentId?: string) {
    this.id = id;
    this.#owner = owner;
    this.subagentId = subagentId;
  }

  get status(): string {
    return this.#status;
  }

  get isOver(): boolean {
    return this.#endedAt !== null;
  }

  /** Sets the status of an active turn: it runs, or waits for the client's actions. */
  run(status: 'in_progress' | 'waiting'): void {
    this.#startedAt ??= seconds(Date.now());
    this.#status = status;
  }

  /** @param error the error of a failed turn */
  end(status: TurnEnd, error: { readonly code: string; readonly message: string } | null): void {
    this.#startedAt ??= seconds(Date.now());
    this.#endedAt = seconds(Date.now());
    this.#status = status;
    this.#error = error;
  }

  get usage(): Json | null {
    return usageOf([this]);
  }

  /** Returns the API's JSON. */
  toJSON(): Json {
    const { sessionId, agentId } = this.#owner;
    return {
      id: this.id,
      object: 'agent.session.turn',
      agent_id: this.subagentId ?? agentId,
      session_id: sessionId,
      subagent_id: this.subagentId ?? null,
      status: this.#status,
      created_at: this.#createdAt,
      started_at: this.#startedAt,
      completed_at: this.#endedAt,
      error: this.#error,
      usage: this.usage,
      prompt_cache_options: null,
    };
  }
}

/** Returns the tokens of the ended turns; null before the first one ends. */
export function usageOf(turns: readonly FakeTurn[]): Json | null {
  const steps = turns.filter(({ isOver }) => isOver).reduce((sum, turn) => sum + turn.steps, 0);
  return steps > 0 ? usage(32 * steps, 11 * steps) : null;
}

function usage(input: number, output: number): Json {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}
