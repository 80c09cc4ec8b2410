import { freezeJson } from '../../internal/json.ts';
import type { ApprovalChange, StoredApproval } from './approval-store.ts';

/** The parts of an approval that may be large. */
const PARTS = ['arguments', 'headers'] as const;

/**
 * The same approval, whose arguments and headers are kept as their JSON and read when somebody asks for them: as objects they may
 * take twenty times as much memory (`[{},{},…]`).
 */
export function compact(approval: StoredApproval): StoredApproval {
  const kept: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(approval);
  for (const part of PARTS) {
    const json = JSON.stringify(approval[part]) as string | undefined;
    if (json !== undefined) kept[part] = { get: reader(json), enumerable: true, configurable: true };
  }
  return Object.defineProperties({}, kept) as StoredApproval;
}

/** The approval with what is new about it; nothing that is kept as JSON is read for that. */
export function withChange(approval: StoredApproval, change: ApprovalChange): StoredApproval {
  const changed = { ...Object.getOwnPropertyDescriptors(approval), ...Object.getOwnPropertyDescriptors(change) };
  return Object.defineProperties({}, changed) as StoredApproval;
}

/** The approval without its arguments and its headers. */
export function withoutCall(approval: StoredApproval): StoredApproval {
  const { arguments: _arguments, headers: _headers, ...rest } = Object.getOwnPropertyDescriptors(approval);
  return Object.defineProperties({}, { ...rest, ...CALL_GONE }) as StoredApproval;
}

const CALL_GONE = Object.getOwnPropertyDescriptors({ arguments: undefined, isCallGone: true });

/** The same object for as long as somebody holds it. */
function reader(json: string): () => unknown {
  let last: WeakRef<object> | undefined;
  return () => {
    const held = last?.deref();
    if (held) return held;
    const value = freezeJson(JSON.parse(json) as unknown);
    if (typeof value === 'object' && value !== null) last = new WeakRef(value);
    return value;
  };
}
