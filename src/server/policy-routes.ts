import pLimit from 'p-limit';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { canonicalJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { PolicyError } from '../embedded/policy/policy-error.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';
import type { Policy, Rule } from '../embedded/policy/policy.ts';
import { parsePolicy } from '../embedded/policy/parse-policies.ts';
import { HttpError, invalidRequest, notFound } from './http-error.ts';
import { readJson } from './read-request.ts';
import { get, post, type Route } from './router.ts';
import { CONDITION_NAMES, MATCH_NAMES } from '../embedded/policy/policy-schema.ts';

/**
 * Called before an applied policy takes effect. Reject to refuse the policy.
 *
 * @param policy the policy as the approver sent it, with `applied_by` and `applied_at` filled in
 * @param application the approver who sent it
 */
export type OnPolicyApplied = (
  policy: PolicyInput,
  application: { readonly appliedBy: string },
) => Promise<void> | void;

/** Of a server with replicas: an applied policy is in effect at the one replica that received it. */
export function refusePolicy(): never {
  const message =
    'This gateway has replicas, which would not get the policy. Add it to the policy files of all replicas instead.';
  throw new HttpError(409, 'not_shared', message);
}

interface Version {
  readonly version: number;
  readonly envName?: string;
}

/** Reads and changes policies while the gateway runs. Versions count from 1 when the server starts. */
export function policyRoutes(gateway: EmbeddedGateway, onApplied: OnPolicyApplied): readonly Route[] {
  const versions = new Map<string, Version>();
  const sequentially = pLimit(1);

  const apply = async (body: JsonObject, appliedBy: string): Promise<object> => {
    const { written, policy } = policyOf(body);
    const current = await gateway.policies();
    const previous = current.find(({ name }) => name === policy.name);
    if (current.some(({ name, policyId }) => policyId === policy.policyId && name !== policy.name)) {
      throw invalidRequest('policy_id', 'It is the policy_id of another policy.');
    }
    const last = previous ? (versions.get(policy.name)?.version ?? 1) : 0;
    const isSame = previous !== undefined && canonicalJson(previous) === canonicalJson(policy);
    if (!isSame) {
      const applied = { ...written, applied_by: appliedBy, applied_at: new Date().toISOString() };
      await callListener(async () => onApplied(applied, { appliedBy }));
      gateway.applyPolicy(applied);
    }
    const version = omitUndefined({ version: isSame ? last : last + 1, envName: written.env_name ?? undefined });
    versions.set(policy.name, version);
    return wireOf(policy, version);
  };

  return [
    post('/v1/policies/apply', 'approver', async ({ request }, { name }) => {
      const body = await readJson(request);
      return sequentially(async () => apply(body, name));
    }),
    get('/v1/policies/by-name/:name', 'agent or approver', async ({ url, param }) => {
      const policy = (await gateway.policies()).find(({ name }) => name === param('name'));
      if (!policy) throw notFound('No policy has this name.');
      const env = url.searchParams.get('env') ?? undefined;
      const { version, envName = env } = versions.get(policy.name) ?? { version: 1 };
      return wireOf(policy, omitUndefined({ version, envName }));
    }),
  ];
}

/** @throws HttpError 400 with the path of the first problem */
function policyOf(body: JsonObject): ReturnType<typeof parsePolicy> {
  if (typeof body['name'] !== 'string') throw invalidRequest('name', 'It must be a string.');
  const { env_name: envName } = body;
  if (envName != null && typeof envName !== 'string') throw invalidRequest('env_name', 'It must be a string.');
  try {
    return parsePolicy(body);
  } catch (error) {
    throw toHttpError(error);
  }
}

async function callListener(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw toHttpError(error);
  }
}

function toHttpError(error: unknown): unknown {
  if (!(error instanceof PolicyError)) return error;
  const [problem] = error.problems;
  if (!problem) return invalidRequest('', 'The body is not a policy.');
  const { path, message } = problem;
  return invalidRequest(path, `It ${message}${message.endsWith('?') ? '' : '.'}`);
}

function wireOf(policy: Policy, { version, envName }: Version): object {
  const { policyId, name, description, default: fallback } = policy;
  return {
    policy_id: policyId,
    name,
    description,
    env_name: envName,
    version,
    default: fallback,
    rules: rulesToWire(policy),
  };
}

/** Converts rules to their wire format, with all defaults filled in. */
function rulesToWire({ rules }: Policy): readonly object[] {
  return rules.map(({ ruleId, priority, action, match, condition, reason, sanitizeFields }: Rule) => ({
    rule_id: ruleId,
    priority,
    action,
    match: renamed(match, MATCH_NAMES),
    condition: renamed(condition, CONDITION_NAMES),
    reason,
    sanitize_fields: sanitizeFields,
  }));
}

function renamed(values: object, names: Readonly<Record<string, string>>): object {
  const known = values as Readonly<Record<string, unknown>>;
  const entries = Object.entries(names).map(([written, name]) => [written, known[name]] as const);
  const not = isJsonObject(known['not']) ? renamed(known['not'], names) : undefined;
  return omitUndefined({ ...Object.fromEntries(entries), not });
}
