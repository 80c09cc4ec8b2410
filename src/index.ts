export { GuardedRunner } from './runner/guarded-runner.ts';
export type {
  AssistantParamsOf,
  OpenAIClient,
  ResponseOf,
  ResponseParamsOf,
  ResponsesToolOf,
  RunOf,
  RunParamsOf,
  SessionOf,
  TurnOf,
} from './runner/client.ts';
export type {
  ContinueFrom,
  ResponsesResult,
  RunResult,
  SessionInput,
  SessionResult,
  WebhookDelivery,
  WebhookResult,
} from './runner/results.ts';
export type {
  CommonRunOptions,
  GuardedRunnerOptions,
  GuardOptions,
  OnExpired,
  ResumeOptions,
  RunOptions,
  ServeOptions,
  Transport,
} from './runner/options.ts';
export type { DailyBudget, ModelPrice, SpentAmount, UsageStore } from './runner/budgets.ts';
export { tool } from './runner/tools/tool.ts';
export type {
  Handler,
  NeedsApproval,
  Schema,
  TextFormat,
  TextToolOptions,
  Tool,
  ToolOptions,
  Tools,
  ToolSettings,
} from './runner/tools/tool.ts';
export type { AgentsToolDefinition, ResponsesToolDefinition, ToolDefinition } from './runner/tools/definitions.ts';
export { GuardedRunError } from './runner/errors.ts';
export { GatewayError } from './runner/gateway/gateway-error.ts';
export type { GuardedRunErrorDetails, RunErrorCode } from './runner/errors.ts';
export type { GatewayErrorDetails, GatewayFault } from './runner/gateway/gateway-error.ts';
export type { ContentPart } from './runner/call/content.ts';
export type { CallRecord, Executed, Outcome, OutputScan, WouldBe } from './runner/call/outcome.ts';
export type {
  Approval,
  Conversation,
  Decision,
  DecisionWord,
  Gateway,
  GatewayCallOptions,
  OutputDecision,
  OutputRequest,
  Principal,
  ReturnedTrust,
  ScanRequest,
  ToolOutputText,
} from './runner/gateway/gateway.ts';
export type { ApprovalRequest, RunEvent, RunEventOf, RunListener, RunUsage } from './runner/events.ts';
export type { RunTrace, Telemetry, TracedCall, TracedRun } from './runner/trace.ts';
export type { RunStream } from './runner/run/run-stream.ts';
export type { ApprovalMode, CallContext, FailureMode, Mode, Target } from './runner/call/registered-tool.ts';
export type { Message, MessageFacts, Messages } from './runner/call/messages.ts';
export type { AgentsClient } from './runner/apis/agents/client.ts';
export type { AssistantsClient } from './runner/apis/assistants/client.ts';
export { azureAgents } from './runner/apis/assistants/azure.ts';
export type { AzureAgentsClient, AzureAssistantsClient } from './runner/apis/assistants/azure-client.ts';
export type { ResponsesClient } from './runner/apis/responses/client.ts';
export { IntervenGateway } from './runner/gateway/interven.ts';
export type { IntervenGatewayOptions } from './runner/gateway/interven.ts';
export { scanToolCalls } from './runner/scan-tool-calls.ts';
export type {
  FunctionCallItemLike,
  CustomToolCallItemLike,
  CustomToolCallLike,
  FunctionToolCallLike,
  ScannedToolCall,
  ScanToolCallsOptions,
  ToolCallLike,
  ToolCallScan,
} from './runner/scan-tool-calls.ts';
export { copyThread } from './runner/copy-thread.ts';
export type {
  ConversationsClient,
  CopiedThread,
  CopyThreadOptions,
  SkippedPart,
  ThreadMessageLike,
  ThreadsClient,
} from './runner/copy-thread.ts';
export { decisionLog } from './runner/decision-log.ts';
export type { DecisionLog, DecisionLogOptions } from './runner/decision-log.ts';
export { runView } from './runner/run-view.ts';
export type { RunView, RunViewOptions, ViewStream } from './runner/run-view.ts';
export { fileJournal } from './runner/journal/file-journal.ts';
export type { FileJournal } from './runner/journal/file-journal.ts';
export type { OpenRun, RunOwner, StoredRun } from './runner/journal/open-run.ts';
export { journalRuns } from './runner/journal/journal-runs.ts';
export type { ListedJournal } from './runner/journal/journal-runs.ts';
export type {
  CallDetails,
  CallState,
  CallStep,
  RunDetails,
  RunHead,
  Runs,
  RunsPage,
  RunsQuery,
  RunState,
} from './runner/journal/runs.ts';
export type { JournaledRun } from './runner/journal/events.ts';
export type { Journal, JournalEntry, Json, RunJournal } from './runner/journal/journal.ts';
export type { InDoubtAnswer, InDoubtCall, ParkedApproval } from './runner/call/open-call.ts';
