/**
 * The truth of a condition.
 *
 * - `unknown`: it cannot be evaluated, or holds for a part of the call only. It counts as true for rules that block, and
 *   as false for rules that allow.
 * - `absent`: there is nothing to evaluate, such as no conversation. It counts as false; within `not` it is unknown.
 */
export type Truth = true | false | 'unknown' | 'absent';

/** True if all are. One that is false decides, whatever the others are. */
export function all(truths: readonly Truth[]): Truth {
  return [false, 'absent', 'unknown'].find((truth): truth is Truth => truths.includes(truth as Truth)) ?? true;
}

/** True if any is. */
export function any(truths: readonly Truth[]): Truth {
  return [true, 'unknown', 'absent'].find((truth): truth is Truth => truths.includes(truth as Truth)) ?? false;
}

export function not(truth: Truth): Truth {
  return typeof truth === 'boolean' ? !truth : 'unknown';
}

/** True if the condition is true for every value, unknown if for some of them, absent without values. */
export function forEvery<Value>(values: readonly Value[], isTrue: (value: Value) => boolean): Truth {
  if (values.length === 0) return 'absent';
  const count = values.filter(isTrue).length;
  return count === 0 ? false : count === values.length || 'unknown';
}
