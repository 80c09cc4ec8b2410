import { freezeJson } from '../../internal/json.ts';
import type { ApprovalChange, StoredApproval } from './approval-store.ts';

/** The fields of an approval that may be large. */
const LAZY_FIELDS = ['arguments', 'headers'] as const;

/**
 * Returns the approval with its arguments and headers as JSON that is parsed on access. As objects, they may take
 * twenty times as much memory (`[{},{},…]`).
 */
export function lazyArguments(approval: StoredApproval): StoredApproval {
  return withLazyCall(approval, callJson(approval));
}

/** The arguments and headers of a call as JSON. */
export type CallJson = { readonly [Field in (typeof LAZY_FIELDS)[number]]?: string | undefined };

export function callJson(approval: StoredApproval): CallJson {
  return Object.fromEntries(LAZY_FIELDS.map((field) => [field, JSON.stringify(approval[field]) as string | undefined]));
}

/** Returns the approval with these arguments and headers, which are parsed on access. */
export function withLazyCall(approval: StoredApproval, call: CallJson): StoredApproval {
  const properties: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(approval);
  for (const field of LAZY_FIELDS) {
    const json = call[field];
    if (json !== undefined) properties[field] = { get: parseOnAccess(json), enumerable: true, configurable: true };
  }
  return Object.defineProperties({}, properties) as StoredApproval;
}

/** Returns the changed approval, without parsing its arguments. */
export function withChange(approval: StoredApproval, change: ApprovalChange): StoredApproval {
  const changed = { ...Object.getOwnPropertyDescriptors(approval), ...Object.getOwnPropertyDescriptors(change) };
  return Object.defineProperties({}, changed) as StoredApproval;
}

/** Returns the approval without its arguments and headers. */
export function withoutCall(approval: StoredApproval): StoredApproval {
  const { arguments: _arguments, headers: _headers, ...rest } = Object.getOwnPropertyDescriptors(approval);
  return Object.defineProperties({}, { ...rest, ...CALL_GONE }) as StoredApproval;
}

const CALL_GONE = Object.getOwnPropertyDescriptors({ arguments: undefined, isCallGone: true });

/** Creates a getter that returns the same object as long as your code references it. */
function parseOnAccess(json: string): () => unknown {
  let last: WeakRef<object> | undefined;
  return () => {
    const known = last?.deref();
    if (known) return known;
    const value = freezeJson(JSON.parse(json) as unknown);
    if (typeof value === 'object' && value !== null) last = new WeakRef(value);
    return value;
  };
}
