import type { RunJournal } from '../journal/journal.ts';
import type { Conversation } from '../gateway/gateway.ts';
import type { Outcome } from '../call/outcome.ts';
import type { TextFeed } from './text-feed.ts';

/** What the model asks for, as the API states it. */
export interface ToolCall {
  readonly callId: string;
  /** Within what the id is unique, where that is less than the run. */
  readonly scope?: string;
  readonly name: string;
  /** As the model wrote it, unparsed. */
  readonly arguments: string;
  /**
   * `function`: we run it, with JSON. `text`: we run it, with the text itself. `approval`: the API's own server runs it
   * once we approve.
   */
  readonly kind: 'function' | 'text' | 'approval';
  /** Which of the API's servers runs it; tells apart tools of one name. */
  readonly server?: string;
  /** Which of the API's subagents asks; absent for the agent itself. */
  readonly subagentId?: string;
  /** What the driver knows already: no handler may run it. */
  readonly refused?: 'unknown_tool' | 'invalid_arguments';
}

/** One stop of the model: the calls that it waits for. */
export interface Turn {
  readonly calls: readonly ToolCall[];
  /** What asked, where a run has several that do: all calls that one and the same object asks for are one turn. */
  readonly askedBy?: { readonly id: string };
  /** Within what a call id is unique, for the idempotency keys. Default: what asked. */
  readonly keyScope?: string | undefined;
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

/** Resolves with the outputs of these calls of the turn, in this order, once none of them is under way. */
export type Begun = (calls: readonly ToolCall[]) => Promise<readonly ToolOutput[]>;

export interface LeftOpen {
  /** What is open and how the caller closes it, as a sentence. */
  readonly message: string;
  readonly callIds: readonly string[];
}

/** What a driver gets to work with: one run's guarded loop. */
export interface Loop {
  /** To be called as soon as the API's run has an id, so that errors and handlers can name it. The last id counts. */
  opened(runId: string): void;
  /**
   * To be called once, at the run's start: `read` lists what was said before the run, and what begins it. It is called
   * only where the gateway is to be told (`provenance: true`); scans wait for it, the run does not. When it fails, nothing
   * was said, and the run goes on.
   */
  recall(read: (signal: AbortSignal) => Promise<Conversation>): void;
  /** To be called with what was said meanwhile, and what the API's own tools returned; `more` is called as `read` is. */
  note(more: () => Partial<Conversation>): void;
  /** To be called by a driver that leaves early: tells everything under way to stop. */
  end(): void;
  /** The run's journal, opened where it was not yet; undefined without one. For what a driver has to know after a crash. */
  journal(): Promise<RunJournal | undefined>;
  /** Set for a run that ends like this and is to be left at the API as it is, to be gone on with later: what `leftOpen` is to be told. */
  resumableAs(why: unknown): LeftOpen | undefined;
  /** To be called when something stays open at the API although we left. */
  leftOpen(left?: LeftOpen): void;
  /** To be called once the API has taken the outputs of these calls, the very objects that were begun. */
  submitted(calls: readonly ToolCall[]): void;
  /** What the model says, for whoever listens; absent when nobody does. */
  readonly text: TextFeed | undefined;
  /** Begins every call of a turn; its outputs can then be had a few at a time. */
  begin(turn: Turn): Begun;
  /**
   * Answers every call of a turn, in the model's order, or rejects with a SuspendRun when the run is to be left as it is: calls wait for approvers, and nothing
   * else is under way. A call that was answered before is answered the same again,
   * without being run; a driver may ask again while earlier answers are still out.
   */
  answer(turn: Turn): Promise<readonly ToolOutput[]>;
  /**
   * What became of calls (the very objects that were begun, if they were) that the API will not be given in a turn, once none is under way any more: after an end, at most
   * the handlers' grace later. A call that was never answered has not run, and is recorded so.
   */
  outputsOf(calls: readonly ToolCall[]): Promise<readonly ToolOutput[]>;
  /** Aborts when the caller left, the deadline passed, or a call ended the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs one API's loop to its end and resolves with the API's own final object. Built from ids, so that it can start
 * anywhere. A driver that is left early leaves nothing open at the API.
 */
export type Driver<Result> = (loop: Loop) => Promise<Result>;
