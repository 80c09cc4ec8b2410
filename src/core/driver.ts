import type { Outcome } from './outcome.ts';

/** What the model asks for, as the API states it. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** JSON text, unparsed. */
  readonly arguments: string;
  /** `function`: we run it. `approval`: the API's own server runs it once we approve. */
  readonly kind: 'function' | 'approval';
  /** Which of the API's servers runs it; tells apart tools of one name. */
  readonly server?: string;
}

/** One stop of the model: the calls that it waits for. */
export interface Turn {
  readonly calls: readonly ToolCall[];
  /** When the API gives the run up, on this machine's clock; caps every wait. */
  readonly expiresAt?: Date | undefined;
  /** What the outputs may take together, in bytes of JSON. */
  readonly maxOutputBytes?: number;
}

export interface ToolOutput {
  readonly callId: string;
  readonly output: string;
  readonly outcome: Outcome;
}

/** What a driver gets to work with: one run's guarded loop. */
export interface Loop {
  /** To be called as soon as the API's run has an id, so that errors and handlers can name it. */
  opened(runId: string): void;
  /** To be called when the API's run may go on although we left it. */
  leftOpen(): void;
  /**
   * Answers every call of a turn, in the model's order. A call that was answered before is answered the same again,
   * without being run; a driver may ask again while earlier answers are still out.
   */
  answer(turn: Turn): Promise<readonly ToolOutput[]>;
  /** Aborts when the caller left, the deadline passed, or a call ended the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs one API's loop to its end and resolves with the API's own final object. Built from ids, so that it can start
 * anywhere. A driver that is left early leaves nothing open at the API.
 */
export type Driver<Result> = (loop: Loop) => Promise<Result>;
