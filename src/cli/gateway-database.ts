import { storedAuditLog } from '../embedded/audit/stored-audit-log.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { postgresApprovalStore } from '../postgres/approval-store.ts';
import { postgresAuditStore } from '../postgres/audit-store.ts';
import { postgresJournal } from '../postgres/journal.ts';
import { postgresNoticeOutbox } from '../postgres/notice-outbox.ts';
import { postgresServerState } from '../postgres/server-state.ts';
import { journalRuns } from '../runner/journal/journal-runs.ts';
import { CommandError, type Io } from './command.ts';
import { databaseError, openDatabase } from './database.ts';
import type { GatewayCredentials } from './gateway-credentials.ts';
import type { GatewayStorage } from './gateway-files.ts';

interface DatabaseValues {
  readonly data?: string | undefined;
  readonly record?: string | undefined;
  readonly schema?: string | undefined;
  readonly 'record-arguments': boolean;
}

/** Connections. One of them listens for changes. */
const MAX_CONNECTIONS = 10;
/** Longer than the library waits for a statement. A server that is gone without a word must not keep all connections. */
const STATEMENT_MS = 10_000;

/**
 * Opens the storage of a replica.
 *
 * @throws CommandError if the database cannot be used, for options of files, and for generated keys, which replicas do not share
 */
export async function openGatewayDatabase(
  io: Io,
  { made }: GatewayCredentials,
  { data, record, schema, 'record-arguments': hasArguments }: DatabaseValues,
): Promise<GatewayStorage> {
  const file = data === undefined ? record && '--record' : '--data';
  if (file) throw new CommandError(2, `${file} is for one gateway; --postgres keeps its data in the database.`);
  if (made.key !== undefined || made.token !== undefined)
    throw new CommandError(2, 'Replicas need the same keys: set INTERVEN_GATEWAY_KEYS and INTERVEN_APPROVERS.');
  const pool = await openDatabase(io, MAX_CONNECTIONS, STATEMENT_MS);
  const options = omitUndefined({ schema });
  const closing: (() => Promise<void>)[] = [async () => pool.end()];
  const close = async (): Promise<void> => {
    for (const one of closing.reverse()) await one();
  };
  try {
    const store = await postgresApprovalStore(pool, options);
    closing.push(async () => store.close());
    const state = await postgresServerState(pool, options);
    closing.push(async () => state.close());
    const log = storedAuditLog(postgresAuditStore(pool, options), { arguments: hasArguments });
    closing.push(async () => log.close());
    const runs = journalRuns(postgresJournal(pool, options));
    const noticeOutbox = postgresNoticeOutbox(pool, options);
    return { store, state, runs, noticeOutbox, listener: log.listener, decisions: log.decisions, close };
  } catch (cause) {
    await close();
    throw databaseError(cause);
  }
}
