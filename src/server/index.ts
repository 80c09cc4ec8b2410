export { createGatewayServer, type GatewayServer, type GatewayServerOptions } from './server.ts';
export { listenGateway, type ListenOptions } from './listen.ts';
export type { ApprovalHead, ApprovalView } from './approval-view.ts';
export type { ApproverToken } from './credentials.ts';
export type { OnPolicyApplied } from './policy-routes.ts';
export type { Listening } from '../internal/node-http.ts';
export type { DecisionEntry } from '../gateways/decision-entry.ts';
