import { types } from 'node:util';
import { shown } from '../../internal/checks.ts';
import { isJson, isJsonObject, type JsonObject } from '../../internal/json.ts';
import { GatewayError } from './gateway-error.ts';
import type { Approval, Decision } from './gateway.ts';

type DecisionFacts = Omit<Extract<Decision, { readonly decision: 'DENY' }>, 'decision'>;

/** Reads one field of a reply; returns undefined for an invalid value, so that a decision is not lost for its facts. */
type Readers<Fields> = { readonly [Key in keyof Fields]-?: (value: unknown) => Fields[Key] | undefined };

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const date = (value: unknown): Date | undefined =>
  types.isDate(value) && Number.isFinite(value.getTime()) ? value : undefined;

const FACTS: Readers<DecisionFacts> = {
  reasonCodes: texts,
  riskScore: number,
  riskBand: text,
  traceId: text,
  toolName: text,
  operation: text,
  classifications: listed,
  policyId: text,
  policyName: text,
  ruleId: text,
  reason: text,
  raw: (value) => value,
};

/** The fields of each decision, besides its facts. */
const FIELDS: { readonly [Word in Decision['decision']]: Readers<object> } = {
  ALLOW: { approvalId: text, grantId: text } satisfies Own<'ALLOW'>,
  DENY: {},
  SANITIZE: {
    approvalId: text,
    grantId: text,
    sanitizedBody: jsonCopy,
    editedFields: listed,
  } satisfies Own<'SANITIZE'>,
  REQUIRE_APPROVAL: { approvalId: text, approvalUrl: text, approvalExpiresAt: date } satisfies Own<'REQUIRE_APPROVAL'>,
};
type Own<Word> = Readers<Omit<Extract<Decision, { readonly decision: Word }>, 'decision' | keyof DecisionFacts>>;

const APPROVAL: Readers<Omit<Approval, 'status' | keyof typeof EDIT>> = {
  decidedBy: text,
  decidedAt: date,
  note: text,
};
const EDIT = { editedArguments: jsonObject, editedFields: listed } satisfies Readers<
  Pick<Approval, 'editedArguments' | 'editedFields'>
>;
const STATUSES: ReadonlySet<unknown> = new Set([
  'pending',
  'approved',
  'denied',
  'expired',
] satisfies Approval['status'][]);

/**
 * Reads what a gateway's `scan` returned: a gateway in JavaScript may return anything. The copy has known fields only,
 * and does not change later.
 *
 * @throws GatewayError `malformed_reply` for anything but a decision
 */
export function readDecision(reply: unknown): Decision {
  return reading('scan', "{ decision: 'ALLOW', reasonCodes: [] }", reply, (fields) => {
    const { decision } = fields;
    if (typeof decision !== 'string' || !Object.hasOwn(FIELDS, decision)) return undefined;
    const word = decision as Decision['decision'];
    return { decision: word, ...read({ ...FACTS, ...FIELDS[word] }, fields) } as Decision;
  });
}

/**
 * Reads what a gateway's `approvalStatus` returned. Only an approved call has edited arguments. If they cannot be read,
 * nothing runs, because the approver did not approve the call as it was.
 *
 * @throws GatewayError `malformed_reply` for anything but an approval
 */
export function readApproval(reply: unknown): Approval {
  return reading('approvalStatus', "{ status: 'pending' }", reply, (fields) => {
    const { status } = fields;
    if (!STATUSES.has(status)) return undefined;
    const approval = { status: status as Approval['status'], ...read(APPROVAL, fields) };
    if (status !== 'approved' || !isEdited(fields)) return approval;
    const edit = read(EDIT, fields);
    return 'editedArguments' in edit ? { ...approval, ...edit } : undefined;
  });
}

function read(readers: Readers<object>, fields: Readonly<Record<string, unknown>>): object {
  const values = Object.entries(readers as Readonly<Record<string, (value: unknown) => unknown>>).map(
    ([key, reader]) => [key, reader(fields[key])] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** A getter or a proxy of the reply may throw. */
function reading<Reply>(
  method: string,
  example: string,
  reply: unknown,
  work: (fields: Readonly<Record<string, unknown>>) => Reply | undefined,
): Reply {
  let value = 'a value that cannot be read';
  let cause: unknown;
  try {
    const found = isJsonObject(reply) ? work(reply) : undefined;
    if (found) return found;
    value = isJsonObject(reply) ? describe(reply) : shown(reply);
  } catch (error) {
    cause = error;
  }
  throw new GatewayError('malformed_reply', `gateway.${method} returned ${value}; it must return ${example}.`, {
    cause,
  });
}

function isEdited({ editedArguments, editedFields }: Readonly<Record<string, unknown>>): boolean {
  return editedArguments !== undefined || editedFields !== undefined;
}

/** Names the field that counts, if it is a plain word: a reply may quote arguments. */
function describe(fields: Readonly<Record<string, unknown>>): string {
  const { decision, status } = fields;
  if (STATUSES.has(status) && isEdited(fields)) return 'an edit without a JSON object as editedArguments';
  const word = decision ?? status;
  return typeof word === 'string' && /^[A-Za-z_]{1,30}$/.test(word)
    ? `the unknown "${word}"`
    : 'an object without a known decision or status';
}

/** Copies a list of strings; undefined without one. */
function listed(value: unknown): string[] | undefined {
  return value === undefined ? undefined : texts(value);
}

function jsonObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? (jsonCopy(value) as JsonObject | undefined) : undefined;
}

/** Copies a redacted body; undefined for what JSON cannot represent. */
function jsonCopy(body: unknown): unknown {
  return body !== undefined && isJson(body) ? (JSON.parse(JSON.stringify(body)) as unknown) : undefined;
}
