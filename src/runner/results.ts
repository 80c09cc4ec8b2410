import type { OpenAIClient, ResponseOf, ResponseParamsOf, RunOf, SessionOf, TurnOf } from './client.ts';
import type { CallRecord } from './call/outcome.ts';
import type { ParkedApproval } from './run/run-state.ts';

type UsageOf<T> = T extends { usage: infer Usage } ? Usage : T extends { usage?: infer Usage } ? Usage | null : unknown;

/** What the results of all APIs have. */
export interface CommonResult {
  /**
   * What the run goes on by, and what its journal is named after: the id of the run, of the first response or of the session.
   */
  readonly runId: string;
  /** The final text; null when there is none or when it could not be fetched. */
  readonly text: string | null;
  /** One record per tool call, in the order in which the model asked. */
  readonly calls: readonly CallRecord[];
  /**
   * What a run with `approval: 'park'` waits for, whose status is then `awaiting_approval`: resume it once somebody has decided. Empty
   * otherwise.
   */
  readonly approvals: readonly ParkedApproval[];
}

export interface RunResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /** The run's own terminal status: `completed`, `failed`, `cancelled`, `expired` or `incomplete`. */
  readonly status: RunOf<Client>['status'] | 'awaiting_approval';
  /** The API's object; where `assistants` has the assistant, one made from the last response, whose id it has. */
  readonly run: RunOf<Client>;
  readonly usage: UsageOf<RunOf<Client>>;
  /** The last response, where `assistants` has the assistant. */
  readonly response?: ResponseOf<Client>;
}

export interface ResponsesResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /** The last response's own status: `completed`, `failed`, `cancelled` or `incomplete`. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'incomplete' | 'awaiting_approval';
  /** The last response. */
  readonly response: ResponseOf<Client>;
  /** Of all responses together. */
  readonly usage: UsageOf<ResponseOf<Client>>;
  /** What the next request goes on from: spread it into its params. Empty with `store: false`. */
  readonly continueFrom: ContinueFrom;
  /**
   * What goes before the next input, where there is something: with `store: false` everything said so far, and after a
   * response that did not complete the outputs that the API still wants.
   */
  readonly history?: HistoryOf<ResponseParamsOf<Client>>;
}

export interface SessionResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /** The turn's own status: `completed`, `failed` or `cancelled`; `failed`, too, when the session has failed. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'awaiting_approval';
  /** The session at the end. */
  readonly session: SessionOf<Client>;
  /** The turn that the input began or joined; null where the API does not tell. */
  readonly turn: TurnOf<Client> | null;
  /** The turn's. */
  readonly usage: UsageOf<TurnOf<Client>>;
}

export interface ContinueFrom {
  readonly conversation?: string;
  readonly previous_response_id?: string;
}

type HistoryOf<Params> = Params extends { input?: infer Input }
  ? unknown extends Input
    ? unknown[]
    : Extract<Input, readonly unknown[]>
  : unknown[];
