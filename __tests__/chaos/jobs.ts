import type { Plan } from './plans.ts';

/** The messages between the test and the processes that it kills. */

export interface Settings {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly journals: string;
  /** Folder in which handlers record their effects. */
  readonly effects: string;
  /** Folder with the first transfer under each idempotency key. */
  readonly transfers: string;
  /** Folder with the first unsynced byte of each journal. */
  readonly marks: string;
  readonly journal: JournalKind;
  /** The database of the journals, for the kinds in Postgres. */
  readonly database?: { readonly url: string; readonly leaseMs: number };
  /** Milliseconds by which the process's clock is wrong. */
  readonly clockShiftMs?: number;
  /** The process kills itself at this operation on its journals; absent: it does not. */
  readonly killAt?: { readonly operation: number; readonly part: 'before' | 'half' | 'after' };
}

/** The real journal; or one that forgets started handlers or decisions, which the test must detect. */
export type JournalKind =
  'file' | 'without-intents' | 'without-decisions' | 'postgres' | 'postgres-unfenced' | 'postgres-without-intents';

export type Start =
  | { readonly how: 'run'; readonly threadId: string; readonly assistantId: string }
  | { readonly how: 'resume'; readonly threadId: string; readonly runId: string }
  | { readonly how: 'respond'; readonly params: object }
  | { readonly how: 'resume-responses'; readonly runId: string }
  | { readonly how: 'session'; readonly sessionId: string; readonly input: string }
  | { readonly how: 'resume-session'; readonly sessionId: string };

export interface Job {
  readonly planId: string;
  readonly approval: Plan['approval'];
  readonly transport: Plan['transport'];
  readonly start: Start;
}

/** How a job ended. An interrupted job sends nothing. */
export type JobEnd = { readonly planId: string } & (
  | { readonly status: string; readonly approvals: readonly { readonly approvalId: string; readonly callId: string }[] }
  | { readonly code: string; readonly message: string }
);

/** A line of an effects file: the effect of a handler, or a decision event. */
export type Witnessed =
  | {
      readonly what: 'effect';
      readonly id: string;
      readonly key: string;
      readonly callId: string;
      readonly tool: string;
      readonly idempotencyKey: string;
      readonly note: string;
      readonly at: number;
    }
  | { readonly what: 'decision'; readonly callId: string; readonly decision: string; readonly traceId: string };
