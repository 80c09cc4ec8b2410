export { GuardedRunner } from './guarded-runner.ts';
export type { RunOptions, ServeOptions } from './guarded-runner.ts';
export type {
  AssistantParamsOf,
  OpenAIClient,
  ResponseOf,
  ResponseParamsOf,
  RunOf,
  RunParamsOf,
  SessionOf,
  TurnOf,
} from './client.ts';
export type { ContinueFrom, ResponsesResult, RunResult, SessionResult } from './results.ts';
export type { SessionInput } from './serve/session.ts';
export type { CommonRunOptions, GuardedRunnerOptions, GuardOptions } from './options.ts';
export { tool } from './tools/tool.ts';
export type {
  Handler,
  Schema,
  TextFormat,
  TextToolOptions,
  Tool,
  ToolOptions,
  Tools,
  ToolSettings,
} from './tools/tool.ts';
export type { AgentsToolDefinition, ResponsesToolDefinition, ToolDefinition } from './tools/definitions.ts';
export { GatewayError, GuardedRunError } from './errors.ts';
export type { GatewayErrorDetails, GuardedRunErrorDetails, RunErrorCode } from './errors.ts';
export type { CallRecord, DecisionWord, Executed, GatewayFault, Outcome } from './core/outcome.ts';
export type {
  Approval,
  Conversation,
  Decision,
  Gateway,
  GatewayCallOptions,
  ScanRequest,
  ToolOutputText,
} from './core/gateway.ts';
export type { ApprovalRequest } from './core/run-state.ts';
export type { ApprovalMode, CallContext, FailureMode, Target } from './core/registered-tool.ts';
export type { Message, MessageFacts, Messages } from './core/messages.ts';
export type { AgentsClient } from './drivers/agents/client.ts';
export type { AssistantsClient } from './drivers/assistants/client.ts';
export type { ResponsesClient } from './drivers/responses/client.ts';
export { IntervenGateway } from './gateways/interven.ts';
export type { IntervenGatewayOptions } from './gateways/interven.ts';
export { scanToolCalls } from './scan-tool-calls.ts';
export type {
  FunctionCallItemLike,
  FunctionToolCallLike,
  ScannedToolCall,
  ScanToolCallsOptions,
  ToolCallLike,
  ToolCallScan,
} from './scan-tool-calls.ts';
export { copyThread } from './copy-thread.ts';
export type {
  ConversationsClient,
  CopiedThread,
  CopyThreadOptions,
  SkippedPart,
  ThreadMessageLike,
  ThreadsClient,
} from './copy-thread.ts';
