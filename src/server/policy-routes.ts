import pLimit from 'p-limit';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { canonicalJson, type JsonObject } from '../internal/json.ts';
import { PolicyError } from '../embedded/policy/policy-error.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';
import type { Policy } from '../embedded/policy/policy.ts';
import { parsePolicy } from '../embedded/policy/parse-policies.ts';
import { rulesToWire } from './policy-wire.ts';
import { invalid, notFound } from './refusal.ts';
import { jsonOf } from './request-body.ts';
import type { Route } from './route.ts';

/**
 * Called before a policy that was sent is in force; rejects to refuse it.
 *
 * @param policy as it was sent, with `applied_by` and `applied_at` filled in for whoever keeps it
 * @param application who sent it, by the name that goes with the approver's token
 */
export type OnPolicyApplied = (
  policy: PolicyInput,
  application: { readonly appliedBy: string },
) => Promise<void> | void;

interface Version {
  readonly version: number;
  readonly envName?: string;
}

/** Rules that are read and changed while the gateway runs. Versions are counted from 1 as long as the server lives. */
export function policyRoutes(gateway: EmbeddedGateway, onApplied: OnPolicyApplied): readonly Route[] {
  const versions = new Map<string, Version>();
  const oneAfterTheOther = pLimit(1);

  const apply = async (sent: JsonObject, appliedBy: string): Promise<object> => {
    const { written, policy } = policyOf(sent);
    const inForce = await gateway.policies();
    const before = inForce.find(({ name }) => name === policy.name);
    if (inForce.some(({ name, policyId }) => policyId === policy.policyId && name !== policy.name)) {
      throw invalid('policy_id', 'It is the policy_id of another policy.');
    }
    const last = before ? (versions.get(policy.name)?.version ?? 1) : 0;
    const isSame = before !== undefined && canonicalJson(before) === canonicalJson(policy);
    if (!isSame) {
      const applied = { ...written, applied_by: appliedBy, applied_at: new Date().toISOString() };
      await refusing(async () => onApplied(applied, { appliedBy }));
      gateway.applyPolicy(applied);
    }
    const envName = written.env_name;
    const version = { version: isSame ? last : last + 1, ...(envName == null ? {} : { envName }) };
    versions.set(policy.name, version);
    return wireOf(policy, version);
  };

  return [
    {
      method: 'POST',
      path: '/v1/policies/apply',
      door: 'approver',
      async serve({ request }, { name }) {
        const sent = await jsonOf(request);
        return oneAfterTheOther(async () => apply(sent, name));
      },
    },
    {
      method: 'GET',
      path: '/v1/policies/by-name/:name',
      door: 'agent or approver',
      async serve({ url, param }) {
        const policy = (await gateway.policies()).find(({ name }) => name === param('name'));
        if (!policy) throw notFound('There is no policy of this name.');
        const { version, envName = url.searchParams.get('env') ?? undefined } = versions.get(policy.name) ?? {
          version: 1,
        };
        return wireOf(policy, { version, ...(envName === undefined ? {} : { envName }) });
      },
    },
  ];
}

/** @throws Refusal 400 that names the first path at fault */
function policyOf(sent: JsonObject): ReturnType<typeof parsePolicy> {
  if (typeof sent['name'] !== 'string') throw invalid('name', 'It must be a text.');
  const { env_name: envName } = sent;
  if (envName != null && typeof envName !== 'string') throw invalid('env_name', 'It must be a text.');
  try {
    return parsePolicy(sent);
  } catch (error) {
    throw refusalOf(error);
  }
}

async function refusing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof PolicyError)) return error;
  const [problem] = error.problems;
  if (!problem) return invalid('', 'It is no policy.');
  const { path, message } = problem;
  return invalid(path, `It ${message}${message.endsWith('?') ? '' : '.'}`);
}

function wireOf(policy: Policy, { version, envName }: Version): object {
  const { policyId, name, description } = policy;
  return {
    policy_id: policyId,
    name,
    description,
    env_name: envName,
    version,
    rules: rulesToWire(policy),
  };
}
