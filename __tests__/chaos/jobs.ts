import type { Plan } from './plans.ts';

/** What the process that is to be killed is told, and what it tells. */

export interface Settings {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly journals: string;
  /** Where handlers write down what they did. */
  readonly effects: string;
  /** Where is written down how much of each journal is on the disk. */
  readonly marks: string;
  readonly journal: JournalKind;
  /** The process kills itself at this operation on files of its journals; absent: it does not. */
  readonly killAt?: { readonly operation: number; readonly part: 'before' | 'half' | 'after' };
}

/** The real one; one that forgets what was begun; one that forgets what was decided: both must be found out. */
export type JournalKind = 'file' | 'without-intents' | 'without-decisions';

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

/** How a job ended; nothing is told of those that were interrupted. */
export type JobEnd = { readonly planId: string } & (
  | { readonly status: string; readonly approvals: readonly { readonly approvalId: string; readonly callId: string }[] }
  | { readonly code: string; readonly message: string }
);

/** A line of a file of effects: a handler did its work, or a listener was told of a decision. */
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
