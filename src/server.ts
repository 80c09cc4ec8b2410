export { createGatewayServer, type GatewayServer, type GatewayServerOptions } from './server/server.ts';
export type { ServerState, Session } from './server/server-state.ts';
export { listenGateway, type ListenOptions } from './server/listen.ts';
export type { ApprovalHead, ApprovalView, GrantView } from './server/approval-json.ts';
export type { AgentKey, ApproverToken } from './server/credentials.ts';
export type { OnPolicyApplied } from './server/policy-routes.ts';
export type { Listening } from './internal/node-http.ts';
export type { DecisionEntry } from './embedded/audit/audit-entry.ts';
