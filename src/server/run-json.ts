/** A run in the list of `GET /v1/runs`. Times are ISO 8601. Fields that do not apply are absent. */
export interface RunHeadView {
  readonly run_id: string;
  readonly state: 'running' | 'waiting' | 'interrupted' | 'ended' | 'empty' | 'unreadable' | 'unknown';
  /** `decisions`: the gateway knows no journal of it, only its own decisions. */
  readonly source: 'journal' | 'decisions';
  readonly api?: string | undefined;
  readonly thread_id?: string | undefined;
  readonly assistant_id?: string | undefined;
  readonly principal_ids: readonly string[];
  /** With the source `decisions`: the agents and API keys that requested its calls. */
  readonly agents?: readonly string[] | undefined;
  /** Of an ended run: the API's status, or the runner's code. */
  readonly ended?: string | undefined;
  /** The run that replaced this expired run. */
  readonly successor?: string | undefined;
  /** The process that serves it, such as `process 812 on host web-1`. */
  readonly owner?: string | undefined;
  readonly begun_at?: string | undefined;
  readonly written_at?: string | undefined;
  readonly calls: number;
  readonly waiting: number;
  readonly in_doubt: number;
  /** Why the journal cannot be read. */
  readonly problem?: string | undefined;
}

/** A run with its calls, without their arguments and outputs. */
export interface RunDetailsView {
  readonly run: RunHeadView;
  readonly usage?:
    { readonly input_tokens: number; readonly output_tokens: number; readonly cost?: number | undefined } | undefined;
  readonly calls: readonly RunCallView[];
  readonly now: string;
}

export interface RunCallView {
  readonly call_id: string;
  readonly function_name: string;
  /** With the source `decisions`: the agent and API key that requested it. */
  readonly agent?: string | undefined;
  /** From 1; absent for a call that was not scanned yet. */
  readonly turn?: number | undefined;
  /** As in `runs show --json`, such as `ran` or `in_doubt`. */
  readonly state: string;
  /** The state in a few words. */
  readonly description: string;
  readonly decision?: string | undefined;
  readonly reason_codes: readonly string[];
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly approval_id?: string | undefined;
  readonly approval?:
    | {
        readonly status: string;
        readonly decided_by?: string | undefined;
        readonly decided_at?: string | undefined;
        readonly note?: string | undefined;
      }
    | undefined;
  readonly outcome?: string | undefined;
  readonly steps: readonly {
    readonly name: 'scan' | 'approval' | 'handler' | 'output';
    readonly at: string;
    /** Absent for a step that goes on, and for one of which no end is recorded. */
    readonly ms?: number | undefined;
    readonly is_open: boolean;
  }[];
}

/** The payloads of one call, with sensitive values replaced. */
export interface RunPayloadsView {
  readonly redacted_arguments: unknown;
  readonly redacted_fields: readonly string[];
  readonly is_all_redacted: boolean;
  /** The first 4,000 characters of what the model reads. */
  readonly redacted_output?: string | undefined;
}
