import type { RecordDraft } from './outcome.ts';
import { EndRun } from '../errors.ts';
import type { ToolCall } from './driver.ts';
import type { Json, RunJournal } from './durable.ts';
import type { Approval, Decision } from './gateway.ts';

/** The journal of one run as its calls use it. Names are a storage format: what one release writes, the next one reads. */
export interface CallJournal {
  /** What became of the call, where an earlier process has recorded it. */
  ended(of: OfCall): Partial<RecordDraft> | undefined;
  /** Whether the call's handler was started, or was about to be. */
  isStarted(of: OfCall): boolean;
  /** Records that the handler is about to start. False when it was before. */
  start(of: OfCall): Promise<boolean>;
  /** Never rejects: what became of the call is so all the same, and the run is ended. */
  end(of: OfCall, draft: RecordDraft): Promise<void>;
  /** What the gateway has said of the call. */
  decision(of: OfCall): Decision | undefined;
  /** @param callHash see `callHashOf` */
  decided(of: OfCall, decision: Decision, callHash: string): Promise<void>;
  /** What a person has said about the call; never that it is pending. */
  approval(of: OfCall, approvalId: string): Approval | undefined;
  /** The approval by which the call was settled, whichever it was. */
  settledBy(of: OfCall): string | undefined;
  approvalSettled(of: OfCall, approvalId: string, approval: Approval): Promise<void>;
  /** An approval clears one call. False when another one has used it. */
  useApproval(of: OfCall, approvalId: string): Promise<boolean>;
}

interface OfCall {
  readonly call: ToolCall;
  readonly turn: { readonly runId: string; readonly number: number };
}

/** What stays of a record: what was thrown may be anything. */
const NOT_KEPT: ReadonlySet<string> = new Set(['error']);

/** @param end ends the run: what cannot be recorded must not be done */
export function createCallJournal(journal: RunJournal, end: (reason: EndRun) => void): CallJournal {
  const keyOf = ({ call, turn }: OfCall): string => `${turn.runId}/${call.callId}`;
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await write();
    } catch (cause) {
      const reason = journalFailed(cause);
      end(reason);
      throw reason;
    }
  };
  const record = async (name: string, value: object): Promise<void> =>
    writing(async () => journal.record(name, plain(value)));

  return {
    ended(of) {
      const ended = journal.recorded(`end ${keyOf(of)}`) as Partial<RecordDraft> | undefined;
      // Turns are counted anew.
      return ended && { ...ended, turn: of.turn.number };
    },
    isStarted: (of) => journal.isClaimed(`start ${keyOf(of)}`),
    start: async (of) => writing(async () => journal.claim(`start ${keyOf(of)}`)),
    end: async (of, draft) => {
      const kept = Object.fromEntries(Object.entries(draft).filter(([key]) => !NOT_KEPT.has(key)));
      await record(`end ${keyOf(of)}`, kept).catch(() => undefined);
    },
    decision(of) {
      const recorded = journal.recorded(`decision ${keyOf(of)}`) as { decision: Decision } | undefined;
      return recorded && withDates(recorded.decision);
    },
    async decided(of, { raw: _, ...decision }, callHash) {
      const { callId, name } = of.call;
      await record(`decision ${keyOf(of)}`, { callId, name, turn: of.turn.number, callHash, decision });
    },
    approval(of, approvalId) {
      const recorded = journal.recorded(`approval ${approvalId} ${keyOf(of)}`) as Approval | undefined;
      return recorded && withDates(recorded);
    },
    settledBy(of) {
      const end = ` ${keyOf(of)}`;
      const name = [...journal.records.keys()].find((one) => one.startsWith('approval ') && one.endsWith(end));
      return name?.slice('approval '.length, -end.length);
    },
    approvalSettled: async (of, approvalId, approval) => record(`approval ${approvalId} ${keyOf(of)}`, approval),
    async useApproval(of, approvalId) {
      const name = `used ${approvalId}`;
      await writing(async () => journal.record(name, keyOf(of)));
      return journal.recorded(name) === keyOf(of);
    },
  };
}

/** Why a run is ended whose journal is not to be had. */
export function journalFailed(cause: unknown): EndRun {
  const says = cause instanceof Error ? cause.message : String(cause);
  const isElsewhere = (cause as { code?: unknown } | null)?.code === 'ELOCKED';
  return new EndRun('journal', `The run's journal failed: ${says}`, { cause, isElsewhere });
}

/** JSON has dates as texts. */
function withDates<T extends object>(recorded: T): T {
  const dated = Object.entries(recorded).map(([key, value]: [string, unknown]) =>
    (key === 'decidedAt' || key === 'approvalExpiresAt') && typeof value === 'string'
      ? [key, new Date(value)]
      : [key, value],
  );
  return Object.fromEntries(dated) as T;
}

/** As it is read again. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
