/** An object whose properties are absent where they may be undefined in `T`. */
export type OmitUndefined<T extends object> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Copies an object without the properties whose value is undefined. Keeps the order of the others. */
export function omitUndefined<const T extends object>(object: T): OmitUndefined<T> {
  const defined: Record<string, unknown> = {};
  // Without an array for each entry: this runs several times for each call.
  for (const key of Object.keys(object)) {
    const value = object[key as keyof T];
    if (value !== undefined) defined[key] = value;
  }
  return defined as OmitUndefined<T>;
}
