import { checkKeys, checkMethods } from '../../internal/checks.ts';
import { terminalJson, type JsonObject } from '../../internal/json.ts';
import type { GatewayEvent } from '../gateway-events.ts';
import type { DecisionEntry, EntryOptions } from './audit-entry.ts';
import { lineOf } from './audit-line.ts';
import { DecisionHistory } from './decision-history.ts';
import { messageOf } from '../../internal/error-message.ts';

/** Stores the lines of an audit log for gateways on several machines: `postgresAuditStore(pool)`, or yours. */
export interface AuditStore {
  /** Adds lines in this order, at least once each: it is called again with lines for which it rejected. */
  append(lines: readonly AuditLine[]): Promise<void>;
  /**
   * Returns the newest decisions of all gateways, oldest first: the JSON of this many lines with the type `decision`, and of the
   * lines of the type `approval` since the first of them.
   */
  newestDecisions(count: number): Promise<readonly string[]>;
}

export interface AuditLine {
  readonly type: GatewayEvent['type'] | 'missed';
  /** JSON of the line. */
  readonly json: string;
}

export interface StoredAuditLog {
  /** The listener for a gateway's `observe`. Never throws. */
  readonly listener: (event: GatewayEvent) => void;
  /** Returns the newest 1,000 decisions of all gateways that share the store, oldest first, with those of approvers. */
  readonly decisions: () => Promise<readonly DecisionEntry[]>;
  /** Writes pending lines, if the store accepts them. */
  close(): Promise<void>;
}

const MAX_DECISIONS = 1_000;
const MAX_LINES_AT_ONCE = 500;
/** Beyond this many characters that wait for the store, lines are counted instead of queued. */
const MAX_WAITING = 32_000_000;
const RETRY_MS = 1_000;

/**
 * Writes every decision of a gateway and of its approvers to a store, with the lines of `auditLog`. Decisions do not wait for
 * their line, so a crash loses lines that the store has not accepted yet. While it accepts none, lines wait in memory, up to
 * 32 million characters; beyond that, a line of the type `missed` counts them.
 *
 * @throws TypeError for an invalid store or option
 *
 * @example
 * const log = storedAuditLog(postgresAuditStore(pool));
 * gateway.observe(log.listener);
 */
export function storedAuditLog(store: AuditStore, options: EntryOptions = {}): StoredAuditLog {
  checkMethods('store', store, ['append', 'newestDecisions'] satisfies (keyof AuditStore)[]);
  checkKeys('storedAuditLog', options, ['arguments'] satisfies (keyof EntryOptions)[]);
  let waiting: AuditLine[] = [];
  let size = 0;
  let missed = 0;
  let isClosed = false;
  let isDown = false;
  let writing: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  const push = (type: AuditLine['type'], line: object): void => {
    const json = terminalJson(JSON.stringify(line));
    size += json.length;
    waiting.push({ type, json });
  };
  const pushMissed = (): void => {
    if (missed > 0) push('missed', { type: 'missed', at: new Date().toISOString(), entries: missed });
    missed = 0;
  };
  /** Writes what waits, until the store rejects. */
  const write = async (): Promise<void> => {
    clearTimeout(retry);
    while (waiting.length > 0) {
      const lines = waiting.slice(0, MAX_LINES_AT_ONCE);
      try {
        await store.append(lines);
      } catch (error) {
        if (!isDown) warn(`The audit log waits for its store: ${messageOf(error)}`);
        isDown = true;
        if (!isClosed) retry = setTimeout(start, RETRY_MS).unref();
        break;
      }
      isDown = false;
      waiting = waiting.slice(lines.length);
      size = waiting.reduce((sum, { json }) => sum + json.length, 0);
    }
    writing = undefined;
  };
  const start = (): void => {
    writing ??= write();
  };

  return {
    listener(event) {
      if (isClosed) return;
      if (size > MAX_WAITING) {
        missed += 1;
        return;
      }
      pushMissed();
      try {
        push(event.type, lineOf(event, options));
      } catch {
        // Arguments that are nested too deep to serialize.
        push(event.type, lineOf(event, {}));
      }
      if (!isDown) start();
    },
    async decisions() {
      const history = new DecisionHistory();
      for (const json of await store.newestDecisions(MAX_DECISIONS)) history.addLine(JSON.parse(json) as JsonObject);
      return history.entries;
    },
    async close() {
      pushMissed();
      isClosed = true;
      await writing;
      await write();
      if (waiting.length > 0) warn(`The audit log's store did not accept the last ${waiting.length} lines.`);
    },
  };
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'AuditLogWarning' });
}
