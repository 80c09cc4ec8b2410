import type { Argument } from './arguments.ts';
import { memoizeByKey } from '../detection/key-words.ts';
import { SETTINGS, type SettingRow } from './data/settings.ts';

/** What a change means by what it sets, whatever the function is called. */
export interface SettingEffect {
  readonly isAdmin: boolean;
  readonly categories: readonly string[];
  readonly operations: readonly string[];
}

/** Characters. No setting and no path is longer. */
const MAX_LENGTH = 5_000;
const OFF = /^(?:false|off|no|none|never|disabled?|inactive|suspended|0)$/i;
const ON = /^(?:true|on|yes|always|enabled?|active|1)$/i;
/** Fields that turn on or off what the function's name says: `update_branch_protection({ enabled: false })`. */
const SWITCH = /^(?:is_)?(?:enabled?|active|status|state|on|value|disabled)$/;
const NEGATIVE = /(?:^|_)(?:disabled?|skip|without|bypass|no|non|un)(?:_|$)/;

/** Memoized: a call may have many fields of one name. */
const rowsOf = memoizeByKey((name): readonly SettingRow[] => SETTINGS.filter(({ fields }) => fields.test(name)));

/**
 * Reads the settings in the arguments of a call that changes something.
 *
 * @param functionName in words, joined by underscores
 */
export function settingEffect(given: readonly Argument[], functionName: string): SettingEffect {
  const ofFunction = rowsOf(functionName).filter(({ to }) => typeof to === 'boolean');
  const rows = new Set<SettingRow>();
  for (const { field, value } of given) {
    for (const row of rowsOf(field.name)) if (isSet(row, field.name, value)) rows.add(row);
    if (ofFunction.length === 0 || !SWITCH.test(field.name)) continue;
    for (const row of ofFunction) if (isSet(row, field.name, value)) rows.add(row);
  }
  const found = [...rows];
  return {
    isAdmin: found.some(({ isAdmin }) => isAdmin),
    categories: found.flatMap(({ category }) => category ?? []),
    operations: found.flatMap(({ operation }) => operation ?? []),
  };
}

function isSet({ to }: SettingRow, name: string, value: Argument['value']): boolean {
  const text = String(value).trim();
  if (to instanceof RegExp) return text.length <= MAX_LENGTH && to.test(text);
  const isNegative = NEGATIVE.test(name);
  return to === (ON.test(text) ? !isNegative : OFF.test(text) ? isNegative : undefined);
}
