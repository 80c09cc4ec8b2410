import { checkKeys } from './checks.ts';

/** How one option is checked, and its default. */
export type OptionRow<Value> = {
  /** Throws a TypeError for an invalid value. Called for a value that was passed, and always for a required option. */
  readonly check: (option: string, value: Exclude<Value, undefined>) => unknown;
} & (undefined extends Value ? { readonly default?: Exclude<Value, undefined> } : { readonly required: true });

/** One row for each option. The options' types and docs are in their public interface. */
export type OptionTable<Options> = { readonly [Key in keyof Options]-?: OptionRow<Options[Key]> };

/** The options with defaults filled in. Only an option without a default may be undefined. */
export type Settings<Options, Table> = {
  readonly [Key in keyof Options & keyof Table]-?: Table[Key] extends { readonly default: unknown }
    ? Exclude<Options[Key], undefined>
    : Options[Key];
};

interface AnyRow {
  readonly check: (option: string, value: unknown) => unknown;
  readonly required?: true;
  readonly default?: unknown;
}

interface Reading {
  /** The function or class that takes the options, for error messages. */
  readonly owner: string;
  /** Name of an option in error messages. Default: its key. */
  readonly nameOf?: (key: string) => string;
  /** Values that replace the table's defaults. */
  readonly defaults?: object;
}

/**
 * Checks the options and fills in the defaults.
 * @throws TypeError for an unknown option and for an invalid value
 */
export function readOptions<Options extends object, Table extends OptionTable<Options>>(
  table: Table,
  options: Options,
  { owner, nameOf = (key) => key, defaults }: Reading,
): Settings<Options, Table> {
  const given = Object(options) as Readonly<Record<string, unknown>>;
  let isKnown = given === options;
  for (const key of Object.keys(given)) isKnown &&= Object.hasOwn(table, key);
  if (!isKnown) checkKeys(owner, options, Object.keys(table));
  const settings: Record<string, unknown> = {};
  for (const [key, row] of Object.entries(table as Readonly<Record<string, AnyRow>>)) {
    const value = given[key];
    if (value !== undefined || row.required) row.check(nameOf(key), value);
    settings[key] = value ?? (defaults ? (defaults as typeof given)[key] : row.default);
  }
  return settings as Settings<Options, Table>;
}
