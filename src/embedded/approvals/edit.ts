import { ambiguities } from '../../internal/exact-json.ts';
import {
  canonicalJson,
  changedFields,
  editedFields,
  freezeJson,
  isJson,
  isJsonObject,
  type JsonObject,
} from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { pathText } from '../../internal/json-path.ts';
import { parseUrl } from '../../internal/url.ts';
import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { ApprovalChange, ApproverNeed, Edit, StoredApproval } from './approval-store.ts';
import { approversOf, type Decider } from './approvers.ts';
import type { GrantOptions } from './grants.ts';

/** The limit of a scan. */
const MAX_BYTES = 256 * 1024;

/** The gateway refuses an approver's edit, and the approval stays pending. The message says why. */
export class EditError extends GatewayError {
  override readonly name: string = 'EditError';
  /** The rule and the policy that deny the edited call, if one does. */
  readonly ruleId: string | undefined;
  readonly policyName: string | undefined;
  readonly reasonCodes: readonly string[];

  constructor(message: string, why: Partial<Pick<EditError, 'ruleId' | 'policyName' | 'reasonCodes'>> = {}) {
    super('configuration', `The gateway refuses the edit: ${message}`, { status: 422 });
    this.ruleId = why.ruleId;
    this.policyName = why.policyName;
    this.reasonCodes = why.reasonCodes ?? [];
  }
}

/** An approval, of the requested call or of an edited one. */
export interface ApproveOptions extends Decider {
  /** The arguments that run instead of the requested ones. Default: the call runs as it was requested. */
  readonly arguments?: JsonObject | undefined;
  /** Allows further calls, as far as the rules' `x_grant` allows it. Default: this call only. */
  readonly grant?: GrantOptions | undefined;
}

/** The arguments that an approver approves. */
export interface ApprovedArguments {
  readonly arguments: JsonObject;
  /** Absent if the call would have run with them anyway. `needs`: the approvers that the edited call needs. */
  readonly edit?: Edit & { readonly needs: readonly ApproverNeed[] };
}

/**
 * Copies the arguments that an approver wrote, frozen.
 *
 * @throws EditError for arguments that no scan takes
 */
export function writtenArguments(given: unknown): JsonObject {
  let problem: string | undefined;
  try {
    if (!isJsonObject(given) || !isJson(given)) throw new TypeError('not a JSON object');
    freezeJson(structuredClone(given));
    const json = JSON.stringify(given);
    const [first] = ambiguities(json, true);
    if (first) problem = `${pathText(first.path)}: ${first.problem}`;
    else if (Buffer.byteLength(json) > MAX_BYTES) problem = `the arguments are larger than ${MAX_BYTES / 1024} KB.`;
    else return freezeJson(JSON.parse(json) as JsonObject);
  } catch (error) {
    problem = `the arguments are ${error instanceof TypeError ? error.message : 'not JSON'}.`;
  }
  throw new EditError(problem);
}

/** Returns true if a call would run with these arguments if it were approved now. */
export function isAsItStands({ editedArguments, arguments: requested }: StoredApproval, body: JsonObject): boolean {
  return canonicalJson(body) === canonicalJson(editedArguments ?? requested);
}

/**
 * Builds the request of an edited call.
 *
 * @throws EditError for arguments that the requester does not run, or that decide where the call goes
 */
export function editedRequest(approval: StoredApproval, body: JsonObject): ScanRequest {
  const { functionName, method, url, agentId, agentName, editable, arguments: requested } = approval;
  if (!editable) throw new EditError("the agent's client cannot run edited arguments.");
  const before: JsonObject = isJsonObject(requested) ? requested : {};
  for (const key of ['method', 'url'] as const) {
    const isChanged = canonicalJson(before[key] ?? null) !== canonicalJson(body[key] ?? null);
    if (isChanged && !editable.isTargetDeclared && [before, body].some((each) => TARGET[key](approval, each[key])))
      throw new EditError(
        `"${key}" decides where the call goes. Deny the call, so that the agent can make another one.`,
      );
  }
  const { hadConversation: _, ...rest } = editable;
  return { functionName, method, url, body, ...rest, ...omitUndefined({ agentId, agentName }) };
}

/**
 * Compares arguments with the requested ones, and with those that the approver wrote.
 *
 * @param clean the arguments that will run
 */
export function editOf(requested: unknown, written: unknown, clean: JsonObject): Omit<Edit, 'resources' | 'outline'> {
  const sanitizedFields = changedFields(written, clean);
  return { editedArguments: clean, editedFields: editedFields(requested, clean), sanitizedFields };
}

/**
 * Returns what an approver's arguments change in an approval: an edit voids what other approvers gave for other ones.
 *
 * @param approved undefined for the call as it was requested
 * @throws EditError if another approver has edited the call, so that this one may not have seen what would run
 */
export function changeByEdit(approval: StoredApproval, approved: ApprovedArguments | undefined): ApprovalChange {
  if (approved ? isAsItStands(approval, approved.arguments) : !approval.editedArguments) return {};
  if (!approved?.edit)
    throw new EditError('another approver has edited the call. Approve it with its edited arguments, or edit them.');
  const { needs, ...edit } = approved.edit;
  const approvers = approversOf([...(approval.approvers?.needs ?? []), ...needs]);
  return { ...edit, ...omitUndefined({ approvers }) };
}

type IsTarget = (call: Pick<StoredApproval, 'method' | 'url'>, value: unknown) => boolean;

/** The arguments from which a runner takes the method and the URL of a call, if the tool has neither. */
const TARGET: Readonly<Record<'method' | 'url', IsTarget>> = {
  method: ({ method }, value) => typeof value === 'string' && value.toUpperCase() === method.toUpperCase(),
  url({ url }, value) {
    const [target, chosen] = [parseUrl(url), typeof value === 'string' ? parseUrl(value) : undefined];
    if (!chosen) return false;
    // The runner omits credentials.
    chosen.username = '';
    chosen.password = '';
    return chosen.href === target?.href || (target?.hostname === 'tools.invalid' && /^https?:$/.test(chosen.protocol));
  },
};
