import type { Agent, Approver } from './doors.ts';
import type { Visit } from './session-cookie.ts';

/** A request at a route. */
export interface Call extends Visit {
  readonly url: URL;
  /** What stands in the place of `:name` in the path. */
  readonly param: (name: string) => string;
}

/** A response, or what is its JSON. */
export type Reply = Response | object;

/** One endpoint, and who may come in. */
export type Route = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
} & (
  | { readonly door: 'anyone' | 'agent or approver'; readonly serve: (call: Call) => Reply | Promise<Reply> }
  | { readonly door: 'agent'; readonly serve: (call: Call, agent: Agent) => Reply | Promise<Reply> }
  | { readonly door: 'approver'; readonly serve: (call: Call, approver: Approver) => Reply | Promise<Reply> }
);
