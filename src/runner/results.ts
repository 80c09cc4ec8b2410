import type { OpenAIClient, ResponseOf, ResponseParamsOf, RunOf, SessionOf, TurnOf } from './client.ts';
import type { CallRecord } from './call/outcome.ts';
import type { ParkedApproval } from './call/open-call.ts';

type UsageOf<T> = T extends { usage: infer Usage } ? Usage : T extends { usage?: infer Usage } ? Usage | null : unknown;

/** Fields that the results of all APIs share. */
export interface CommonResult {
  /**
   * Id to resume the run with, also in the journal: the id of the run, of the first response or of the session. With a
   * journal, a run in a conversation of the Responses API has an id of the runner.
   */
  readonly runId: string;
  /** Final text; null when the run has no text or it could not be fetched. */
  readonly text: string | null;
  /** What the model wrote when it refused to answer: `text` is then usually null. Null otherwise. */
  readonly refusal: string | null;
  /** Cost of the run in the unit of `prices`; absent if the usage or a model's price is unknown. */
  readonly cost?: number;
  /** One record per tool call, in the model's order. */
  readonly calls: readonly CallRecord[];
  /**
   * Approvals that a parked run (status `awaiting_approval`) waits for. Resume the run once they are decided. Empty for
   * any other status.
   */
  readonly approvals: readonly ParkedApproval[];
}

export interface RunResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /** Terminal status of the run: `completed`, `failed`, `cancelled`, `expired` or `incomplete`. */
  readonly status: RunOf<Client>['status'] | 'awaiting_approval';
  /** The API's run. For an assistant of the `assistants` option, an equivalent built from the last response. */
  readonly run: RunOf<Client>;
  readonly usage: UsageOf<RunOf<Client>>;
  /** The last response, for an assistant of the `assistants` option. */
  readonly response?: ResponseOf<Client>;
}

export interface ResponsesResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /** Status of the last response: `completed`, `failed`, `cancelled` or `incomplete`. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'incomplete' | 'awaiting_approval';
  /** The last response. */
  readonly response: ResponseOf<Client>;
  /** Sum over all responses. */
  readonly usage: UsageOf<ResponseOf<Client>>;
  /** Params that continue the conversation: spread them into the next request. Empty with `store: false`. */
  readonly continueFrom: ContinueFrom;
  /**
   * Items to send before the next input: with `store: false` the conversation so far, and after an incomplete response
   * the outputs that the API still expects.
   */
  readonly history?: HistoryOf<ResponseParamsOf<Client>>;
}

export interface SessionResult<Client extends OpenAIClient = OpenAIClient> extends CommonResult {
  /**
   * Status of the turn: `completed`, `failed` or `cancelled`. Also `failed` when the session has failed.
   * `budget_reached` when the session paused at its spending limit before the turn completed: raise the limit, then
   * call `resumeSession`.
   */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'budget_reached' | 'awaiting_approval';
  /** Final state of the session. */
  readonly session: SessionOf<Client>;
  /** Turn that the input started or joined; null when the API does not report it. */
  readonly turn: TurnOf<Client> | null;
  /** Usage of the turn. */
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

/** The input of a session: a string, or messages in the API's own format. */
export type SessionInput = string | readonly object[];

/** The delivery of a webhook: the `Request` as it arrived, or the event that `client.webhooks.unwrap` has verified. */
export type WebhookDelivery = WebhookRequest | WebhookEvent;

export interface WebhookRequest {
  readonly headers: object;
  text(): Promise<string>;
}

export interface WebhookEvent {
  readonly type: string;
  readonly data?: unknown;
}

export interface WebhookResult<Client extends OpenAIClient = OpenAIClient> {
  /**
   * `served`: the session was resumed, and `result` is its result. `busy`: another call or process is serving the
   * session. `ignored`: the event needs nothing from the runner. `rejected`: the request is not signed by OpenAI.
   */
  readonly status: 'served' | 'busy' | 'ignored' | 'rejected';
  /** The HTTP status for the response. After 409 and 400, OpenAI delivers the event again. */
  readonly httpStatus: 200 | 400 | 409;
  /** The reason for a status other than `served`. */
  readonly reason?: string;
  readonly sessionId?: string;
  readonly result?: SessionResult<Client>;
}
