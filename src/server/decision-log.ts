import type { Decision } from '../runner/gateway/gateway.ts';
import { withoutArguments, type DecisionEntry } from '../embedded/audit/audit-entry.ts';

const MOST_KEPT = 1_000;

type Counts = Record<Decision['decision'], number>;

export interface DecisionFilter {
  readonly decision?: string | undefined;
  /** A part of the tool's or the function's name, whatever its case. */
  readonly tool?: string | undefined;
  readonly limit: number;
}

/** The newest 1,000 decisions, and how many of each kind there were. */
export class DecisionLog {
  /** Oldest first. */
  readonly #entries: DecisionEntry[] = [];
  readonly counts: Counts = { ALLOW: 0, SANITIZE: 0, DENY: 0, REQUIRE_APPROVAL: 0 };

  /** @param before oldest first; arguments and what is sensitive in names are left out, as a record may have been kept with them */
  constructor(before: readonly DecisionEntry[]) {
    for (const entry of before) this.add(withoutArguments(entry));
  }

  add(entry: DecisionEntry): void {
    this.counts[entry.decision] += 1;
    this.#entries.push(entry);
    if (this.#entries.length > MOST_KEPT) this.#entries.shift();
  }

  /** Newest first. */
  list({ decision, tool = '', limit }: DecisionFilter): readonly DecisionEntry[] {
    const part = tool.toLowerCase();
    const hasPart = (name: string | undefined): boolean => name?.toLowerCase().includes(part) === true;
    return this.#entries
      .filter((entry) => decision === undefined || entry.decision === decision)
      .filter((entry) => hasPart(entry.tool_name) || hasPart(entry.function_name))
      .slice(-limit)
      .reverse();
  }
}
