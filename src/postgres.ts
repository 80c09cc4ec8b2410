export type { PostgresClient, PostgresOptions } from './postgres/client.ts';
export {
  postgresJournal,
  type ClaimOptions,
  type PostgresJournal,
  type PostgresJournalOptions,
} from './postgres/journal.ts';
export { migrate } from './postgres/migrations.ts';
export {
  postgresApprovalStore,
  type PostgresApprovalStore,
  type PostgresApprovalStoreOptions,
} from './postgres/approval-store.ts';
export { postgresAuditStore } from './postgres/audit-store.ts';
export { postgresNoticeOutbox } from './postgres/notice-outbox.ts';
export { postgresServerState, type PostgresServerState } from './postgres/server-state.ts';
export { postgresUsageStore } from './postgres/usage-store.ts';
export type { OnApprovalSettled } from './postgres/announcer.ts';
