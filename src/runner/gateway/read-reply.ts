import { types } from 'node:util';
import { shown } from '../../internal/checks.ts';
import { isJson, isJsonObject } from '../../internal/json.ts';
import { GatewayError } from './gateway-error.ts';
import type { Approval, Decision, DecisionWord, OutputDecision } from './gateway.ts';

/** The type of each field of a reply. An invalid value is dropped, so that a decision is not lost for its facts. */
type Types = Readonly<Record<string, 'text' | 'texts' | 'number' | 'date' | 'json' | 'any'>>;
type DecisionFacts = Omit<Extract<Decision, { readonly decision: 'DENY' }>, 'decision'>;
type TypesOf<Fields> = { readonly [Key in keyof Fields]-?: Types[string] };

const FACTS = {
  reasonCodes: 'texts',
  riskScore: 'number',
  riskBand: 'text',
  traceId: 'text',
  toolName: 'text',
  operation: 'text',
  classifications: 'texts',
  policyId: 'text',
  policyName: 'text',
  ruleId: 'text',
  reason: 'text',
  raw: 'any',
} satisfies TypesOf<DecisionFacts>;

/** The fields of each decision. */
export const DECISIONS: { readonly [Word in DecisionWord]: TypesOf<Omit<DecisionOf<Word>, 'decision'>> } = {
  ALLOW: { ...FACTS, approvalId: 'text', grantId: 'text' },
  DENY: FACTS,
  SANITIZE: { ...FACTS, approvalId: 'text', grantId: 'text', sanitizedBody: 'json', editedFields: 'texts' },
  REQUIRE_APPROVAL: { ...FACTS, approvalId: 'text', approvalUrl: 'text', approvalExpiresAt: 'date' },
};
type DecisionOf<Word> = Extract<Decision, { readonly decision: Word }>;

/** The fields of each decision on an output. */
export const OUTPUT_DECISIONS: { readonly [Word in OutputDecision['decision']]: Types } = {
  ALLOW: FACTS,
  DENY: FACTS,
  SANITIZE: { ...FACTS, sanitizedTexts: 'texts' },
  FENCE: { ...FACTS, sanitizedTexts: 'texts' },
};

const APPROVAL = { decidedBy: 'text', decidedAt: 'date', note: 'text' } as const;
/** The fields of an approval of each status. */
export const APPROVALS: { readonly [Status in Approval['status']]: Types } = {
  pending: APPROVAL,
  approved: { ...APPROVAL, editedArguments: 'json', editedFields: 'texts' } satisfies TypesOf<Omit<Approval, 'status'>>,
  denied: APPROVAL,
  expired: APPROVAL,
};

/**
 * Reads what a gateway's `scan` returned: a gateway in JavaScript may return anything. The copy has known fields only,
 * and does not change later.
 *
 * @throws GatewayError `malformed_reply` for anything but a decision
 */
export function readDecision(reply: unknown): Decision {
  const problem = "gateway.scan returned %; it must return { decision: 'ALLOW', reasonCodes: [] }.";
  const decision: object = { reasonCodes: [], ...read(reply, 'decision', DECISIONS, problem) };
  return decision as Decision;
}

/**
 * Reads what a gateway's `scanOutput` returned.
 *
 * @param texts the number of texts that it was asked about: redacted texts have to be as many
 * @throws GatewayError `malformed_reply` for anything but a decision
 */
export function readOutputDecision(reply: unknown, texts: number): OutputDecision {
  const problem = "gateway.scanOutput returned %; it must return { decision: 'ALLOW', reasonCodes: [] }.";
  const fields: object = { reasonCodes: [], ...read(reply, 'decision', OUTPUT_DECISIONS, problem) };
  const decision = fields as OutputDecision;
  const sanitized = 'sanitizedTexts' in decision ? decision.sanitizedTexts : undefined;
  if (sanitized ? sanitized.length === texts : decision.decision !== 'SANITIZE') return decision;
  throw malformed(problem, `${decision.decision} without sanitizedTexts for each of the ${texts} texts`);
}

/**
 * Reads what a gateway's `approvalStatus` returned. Only an approved call has edited arguments. If they cannot be read,
 * nothing runs, because the approver did not approve the call as it was.
 *
 * @throws GatewayError `malformed_reply` for anything but an approval
 */
export function readApproval(reply: unknown): Approval {
  const problem = "gateway.approvalStatus returned %; it must return { status: 'pending' }.";
  const approval = read(reply, 'status', APPROVALS, problem) as Approval;
  // An edit whose arguments cannot be read is no approval of the original ones.
  if (approval.status !== 'approved' || !isEdited(reply) || isJsonObject(approval.editedArguments)) return approval;
  throw malformed(problem, 'an edit without a JSON object as editedArguments');
}

/** @param problem the error's message, with `%` in place of the reply */
function read(reply: unknown, kind: string, typesOf: Readonly<Record<string, Types>>, problem: string): object {
  let value = 'a value that cannot be read';
  let cause: unknown;
  try {
    const known = isJsonObject(reply) && knownFields(reply, kind, typesOf);
    if (known) return known;
    value = isJsonObject(reply) ? describe(reply) : shown(reply);
  } catch (error) {
    // A getter or a proxy of the reply may throw.
    cause = error;
  }
  throw malformed(problem, value, cause);
}

/** Reads the fields that belong to the word in the field `kind`; undefined for an unknown word. */
export function knownFields(
  fields: Readonly<Record<string, unknown>>,
  kind: string,
  typesOf: Readonly<Record<string, Types>>,
): object | undefined {
  const word = fields[kind];
  if (typeof word !== 'string' || !Object.hasOwn(typesOf, word)) return undefined;
  const known: Record<string, unknown> = { [kind]: word };
  for (const [key, type] of Object.entries(typesOf[word] ?? {})) {
    const field = valueOf(type, fields[key]);
    if (field !== undefined) known[key] = field;
  }
  return known;
}

function malformed(problem: string, value: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'malformed_reply',
    problem.replace('%', () => value),
    { cause },
  );
}

/** Returns undefined for a value of another type. A list keeps its strings. */
function valueOf(type: Types[string], value: unknown): unknown {
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'texts':
      if (value === undefined) return undefined;
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'date':
      return types.isDate(value) && Number.isFinite(value.getTime()) ? value : undefined;
    case 'json':
      // A copy; undefined for what JSON cannot represent.
      return value !== undefined && isJson(value) ? (JSON.parse(JSON.stringify(value)) as unknown) : undefined;
    case 'any':
      return value;
  }
}

function isEdited(reply: unknown): boolean {
  const { editedArguments, editedFields } = Object(reply) as Readonly<Record<string, unknown>>;
  return editedArguments !== undefined || editedFields !== undefined;
}

/** Names the field that counts, if it is a plain word: a reply may quote arguments. */
function describe({ decision, status }: Readonly<Record<string, unknown>>): string {
  const word = decision ?? status;
  return typeof word === 'string' && /^[A-Za-z_]{1,30}$/.test(word)
    ? `the unknown "${word}"`
    : 'an object without a known decision or status';
}
