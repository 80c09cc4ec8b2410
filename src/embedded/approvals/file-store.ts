import { openAppendLog, type AppendLog } from '../../internal/append-log.ts';
import type { JsonObject } from '../../internal/json.ts';
import { ApprovalIndex } from './approval-index.ts';
import { approvalLineOf, type ApprovalLine } from './approval-lines.ts';
import type { ApprovalStore, StoredApproval } from './approval-store.ts';

/** From this size on, a file of which less than half is still kept is written anew when it is opened. */
const LARGE_BYTES = 16_000_000;

/** Approvals in a file, which this process holds until it is closed. */
export interface FileApprovalStore extends ApprovalStore {
  /** Writes what waits, and lets go of the file. */
  close(): Promise<void>;
}

/**
 * Approvals in a file that only grows: whatever a method resolved with is on the disk and is there after a restart, a crash or a
 * loss of power. One process at a time may have the file open (`<path>.lock` says which). The file holds the arguments of the
 * calls, as whoever decides must see them: only its owner may read it (0600). What has been over for ten minutes is no longer
 * listed; opening a file of more than 16 MB that is mostly such takes it out.
 *
 * @throws Error that says what to do, when another process has the file open, or when it is damaged anywhere but at its very end,
 * where an entry may be unfinished whose method never resolved
 */
export async function fileApprovalStore(path: string): Promise<FileApprovalStore> {
  const index = new ApprovalIndex();
  const added = new Set<string>();
  const log = await openAppendLog(path, {
    isDurable: true,
    read: (entry) => {
      replay(index, entry, added);
    },
    rewriteAs: (bytes) => (bytes < LARGE_BYTES ? undefined : muchSmaller(index.list(), bytes)),
  });
  return storing(index, log);
}

function storing(index: ApprovalIndex, log: AppendLog): FileApprovalStore {
  /** By the id of the approval that is being changed. */
  const changing = new Map<string, Promise<unknown>>();
  const write = async (line: ApprovalLine): Promise<void> => log.append(line);

  return {
    // What is not on the disk yet is nobody's to see: it could be taken back.
    async add(approval) {
      // First, as reading the file does it: what is forgotten is not changed by a later line.
      index.forget(approval.createdAt);
      // The file keeps them.
      index.dropCalls(approval.createdAt);
      await write({ added: approval });
      index.add(approval);
    },
    async change(before, change) {
      const { approvalId } = before;
      while (changing.has(approvalId)) await changing.get(approvalId);
      if (index.get(approvalId) !== before) return false;
      const written = write({ changed: approvalId, to: change }).then(() => index.change(before, change));
      const settled = written
        .catch(() => undefined)
        .finally(() => {
          changing.delete(approvalId);
        });
      changing.set(approvalId, settled);
      return written;
    },
    async get(approvalId) {
      return index.get(approvalId);
    },
    async byCall(callHash) {
      return index.byCall(callHash);
    },
    async list() {
      return index.list();
    },
    close: async () => log.close(),
  };
}

/** @param added the ids of all that were there so far, those that are forgotten included */
function replay(index: ApprovalIndex, entry: JsonObject, added: Set<string>): void {
  const line = approvalLineOf(entry);
  if ('added' in line) {
    index.forget(line.added.createdAt);
    index.add(line.added);
    added.add(line.added.approvalId);
    return;
  }
  const before = index.get(line.changed);
  if (before) index.change(before, line.to);
  // An earlier version did not forget as much while the clock was ahead.
  else if (!added.has(line.changed)) throw new Error('it changes an approval that is not there');
}

function muchSmaller(approvals: readonly StoredApproval[], bytes: number): readonly ApprovalLine[] | undefined {
  const lines = approvals.map((added) => ({ added }));
  const kept = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)), 0);
  return kept < bytes / 2 ? lines : undefined;
}
