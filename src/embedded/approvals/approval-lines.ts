import { z } from 'zod';
import type {
  ApprovalChange,
  ApproverNeed,
  Approvers,
  CallOutline,
  CallRisk,
  EditableRequest,
  Freeze,
  GivenApproval,
  GivenGrant,
  Grant,
  GrantTerms,
  KeptConversation,
  StoredApproval,
  ValueSource,
} from './approval-store.ts';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';

/** A line of the approvals file. */
export type ApprovalLine =
  | { readonly added: StoredApproval }
  /** A change: the approval's id and the changed fields. */
  | { readonly changed: string; readonly to: ApprovalChange }
  /** The freeze in effect from here on; null for none. */
  | { readonly frozen: Freeze | null };

const string = z.string();
const id = string.min(1);
const strings = z.array(string).readonly();
const timestamp = z.iso.datetime().transform((written) => new Date(written));

const roles = strings.exactOptional();
const kind = z.enum(['conversation', 'similar']);
const givenGrant = z.strictObject({
  for: kind,
  free: strings.exactOptional(),
  expiresAt: z.number(),
} satisfies Record<keyof GivenGrant, z.ZodType>);

const grantTerms = z.strictObject({
  rules: strings,
  maxMinutes: z.number(),
  conversation: id.exactOptional(),
  similar: id.exactOptional(),
} satisfies Record<keyof GrantTerms, z.ZodType>);

const grant = z.strictObject({
  approvalId: id,
  for: kind,
  free: strings.exactOptional(),
  pinnedHash: id.exactOptional(),
  rules: strings,
} satisfies Record<keyof Grant, z.ZodType>);

const approvers = z.strictObject({
  needs: z
    .array(z.strictObject({ count: z.int().min(1), roles } satisfies Record<keyof ApproverNeed, z.ZodType>))
    .readonly(),
  given: z
    .array(
      z.strictObject({
        by: string,
        roles,
        at: timestamp,
        note: string.exactOptional(),
        grant: givenGrant.exactOptional(),
      } satisfies Record<keyof GivenApproval, z.ZodType>),
    )
    .readonly(),
} satisfies Record<keyof Approvers, z.ZodType>);

const outline = z.strictObject({
  summary: string,
  functionName: string,
  toolName: string,
  operation: string,
  url: string,
  agentId: string.exactOptional(),
  agentName: string.exactOptional(),
  argumentsHash: string,
} satisfies Record<keyof CallOutline, z.ZodType>);

const change = {
  status: z.enum(['pending', 'approved', 'denied', 'expired']).exactOptional(),
  decidedBy: string.exactOptional(),
  decidedAt: timestamp.exactOptional(),
  note: string.exactOptional(),
  usedBy: z.enum(['asker', 'scan']).exactOptional(),
  approvers: approvers.exactOptional(),
  editedArguments: z.custom<JsonObject>(isJsonObject).exactOptional(),
  editedFields: strings.exactOptional(),
  sanitizedFields: strings.exactOptional(),
  resources: strings.exactOptional(),
  outline: outline.exactOptional(),
  revoked: z.strictObject({ by: string.exactOptional(), at: timestamp }).exactOptional(),
} satisfies Record<keyof ApprovalChange, z.ZodType>;

const risk = z.strictObject({ band: string, signals: strings } satisfies Record<keyof CallRisk, z.ZodType>);

const valueSource = z.strictObject({
  path: string,
  tools: strings,
  isQuoted: z.boolean().exactOptional(),
} satisfies Record<keyof ValueSource, z.ZodType>);

const conversation = z.strictObject({
  userMessages: strings,
  toolOutputs: z.array(z.strictObject({ functionName: string, output: string })).readonly(),
  isCut: z.boolean(),
} satisfies Record<keyof KeptConversation, z.ZodType>);

/** Not checked: it has a principal as your code wrote it. */
const editable = z.custom<EditableRequest>(isJsonObject);

const approval = z.strictObject({
  ...change,
  status: change.status.unwrap(),
  approvalId: id,
  callHash: id,
  functionName: string,
  method: string,
  url: string,
  // Absent for a call without a body.
  arguments: z.unknown().default(undefined),
  headers: z.record(string, z.unknown()).exactOptional(),
  key: id.exactOptional(),
  keyName: string.exactOptional(),
  agentId: string.exactOptional(),
  agentName: string.exactOptional(),
  principalId: string.exactOptional(),
  runId: string.exactOptional(),
  editable: editable.exactOptional(),
  mayGrant: grantTerms.exactOptional(),
  grant: grant.exactOptional(),
  resources: strings,
  reasonCodes: strings,
  policyName: string.exactOptional(),
  ruleId: string.exactOptional(),
  reason: string.exactOptional(),
  risk: risk.exactOptional(),
  valueSources: z.array(valueSource).readonly().exactOptional(),
  conversation: conversation.exactOptional(),
  callBytes: z.number().exactOptional(),
  createdAt: z.number(),
  expiresAt: z.number(),
} satisfies Record<keyof Omit<StoredApproval, 'isCallGone'>, z.ZodType>);

const freeze = z.strictObject({
  by: string.exactOptional(),
  at: timestamp,
  reason: string.exactOptional(),
  pending: z.enum(['keep', 'void']),
} satisfies Record<keyof Freeze, z.ZodType>);

/** Strict, so that an earlier version does not drop fields that a later one has written. */
const line: z.ZodType<ApprovalLine> = z.union([
  z.strictObject({ added: approval }),
  z.strictObject({ changed: id, to: z.strictObject(change) }),
  z.strictObject({ frozen: freeze.nullable() }),
]);

/** @throws Error for an invalid approval; the message does not quote it */
export function approvalOf(entry: unknown): StoredApproval {
  return read(approval, entry, 'approval');
}

/** @throws Error for an invalid freeze */
export function freezeOf(entry: unknown): Freeze {
  return read(freeze, entry, 'freeze');
}

/** @throws Error for an invalid line; the message does not quote it */
export function approvalLineOf(entry: unknown): ApprovalLine {
  return read(line, entry, 'approval');
}

function read<Entry>(schema: z.ZodType<Entry>, entry: unknown, what: string): Entry {
  const { data, success } = schema.safeParse(entry);
  if (!success) throw new Error(`unknown ${what} entry`);
  return data;
}
