import { isJsonObject } from '../../internal/json.ts';

/** The path from the root to a member. */
export interface Trail {
  readonly name: string | number;
  readonly around: Trail | undefined;
}

/** The functions that rewrite members of objects and arrays. */
export interface Rewriting {
  /** Returns a field's new name, or its current one. */
  readonly rename: (container: object, name: string) => string;
  /** Returns a member's new value; undefined to keep it and rewrite its members. */
  readonly replace: (container: object, trail: Trail, value: unknown) => unknown;
  /** Replaces objects and arrays that are nested too deep. */
  readonly tooDeep: unknown;
}

const MAX_DEPTH = 500;

/**
 * Rewrites the value in `root`. Unchanged parts stay the same objects.
 *
 * @param outer the path to the string that the value was parsed from
 */
export function rewrite(root: readonly [unknown], rewriting: Rewriting, outer?: Trail): unknown {
  const trail = outer ?? { name: 0, around: undefined };
  return rewriteMember(root, trail, root[0], rewriting, 0);
}

function rewriteMember(container: object, trail: Trail, value: unknown, rewriting: Rewriting, depth: number): unknown {
  const replaced = rewriting.replace(container, trail, value);
  if (replaced !== undefined) return replaced;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return rewriting.tooDeep;
  if (Array.isArray(value)) {
    const items = (value as readonly unknown[]).map((item, index) =>
      rewriteMember(value, { name: index, around: trail }, item, rewriting, depth + 1),
    );
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  let isChanged = false;
  const entries: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const next = rewriteMember(value, { name, around: trail }, item, rewriting, depth + 1);
    const renamed = rewriting.rename(value, name);
    isChanged ||= next !== item || renamed !== name;
    entries.push([renamed, next]);
  }
  return isChanged ? Object.fromEntries(entries) : value;
}

/** Formats a path, such as `user.emails[0]`. */
export function pathOf(trail: Trail): string {
  let path = '';
  for (const name of namesOf(trail)) {
    if (typeof name === 'number') path += `[${name}]`;
    else path += path === '' ? name : `.${name}`;
  }
  return path;
}

/** Lists the names and array indexes of a path, from the body on. */
export function namesOf(trail: Trail): readonly (string | number)[] {
  const names: (string | number)[] = [];
  for (let at: Trail = trail; at.around; at = at.around) names.push(at.name);
  return names.reverse();
}
