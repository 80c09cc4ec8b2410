import type { EventSink } from '../events.ts';
import type { OpenApproval } from '../journal/events.ts';
import type { JournalSource } from '../journal/run-log.ts';
import type { RunTrace } from '../trace.ts';
import type { Budget } from './budget.ts';

export interface GuardedRunOptions {
  /** Id of the run's thread, conversation or session. If undefined, the first run id stands for it. */
  readonly threadId: string | undefined;
  readonly timeoutMs: number;
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
  /** The ids of the runs that are being served. If the caller has not added the run's id, the run does meanwhile. */
  readonly live?: Set<string> | undefined;
  /** The sinks that receive every event. */
  readonly sinks: readonly EventSink[];
  readonly trace: RunTrace | undefined;
  readonly journal: JournalSource | undefined;
  /** The calls that an earlier run left pending at their approvers. */
  readonly openApprovals?: readonly OpenApproval[] | undefined;
}
