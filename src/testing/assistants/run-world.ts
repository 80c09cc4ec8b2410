import type { ModelTurn, ScriptReader } from '../script.ts';
import type { Json, NewId } from '../wire.ts';

/** What all that belongs to a run says of it. */
export interface RunIdentity {
  readonly id: string;
  readonly threadId: string;
  readonly assistantId: string;
  readonly createdAtMs: number;
}

/** What a run needs of the server around it. */
export interface RunWorld {
  readonly script: ScriptReader;
  /** How long the model thinks at each step, in milliseconds; 0: a request for the run waits until it has thought. */
  readonly thinkMs: number;
  readonly lifetimeMs: number;
  readonly newId: NewId;
  messagesOf(threadId: string): ModelTurn['messages'];
  /** Returns the message. */
  addAssistantMessage(run: RunIdentity, text: string): Json;
}
