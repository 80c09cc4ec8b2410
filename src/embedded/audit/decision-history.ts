import { z } from 'zod';
import type { JsonObject } from '../../internal/json.ts';
import type { ApprovalEntry, DecisionEntry } from './audit-entry.ts';
import { decisionOf } from './audit-line.ts';

const MAX_ENTRIES = 1_000;

const approvalLine = z.object({
  type: z.literal('approval'),
  approval_id: z.string(),
  at: z.iso.datetime(),
  status: z.enum(['approved', 'denied', 'pending']),
  decided_by: z.string().optional(),
  note: z.string().optional(),
});

/** The newest 1,000 decisions, each with what approvers decided on it later. */
export class DecisionHistory {
  #entries: DecisionEntry[] = [];

  /** Oldest first. */
  get entries(): readonly DecisionEntry[] {
    return this.#entries.slice(-MAX_ENTRIES);
  }

  /**
   * Adds a line of an audit log.
   *
   * @throws Error if it is invalid
   */
  addLine(line: JsonObject): void {
    const entry = decisionOf(line);
    if (entry) this.add(entry);
    const { data } = approvalLine.safeParse(line);
    if (data) this.settle(data);
  }

  add(entry: DecisionEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * MAX_ENTRIES) this.#entries = this.#entries.slice(-MAX_ENTRIES);
  }

  settle({ approval_id, at, status, decided_by, note }: z.infer<typeof approvalLine> | ApprovalEntry): void {
    for (const [index, entry] of this.#entries.entries())
      if (entry.approval_id === approval_id)
        this.#entries[index] = { ...entry, approval: { at, status, decided_by, note } };
  }
}
