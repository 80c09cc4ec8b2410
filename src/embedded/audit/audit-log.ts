import { openAppendLog } from '../../internal/append-log.ts';
import type { GatewayEvent } from '../gateway-events.ts';
import type { DecisionEntry, EntryOptions } from './audit-entry.ts';
import { lineOf } from './audit-line.ts';
import { DecisionHistory } from './decision-history.ts';
import { messageOf } from '../../internal/error-message.ts';

/** Size of the file's end that is read for earlier decisions. */
const READ_BYTES = 8_000_000;
/** Beyond this many bytes waiting for a slow disk, entries are counted instead of queued. */
const MAX_WAITING_BYTES = 32_000_000;

export interface AuditLog {
  /** The listener for a gateway's `observe`. Never throws. */
  readonly listener: (event: GatewayEvent) => void;
  /** The newest 1,000 decisions from earlier processes, oldest first, with those of approvers, from the last 8 MB of the file. */
  readonly entries: readonly DecisionEntry[];
  /** Writes pending entries and releases the file. */
  close(): Promise<void>;
}

/**
 * Writes every decision of a gateway and of its approvers to an append-only file of JSON lines, in order, readable by
 * its owner only (0600). The `type` of a line is `decision`, `output`, `approval`, `freeze`, `unfreeze`, `policy-change`, or `missed`, which counts entries dropped
 * because the disk was too slow. Unless `arguments` is set, a line has only a hash of the arguments, and sensitive data
 * in names, URLs and notes is redacted.
 *
 * Each line has a number (`seq`) and the SHA-256 of the line before it (`prev`), across restarts and files: `log verify`
 * on the command line finds changed, missing and reordered lines. When the file is renamed, the log continues in a new
 * one.
 *
 * Decisions do not wait for their line to be written, so a power loss can lose the last lines. If the file cannot be
 * written, the process emits one warning and logging stops.
 *
 * @throws Error with a remedy when another process has the file open, or when the file is not an audit log
 */
export async function auditLog(path: string, options: EntryOptions = {}): Promise<AuditLog> {
  const history = new DecisionHistory();
  const log = await openAppendLog(path, {
    isDurable: false,
    isChained: true,
    newestBytes: READ_BYTES,
    read: (line) => {
      history.addLine(line);
    },
  });
  let missed = 0;
  let isClosed = false;
  let isWarned = false;
  /** Lines are written in order: once this one is written, so are all before it. */
  let latest: Promise<void> | undefined;

  const write = async (event: GatewayEvent): Promise<void> => {
    try {
      await log.append(lineOf(event, options));
    } catch (error) {
      // A call whose arguments are nested too deep to serialize is logged without them.
      if (!log.isBroken && options.arguments) await log.append(lineOf(event, {}));
      else throw error;
    }
  };
  const warn = (error: unknown): void => {
    if (isWarned) return;
    isWarned = true;
    process.emitWarning(`The audit log stopped: ${messageOf(error)}`, { type: 'AuditLogWarning' });
  };

  const writeMissed = (): void => {
    if (missed > 0) log.append({ type: 'missed', at: new Date().toISOString(), entries: missed }).catch(warn);
    missed = 0;
  };

  return {
    entries: Object.freeze(history.entries),
    listener(event) {
      if (isClosed || log.isBroken) return;
      if (log.waitingBytes > MAX_WAITING_BYTES) {
        missed += 1;
        return;
      }
      writeMissed();
      latest = write(event).catch(warn);
    },
    async close() {
      if (!isClosed) writeMissed();
      isClosed = true;
      await latest;
      await log.close();
    },
  };
}
