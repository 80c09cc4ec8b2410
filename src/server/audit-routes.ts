import type { Decision } from '../runner/gateway/gateway.ts';
import type { EventStreams } from './event-streams.ts';
import { queryLimit } from './read-request.ts';
import { invalidRequest } from './http-error.ts';
import { get, type Route } from './router.ts';
import { withoutArguments, type DecisionEntry } from '../embedded/audit/audit-entry.ts';
import { DecisionHistory } from '../embedded/audit/decision-history.ts';

const DECISIONS: readonly string[] = ['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL'] satisfies Decision['decision'][];
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Serves the recent decisions and the stream of change events to approvers. */
export function auditRoutes(decisions: () => Promise<RecentDecisions>, streams: EventStreams): readonly Route[] {
  return [
    get('/v1/decisions', 'approver', async ({ url: { searchParams } }) => {
      const decision = searchParams.get('decision') || undefined;
      if (decision !== undefined && !DECISIONS.includes(decision)) {
        throw invalidRequest('decision', `It must be one of ${DECISIONS.join(', ')}.`);
      }
      const limit = queryLimit(searchParams, DEFAULT_LIMIT, MAX_LIMIT);
      const tool = searchParams.get('tool') ?? undefined;
      const recent = await decisions();
      return { decisions: recent.list({ decision, tool, limit }), counts: recent.counts };
    }),
    get('/v1/events', 'approver', ({ request }, approver) => streams.open(request.signal, approver)),
  ];
}

type Counts = Record<Decision['decision'], number>;

export interface DecisionFilter {
  readonly decision?: string | undefined;
  /** A part of the tool's or function's name, in any case. */
  readonly tool?: string | undefined;
  readonly limit: number;
}

/** The newest 1,000 decisions, and the number of decisions of each kind since the start. */
export class RecentDecisions extends DecisionHistory {
  readonly counts: Counts = { ALLOW: 0, SANITIZE: 0, DENY: 0, REQUIRE_APPROVAL: 0 };

  /** @param earlier from the audit log, oldest first; listed without arguments and sensitive values */
  constructor(earlier: readonly DecisionEntry[]) {
    super();
    for (const entry of earlier) this.add(withoutArguments(entry));
  }

  override add(entry: DecisionEntry): void {
    this.counts[entry.decision] += 1;
    super.add(entry);
  }

  /** Returns the newest matching decisions, newest first. */
  list({ decision, tool = '', limit }: DecisionFilter): readonly DecisionEntry[] {
    const part = tool.toLowerCase();
    const hasPart = (name: string | undefined): boolean => name?.toLowerCase().includes(part) === true;
    return this.entries
      .filter((entry) => decision === undefined || entry.decision === decision)
      .filter((entry) => hasPart(entry.tool_name) || hasPart(entry.function_name))
      .slice(-limit)
      .reverse();
  }
}
