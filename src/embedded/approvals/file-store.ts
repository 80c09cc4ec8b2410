import { openAppendLog, type AppendLog } from '../../internal/append-log.ts';
import { ApprovalIndex } from './approval-index.ts';
import { approvalLineOf, type ApprovalLine } from './approval-lines.ts';
import type { ApprovalStore, Freeze, StoredApproval } from './approval-store.ts';
import { storeOf } from './memory-store.ts';

/** Size from which opening a file compacts it, if less than half of it is still needed. */
const LARGE_BYTES = 16_000_000;

/** Approvals in a file, which this process locks until the store is closed. */
export interface FileApprovalStore extends ApprovalStore {
  /** Writes pending entries, and releases the file. */
  close(): Promise<void>;
}

/**
 * Stores approvals in an append-only file. When a method resolves, its change is on disk and survives a restart, a
 * crash or a power failure. One process at a time may open the file; `<path>.lock` names that process. The file
 * contains the arguments of the calls, because approvers must see them, and only its owner can read it (0600). Ten
 * minutes after they expire, approvals are no longer listed. Opening a file of more than 16 MB that mostly holds such
 * approvals compacts it.
 *
 * @throws Error with a remedy, if another process has the file open, or if the file is damaged. An unfinished last
 * entry is not damage, because its method never resolved.
 */
export async function fileApprovalStore(path: string): Promise<FileApprovalStore> {
  const index = new ApprovalIndex();
  const added = new Set<string>();
  let frozen: Freeze | undefined;
  const log = await openAppendLog(path, {
    isDurable: true,
    read: (entry) => {
      const line = approvalLineOf(entry);
      if ('frozen' in line) frozen = line.frozen ?? undefined;
      else replay(index, line, added);
    },
    rewriteAs: (bytes) => (bytes < LARGE_BYTES ? undefined : compacted(index.list(), frozen, bytes)),
  });
  return createStore(index, frozen, log);
}

function createStore(index: ApprovalIndex, stored: Freeze | undefined, log: AppendLog): FileApprovalStore {
  let frozen = stored;
  /** The last request of {@link ApprovalStore.setFrozen}: an earlier one that ends later has no effect. */
  let latest: object | undefined;
  /** Changes in flight, by approval id. */
  const changing = new Map<string, Promise<unknown>>();
  const write = async (line: ApprovalLine): Promise<void> => log.append(line);

  return {
    ...storeOf(index),
    // An entry becomes visible once it is on disk, because the write may fail.
    async add(approval) {
      // In the same order as in `replay`, so that no later line changes an approval that `replay` has deleted.
      index.forget(approval.createdAt);
      // The file keeps the dropped calls.
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
    async frozen() {
      return frozen;
    },
    async setFrozen(freeze) {
      const line = { frozen: freeze ?? null };
      latest = line;
      // At once, also if it cannot be written. The end of a freeze has to be on disk first.
      if (freeze) frozen = freeze;
      await write(line);
      if (latest === line) frozen = freeze;
    },
    close: async () => log.close(),
  };
}

/** @param added the ids of all approvals so far, including those deleted since */
function replay(index: ApprovalIndex, line: Exclude<ApprovalLine, { frozen: unknown }>, added: Set<string>): void {
  if ('added' in line) {
    const { approvalId, createdAt } = line.added;
    if (added.has(approvalId)) throw new Error('it adds an approval again, which may have been used');
    index.forget(createdAt);
    index.add(line.added);
    added.add(approvalId);
    return;
  }
  const before = index.get(line.changed);
  if (before) index.change(before, line.to);
  // An earlier version deleted fewer approvals while its clock was ahead.
  else if (!added.has(line.changed)) throw new Error('it changes an unknown approval');
}

function compacted(
  approvals: readonly StoredApproval[],
  frozen: Freeze | undefined,
  bytes: number,
): readonly ApprovalLine[] | undefined {
  const lines: ApprovalLine[] = [...approvals.map((added) => ({ added })), { frozen: frozen ?? null }];
  const kept = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)), 0);
  return kept < bytes / 2 ? lines : undefined;
}
