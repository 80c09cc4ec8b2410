import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ApprovalStore } from '../embedded/approvals/approval-store.ts';
import { fileApprovalStore, type FileApprovalStore } from '../embedded/approvals/file-store.ts';
import { auditLog } from '../embedded/audit/audit-log.ts';
import type { GatewayListener } from '../embedded/gateway-events.ts';
import type { GatewayServerOptions } from '../server/server.ts';
import { CommandError, orFail } from './command.ts';

/** Where the data of a gateway outlives its process. */
export interface GatewayStorage extends Pick<GatewayServerOptions, 'decisions' | 'runs' | 'state' | 'noticeOutbox'> {
  /** Undefined to keep approvals in memory. */
  readonly store: ApprovalStore | undefined;
  /** The listener of the audit log; undefined to log no decisions. */
  readonly listener?: GatewayListener | undefined;
  close(): Promise<void>;
}

/**
 * @param data the folder for both, created if missing
 * @param record the audit log's file, when it is not `decisions.jsonl` in that folder
 * @throws CommandError when one cannot be used
 */
export async function openGatewayFiles(
  data: string | undefined,
  record: string | undefined,
  recordArguments: boolean,
): Promise<GatewayStorage> {
  const recordFile = record ?? (data === undefined ? undefined : join(data, 'decisions.jsonl'));
  if (recordArguments && recordFile === undefined) {
    throw new CommandError(2, '--record-arguments requires an audit log. Add --record FILE or --data DIR.');
  }
  const store = data === undefined ? undefined : await orFail(`--data ${data} cannot be used`, openStore(data));
  const close = async (): Promise<void> => store?.close();
  if (recordFile === undefined) return { store, close };
  try {
    const option = record === undefined ? `--data ${data}` : `--record ${record}`;
    const opening = auditLog(recordFile, { arguments: recordArguments });
    const decisions = await orFail(`${option} cannot be used`, opening);
    return {
      store,
      listener: decisions.listener,
      decisions: decisions.entries,
      close: async () => {
        await decisions.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore(data: string): Promise<FileApprovalStore> {
  await makeFolder(data);
  return fileApprovalStore(join(data, 'approvals.jsonl'));
}

/**
 * Creates a folder and its parents. Node's `recursive` option never ends below a folder that accepts no subfolders
 * (/proc).
 */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(folder); at !== dirname(at) && !(await isThere(at)); at = dirname(at)) missing.push(at);
  for (const one of missing.reverse()) await mkdir(one, { mode: 0o700 });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
