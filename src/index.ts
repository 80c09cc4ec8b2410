export { GuardedRunner } from './guarded-runner.ts';
export type { ResumeOptions, RunOptions, ServeOptions } from './run-options.ts';
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
export type { CommonRunOptions, GuardedRunnerOptions, GuardOptions, Transport } from './options.ts';
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
export type { CallRecord, DecisionWord, Executed, GatewayFault, Outcome, WouldBe } from './core/outcome.ts';
export type {
  Approval,
  Conversation,
  Decision,
  Gateway,
  GatewayCallOptions,
  ScanRequest,
  ToolOutputText,
} from './core/gateway.ts';
export type { ApprovalRequest, RunEvent, RunEventOf, RunListener } from './core/events.ts';
export type { RunTrace, Telemetry, TracedCall, TracedRun } from './core/trace.ts';
export type { RunStream } from './serve/run-stream.ts';
export type { ApprovalMode, CallContext, FailureMode, Mode, Target } from './core/registered-tool.ts';
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
export { decisionLog } from './decision-log.ts';
export type { DecisionLog, DecisionLogOptions } from './decision-log.ts';
export { fileJournal } from './journal/file-journal.ts';
export type { FileJournal } from './journal/file-journal.ts';
export type { OpenRun } from './journal/open-runs.ts';
export type { OnExpired } from './serve/resume.ts';
export type { Journal, JournaledRun, Json, RunJournal } from './core/durable.ts';
export type { InDoubtAnswer, InDoubtCall, ParkedApproval } from './core/run-state.ts';
