import { z } from 'zod';
import type { ApprovalChange, StoredApproval } from './approval-store.ts';

/** A line of the file of approvals. */
export type ApprovalLine =
  | { readonly added: StoredApproval }
  /** The id of an approval, and what is new about it. */
  | { readonly changed: string; readonly to: ApprovalChange };

const text = z.string();
const id = text.min(1);
const moment = z.iso.datetime().transform((written) => new Date(written));

const change = {
  status: z.enum(['pending', 'approved', 'denied', 'expired']).exactOptional(),
  decidedBy: text.exactOptional(),
  decidedAt: moment.exactOptional(),
  note: text.exactOptional(),
  usedBy: z.enum(['asker', 'scan']).exactOptional(),
};

const outline = z.strictObject({
  summary: text,
  functionName: text,
  toolName: text,
  operation: text,
  url: text,
  agentId: text.exactOptional(),
  agentName: text.exactOptional(),
  argumentsHash: text,
});

const approval = z.strictObject({
  ...change,
  status: change.status.unwrap(),
  approvalId: id,
  callHash: id,
  functionName: text,
  method: text,
  url: text,
  // Absent for a call that was scanned without a body.
  arguments: z.unknown().default(undefined),
  headers: z.record(text, z.unknown()).exactOptional(),
  key: id.exactOptional(),
  agentId: text.exactOptional(),
  agentName: text.exactOptional(),
  resources: z.array(text).readonly(),
  reasonCodes: z.array(text).readonly(),
  policyName: text.exactOptional(),
  ruleId: text.exactOptional(),
  outline: outline.exactOptional(),
  callBytes: z.number().exactOptional(),
  createdAt: z.number(),
  expiresAt: z.number(),
});

/** Strict: what a later version of ours writes must not be lost by an earlier one. */
const line: z.ZodType<ApprovalLine> = z.union([
  z.strictObject({ added: approval }),
  z.strictObject({ changed: id, to: z.strictObject(change) }),
]);

/** @throws Error for what is no such line; it quotes nothing of it */
export function approvalLineOf(entry: unknown): ApprovalLine {
  const { data } = line.safeParse(entry);
  if (!data) throw new Error('it is no entry of approvals that this version knows');
  return data;
}
