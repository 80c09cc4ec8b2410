import { z } from 'zod';
import { openAppendLog } from '../../internal/append-log.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { GatewayEvent } from '../gateway-events.ts';
import {
  approvalEntry,
  decisionEntry,
  freezeEntry,
  grantEntry,
  policyChangeEntry,
  outputEntry,
  type DecisionEntry,
  type EntryOptions,
} from './audit-entry.ts';

const MAX_ENTRIES = 1_000;
/** Size of the file's end that is read for earlier decisions. */
const READ_BYTES = 8_000_000;
/** Beyond this many bytes waiting for a slow disk, entries are counted instead of queued. */
const MAX_WAITING_BYTES = 32_000_000;

export interface AuditLog {
  /** The listener for a gateway's `observe`. Never throws. */
  readonly listener: (event: GatewayEvent) => void;
  /** The newest 1,000 decisions from earlier processes, oldest first, from the last 8 MB of the file. */
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
  let entries: DecisionEntry[] = [];
  const log = await openAppendLog(path, {
    isDurable: false,
    isChained: true,
    newestBytes: READ_BYTES,
    read: (line) => {
      const entry = decisionOf(line);
      if (entry) entries.push(entry);
      if (entries.length >= 2 * MAX_ENTRIES) entries = entries.slice(-MAX_ENTRIES);
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
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`The audit log stopped: ${reason}`, { type: 'AuditLogWarning' });
  };

  const writeMissed = (): void => {
    if (missed > 0) log.append({ type: 'missed', at: new Date().toISOString(), entries: missed }).catch(warn);
    missed = 0;
  };

  return {
    entries: Object.freeze(entries.slice(-MAX_ENTRIES)),
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

export function lineOf(event: GatewayEvent, options: EntryOptions): object {
  switch (event.type) {
    case 'decision':
      return { type: event.type, ...decisionEntry(event, options) };
    case 'output':
      return { type: event.type, ...outputEntry(event, options) };
    case 'approval':
      return { type: event.type, ...approvalEntry(event, options) };
    case 'grant':
      return { type: event.type, ...grantEntry(event, options) };
    case 'freeze':
    case 'unfreeze':
      return { type: event.type, ...freezeEntry(event) };
    case 'policy-change':
      return { type: event.type, ...policyChangeEntry(event) };
  }
}

/** The types of lines that are no decisions. */
const OTHER_TYPES: readonly unknown[] = [
  'output',
  'approval',
  'grant',
  'freeze',
  'unfreeze',
  'policy-change',
  'missed',
];

const string = z.string();

const decisionLine = z.object({
  at: z.iso.datetime(),
  trace_id: string.optional(),
  decision: z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']),
  reason_codes: z.array(string),
  function_name: string,
  tool_name: string.optional(),
  operation: string.optional(),
  url: string.optional(),
  method: string,
  key_id: string.optional(),
  key_name: string.optional(),
  agent_id: string.optional(),
  agent_name: string.optional(),
  principal_id: string.optional(),
  policy_name: string.optional(),
  rule_id: string.optional(),
  reason: string.optional(),
  risk_score: z.number().optional(),
  risk_band: string.optional(),
  classifications: z.array(string),
  fields: z.array(string).optional(),
  arguments_hash: string.optional(),
  approval_id: string.optional(),
  grant_id: string.optional(),
  arguments: z.unknown().optional(),
});

/** Returns the decision of a line; undefined for other types of lines. */
export function decisionOf(line: JsonObject): DecisionEntry | undefined {
  const type = line['type'];
  if (OTHER_TYPES.includes(type)) return undefined;
  const { data } = decisionLine.safeParse(line);
  if (type !== 'decision' || !data) throw new Error('it is not an audit log entry');
  return data;
}
