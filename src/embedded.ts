export { EmbeddedGateway } from './embedded/embedded-gateway.ts';
export type { EmbeddedGatewayOptions } from './embedded/gateway-options.ts';
export type { BurstLimit } from './embedded/agent-history.ts';
export type { FreezeOptions } from './embedded/freeze.ts';
export type { Judge, JudgeDecision } from './embedded/judge.ts';
export { loadPolicies } from './embedded/policy-files/load-policies.ts';
export type {
  ApprovalEntry,
  DecisionEntry,
  EntryOptions,
  FreezeEntry,
  GrantEntry,
} from './embedded/audit/audit-entry.ts';
export { auditLog, type AuditLog } from './embedded/audit/audit-log.ts';
export {
  storedAuditLog,
  type AuditLine,
  type AuditStore,
  type StoredAuditLog,
} from './embedded/audit/stored-audit-log.ts';
export type { GatewayEvent, GatewayListener } from './embedded/gateway-events.ts';
export type { PolicyOptions } from './embedded/policy-files/policy-source.ts';
export type {
  ApprovalChange,
  ApprovalQuery,
  ApprovalStore,
  ApproverNeed,
  Approvers,
  CallOutline,
  Edit,
  EditableRequest,
  Freeze,
  GivenApproval,
  GivenGrant,
  Grant,
  GrantTerms,
  StoredApproval,
  StoredGrant,
} from './embedded/approvals/approval-store.ts';
export type { Decider } from './embedded/approvals/approvers.ts';
export { EditError, type ApproveOptions } from './embedded/approvals/edit.ts';
export type { GrantOptions } from './embedded/approvals/grants.ts';
export type { BoundTo, ScanOrigin } from './embedded/approvals/requested-call.ts';
export { fileApprovalStore, type FileApprovalStore } from './embedded/approvals/file-store.ts';
export { memoryApprovalStore } from './embedded/approvals/memory-store.ts';
export { DEFAULT_REGIONS } from './embedded/detection/personal/phone.ts';
export type { DataClass } from './embedded/detection/span.ts';
export { agentSafety } from './embedded/policy/agent-safety.ts';
export { cautious } from './embedded/policy/cautious.ts';
export type { ExplainedCall, ExplainedRule, Explanation, RuleCheck } from './embedded/policy/explain.ts';
export type { Policy } from './embedded/policy/policy.ts';
export { PolicyError, type PolicyProblem } from './embedded/policy/policy-error.ts';
export type {
  ApproversInput,
  ConditionInput,
  GrantInput,
  GrantKind,
  MatchInput,
  OutputInput,
  PolicyInput,
  PrincipalTests,
  RuleInput,
  ValueTests,
} from './embedded/policy/policy-input.ts';
export { parsePolicies } from './embedded/policy/parse-policies.ts';
export { starterPolicies } from './embedded/policy/starter-policies.ts';
