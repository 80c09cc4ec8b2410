/**
 * The runs of a journal, as others show them: what `createGatewayServer({ runs })` needs. Custom journals can implement
 * it, or `journalRuns` does.
 */
export interface Runs {
  /** Lists runs, newest first. */
  list(query: RunsQuery): Promise<RunsPage>;
  /** Returns a run with its calls; undefined if there is no such run. */
  show(id: string): Promise<RunDetails | undefined>;
}

export interface RunsQuery {
  /** The number of runs, at most. */
  readonly limit: number;
  /** Lists the runs that began before this one. Default: from the newest one. */
  readonly before?: string | undefined;
  /** True for runs that have not ended only. Default: false. */
  readonly isOpen?: boolean | undefined;
}

export interface RunsPage {
  readonly runs: readonly RunHead[];
  /** True if older runs follow. */
  readonly hasMore: boolean;
}

/** The state of a run, from its journal and its lock. */
export type RunState = 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty';

/** The state of a call. */
export type CallState =
  | 'ran'
  | 'failed'
  | 'timed_out'
  | 'in_doubt'
  | 'running'
  | 'denied'
  | 'approval_denied'
  | 'approval_expired'
  | 'waiting'
  | 'approved'
  | 'cleared'
  | 'asked'
  | 'not_run'
  /** Of a run that is known from the gateway's decisions only. */
  | 'allowed';

/** The states of calls in a few words. */
export const CALL_DESCRIPTIONS: Readonly<Record<CallState, string>> = {
  ran: 'ran',
  failed: 'ran, and failed',
  timed_out: 'timed out: the handler may have completed its work',
  in_doubt: 'in doubt: it was started, or about to be, and its end is not recorded',
  running: 'running',
  denied: 'denied by a policy',
  approval_denied: 'denied by an approver',
  approval_expired: 'no approver decided in time',
  waiting: 'waits for an approver',
  approved: 'approved, not started yet',
  cleared: 'cleared, not started yet',
  asked: 'requested, not scanned yet',
  not_run: 'did not run',
  allowed: 'cleared: only a journal shows whether it ran',
};

/** A run in a list, without the payloads of its calls. */
export interface RunHead {
  readonly id: string;
  /** `unknown`: no journal is known that says more than the gateway's decisions. */
  readonly state: RunState | 'unreadable' | 'unknown';
  readonly api?: string | undefined;
  readonly threadId?: string | undefined;
  readonly assistantId?: string | undefined;
  /** The principals on whose behalf its calls are made. */
  readonly principals: readonly string[];
  /** The agents and API keys that requested its calls; absent for a run of a journal. */
  readonly agents?: readonly string[] | undefined;
  /** Of an ended run: the API's status, or the runner's code. */
  readonly ended?: string | undefined;
  /** The run that replaced this expired run. */
  readonly successor?: string | undefined;
  /** The process that serves it. */
  readonly owner?: { readonly pid: number; readonly host: string } | undefined;
  /** Absent while no event is recorded. */
  readonly begunAt?: Date | undefined;
  /** The time of the newest event. */
  readonly writtenAt?: Date | undefined;
  readonly callCount: number;
  /** The number of calls that wait for an approver. */
  readonly waitingCount: number;
  readonly inDoubtCount: number;
  /** Why its journal cannot be read. */
  readonly problem?: string | undefined;
}

export interface RunDetails extends RunHead {
  readonly calls: readonly CallDetails[];
  /** Absent until the run has ended, and if the API reports none. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly cost?: number } | undefined;
}

/** A call with its decision and its steps. */
export interface CallDetails {
  readonly callId: string;
  readonly name: string;
  /** Counted from 1; absent for a call that was not scanned yet. */
  readonly turn?: number | undefined;
  readonly state: CallState;
  readonly principalId?: string | undefined;
  /** The agent and API key that requested it; absent in a run of a journal. */
  readonly agent?: string | undefined;
  readonly decision?: string | undefined;
  readonly reasonCodes: readonly string[];
  readonly policyName?: string | undefined;
  readonly ruleId?: string | undefined;
  readonly approvalId?: string | undefined;
  readonly approval?:
    | { readonly status: string; readonly decidedBy?: string; readonly decidedAt?: Date; readonly note?: string }
    | undefined;
  readonly outcome?: string | undefined;
  readonly steps: readonly CallStep[];
  /** As the model wrote them: JSON, or anything else. */
  readonly arguments: string;
  /** What the model reads. */
  readonly output?: string | undefined;
}

/** One step of a call. */
export interface CallStep {
  /** `output`: from the handler's end, or the refusal, until the output for the model is recorded. */
  readonly name: 'scan' | 'approval' | 'handler' | 'output';
  /** Its start. */
  readonly at: Date;
  /** Undefined for a step that goes on, and for one of which no end is recorded. */
  readonly ms: number | undefined;
  /** True for a step that goes on. */
  readonly isOpen: boolean;
}
