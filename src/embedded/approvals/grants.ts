import { randomUUID } from 'node:crypto';
import { checkChoice, checkKeys, checkStrings, shown } from '../../internal/checks.ts';
import { canonicalHash, isJsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import type {
  ApproverNeed,
  GivenGrant,
  GrantTerms,
  RequestedCall,
  StoredApproval,
  StoredGrant,
} from './approval-store.ts';
import { givenText, meets } from './approvers.ts';

/** The grant that an approver gives with an approval, for further calls. The rules must allow it with `x_grant`. */
export interface GrantOptions {
  /**
   * `conversation`: the calls of the tool in this conversation, with any arguments. `similar`: the calls of the tool with
   * the arguments of this one.
   */
  readonly for: GivenGrant['for'];
  /** With `similar`: the arguments that must be as in this call. The others may differ. Default: all. */
  readonly pinned?: readonly string[] | undefined;
  /** Default: as late as the rules allow. */
  readonly until?: Date | undefined;
}

/** @throws TypeError for an unknown or invalid option */
export function checkGrant(options: GrantOptions | undefined): GrantOptions | undefined {
  if (options === undefined) return undefined;
  checkKeys('grant', options, ['for', 'pinned', 'until'] satisfies (keyof GrantOptions)[]);
  const { until, pinned } = options;
  const kind = checkChoice('grant.for', options.for, ['conversation', 'similar']);
  if (!kind) throw new TypeError('grant.for is missing; it must be "conversation" or "similar".');
  if (until !== undefined && !(until instanceof Date && Number.isFinite(until.getTime())))
    throw new TypeError(`grant.until is ${shown(until)}; it must be a valid Date.`);
  return { for: kind, pinned: checkStrings('grant.pinned', pinned), until };
}

/** @throws GatewayError 400 unless the rules, and the approvers before, allow the grant */
export function givenGrant(approval: StoredApproval, options: GrantOptions, now: number): GivenGrant {
  const { mayGrant, approvers, arguments: args } = approval;
  if (!mayGrant)
    throw refused(
      'This call can have no grant: its rules have no x_grant, or it names neither a principal nor a conversation.',
    );
  if (approval.editedArguments) throw refused('An edited call is approved once: its grant would be for other rules.');
  if (mayGrant[options.for] === undefined)
    throw refused(`The rules for this call allow no grant for "${options.for}".`);
  const latest = now + mayGrant.maxMinutes * 60_000;
  const expiresAt = options.until?.getTime() ?? latest;
  if (expiresAt <= now || expiresAt > latest)
    throw refused(`The grant must end within ${mayGrant.maxMinutes} minutes from now.`);
  const own = omitUndefined({ for: options.for, free: freeArguments(options, args), expiresAt });
  return (approvers?.given ?? []).reduce((joint, { by, grant }) => {
    if (!grant) throw refused(`${by} has approved this call only: a grant needs all approvers.`);
    if (canonicalHash([grant.for, grant.free ?? []]) !== canonicalHash([joint.for, joint.free ?? []]))
      throw refused(`${by} has given another grant: ${givenText(grant)}. A grant needs all approvers.`);
    return { ...joint, expiresAt: Math.min(joint.expiresAt, grant.expiresAt) };
  }, own);
}

function freeArguments({ for: kind, pinned }: GrantOptions, args: unknown): readonly string[] | undefined {
  if (kind === 'conversation') {
    if (pinned) throw refused('A grant for the conversation pins no arguments; give one for "similar" calls.');
    return undefined;
  }
  const names = isJsonObject(args) ? Object.keys(args) : [];
  const unknown = pinned?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw refused(`The call has no argument ${JSON.stringify(unknown)} that can be pinned.`);
  return pinned ? names.filter((name) => !pinned.includes(name)).toSorted() : [];
}

/** Builds the grant of an approved call. */
export function newGrant(approved: StoredApproval, given: GivenGrant, terms: GrantTerms, now: number): StoredGrant {
  const { functionName, method, url, headers, key, keyName, agentId, agentName, principalId, callBytes } = approved;
  const { reasonCodes, policyName, ruleId, reason, outline, approvers, decidedBy, decidedAt, note } = approved;
  const { for: kind, free, expiresAt } = given;
  const pinned = kind === 'similar' ? withoutFree(approved.arguments, free) : undefined;
  const pinnedHash = kind === 'similar' ? canonicalHash(pinned) : undefined;
  return {
    ...{ approvalId: randomUUID(), callHash: terms[kind] ?? '', functionName, method, url, arguments: pinned },
    ...omitUndefined({ headers, key, keyName, agentId, agentName, principalId, callBytes }),
    ...{ resources: [], reasonCodes, status: 'approved', createdAt: now, expiresAt },
    ...omitUndefined({ policyName, ruleId, reason, outline, approvers, decidedBy, decidedAt, note }),
    grant: omitUndefined({ approvalId: approved.approvalId, for: kind, free, pinnedHash, rules: terms.rules }),
  };
}

export function isGrant(approval: StoredApproval): approval is StoredGrant {
  return approval.grant !== undefined;
}

/**
 * Returns true if a grant clears a call now. Its approvers must have considered all rules that require an approval of the
 * call, and the call's requester cannot be one that the rules need.
 */
export function clears(
  stored: StoredGrant,
  { arguments: args, principalId }: RequestedCall,
  { rules }: GrantTerms,
  needs: readonly ApproverNeed[],
  now: number,
): boolean {
  const { grant, expiresAt, status } = stored;
  const isInEffect = status === 'approved' && now < expiresAt;
  if (!isInEffect || !rules.every((rule) => grant.rules.includes(rule)) || !meets(needs, stored, principalId))
    return false;
  return grant.for === 'conversation' || grant.pinnedHash === canonicalHash(withoutFree(args, grant.free));
}

/** A call with an argument that the approved one lacks is no similar one. */
function withoutFree(args: unknown, free: readonly string[] = []): unknown {
  if (!isJsonObject(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([name]) => !free.includes(name)));
}

function refused(message: string): GatewayError {
  return new GatewayError('configuration', message, { status: 400 });
}
