import type { Model, ModelTurn } from '../script.ts';
import type { Json, NewId } from '../wire.ts';

/** The identity of a run, repeated in its steps and messages. */
export interface RunIdentity {
  readonly id: string;
  readonly threadId: string;
  readonly assistantId: string;
  readonly createdAtMs: number;
}

/** The part of the server that a run uses. */
export interface RunWorld extends Model {
  readonly lifetimeMs: number;
  readonly newId: NewId;
  messagesOf(threadId: string): ModelTurn['messages'];
  /** Adds a message of the assistant, and returns it. */
  addAssistantMessage(run: RunIdentity, text: string): Json;
}
