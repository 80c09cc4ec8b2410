import { z } from 'zod';
import { openAppendLog } from '../../internal/append-log.ts';
import type { JsonObject } from '../../internal/json.ts';
import { approvalEntry, decisionEntry, type DecisionEntry, type EntryOptions } from './audit-entry.ts';
import type { GatewayEvent } from '../gateway-events.ts';

/** How many decisions of before are given back, and how much of the file's end is looked through for them. */
const MOST_ENTRIES = 1_000;
const NEWEST_BYTES = 8_000_000;

/** More than this does not wait for a slow disk. */
const MOST_WAITING_BYTES = 32_000_000;

export interface DecisionRecord {
  /** For `observe` of a gateway. Never throws. */
  readonly listener: (event: GatewayEvent) => void;
  /** The newest 1000 decisions of before, oldest first, as far as they are in the last 8 MB of the file. */
  readonly entries: readonly DecisionEntry[];
  /** Writes what waits, and lets go of the file. */
  close(): Promise<void>;
}

/**
 * Writes down every decision and every answer of a person: a file of JSON lines that only grows, for its owner's eyes only
 * (0600), in the order of what happened. `type` says what a line is: `decision`, `approval`, or `missed`, which counts
 * what could not wait for a slow disk. The arguments are there as a hash, and names, addresses
 * and notes without what is sensitive in them, unless `arguments` is set.
 *
 * No decision waits for its line, and the last lines before a loss of power may be missing. When the file cannot be written to,
 * the process is warned once, and nothing more is recorded.
 *
 * @throws Error that says what to do when another process has the file open, or when its end is no such record
 */
export async function decisionRecord(path: string, options: EntryOptions = {}): Promise<DecisionRecord> {
  let entries: DecisionEntry[] = [];
  const log = await openAppendLog(path, {
    isDurable: false,
    newestBytes: NEWEST_BYTES,
    read: (line) => {
      const entry = decisionOf(line);
      if (entry) entries.push(entry);
      if (entries.length >= 2 * MOST_ENTRIES) entries = entries.slice(-MOST_ENTRIES);
    },
  });
  let missed = 0;
  let isClosed = false;
  let isWarned = false;
  /** Of what was told last: when it is written, all before it is. */
  let latest: Promise<void> | undefined;

  const write = async (event: GatewayEvent): Promise<void> => {
    try {
      await log.append(lineOf(event, options));
    } catch (error) {
      // Arguments that are nested too deep to be written must not hide their call.
      if (!log.isBroken && options.arguments) await log.append(lineOf(event, {}));
      else throw error;
    }
  };
  const warn = (error: unknown): void => {
    if (isWarned) return;
    isWarned = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`Decisions are no longer recorded: ${reason}`, { type: 'DecisionRecordWarning' });
  };

  const tellMissed = (): void => {
    if (missed > 0) log.append({ type: 'missed', at: new Date().toISOString(), entries: missed }).catch(warn);
    missed = 0;
  };

  return {
    entries: Object.freeze(entries.slice(-MOST_ENTRIES)),
    listener(event) {
      if (isClosed || log.isBroken) return;
      if (log.waitingBytes > MOST_WAITING_BYTES) {
        missed += 1;
        return;
      }
      tellMissed();
      latest = write(event).catch(warn);
    },
    async close() {
      if (!isClosed) tellMissed();
      isClosed = true;
      await latest;
      await log.close();
    },
  };
}

function lineOf(event: GatewayEvent, options: EntryOptions): object {
  return event.type === 'decision'
    ? { type: 'decision', ...decisionEntry(event, options) }
    : { type: 'approval', ...approvalEntry(event, options) };
}

const text = z.string();

const decisionLine = z.object({
  at: z.iso.datetime(),
  trace_id: text.optional(),
  decision: z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']),
  reason_codes: z.array(text),
  function_name: text,
  tool_name: text.optional(),
  operation: text.optional(),
  url: text.optional(),
  method: text,
  key_id: text.optional(),
  agent_id: text.optional(),
  agent_name: text.optional(),
  policy_name: text.optional(),
  rule_id: text.optional(),
  risk_score: z.number().optional(),
  risk_band: text.optional(),
  classifications: z.array(text),
  fields: z.array(text).optional(),
  arguments_hash: text.optional(),
  approval_id: text.optional(),
  arguments: z.unknown().optional(),
});

/** Undefined for another line of the record. */
function decisionOf(line: JsonObject): DecisionEntry | undefined {
  const type = line['type'];
  if (type === 'approval' || type === 'missed') return undefined;
  const { data } = decisionLine.safeParse(line);
  if (type !== 'decision' || !data) throw new Error('it is no entry of a record of decisions');
  return data;
}
