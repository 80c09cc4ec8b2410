import { isJsonObject } from '../../internal/json.ts';

/** The way to a member of the tree. */
export interface Trail {
  readonly name: string | number;
  readonly around: Trail | undefined;
}

/** What becomes of the members of objects and lists. */
export interface Rewriting {
  /** The name that a field gets, or its own. */
  readonly rename: (container: object, name: string) => string;
  /** The value that a member gets; `undefined` for it to stay, or to be walked through. */
  readonly replace: (container: object, trail: Trail, value: unknown) => unknown;
  /** What stands in place of objects and lists that nest too deep. */
  readonly tooDeep: unknown;
}

const MOST_DEPTH = 500;

/**
 * The value in `root` with what is replaced; parts that do not change are the same objects.
 *
 * @param outer the way to the text that the value was parsed from
 */
export function rewrite(root: readonly [unknown], rewriting: Rewriting, outer?: Trail): unknown {
  const trail = outer ?? { name: 0, around: undefined };
  return rewriteMember(root, trail, root[0], rewriting, 0);
}

function rewriteMember(container: object, trail: Trail, value: unknown, rewriting: Rewriting, depth: number): unknown {
  const replaced = rewriting.replace(container, trail, value);
  if (replaced !== undefined) return replaced;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MOST_DEPTH) return rewriting.tooDeep;
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

/** The way as a path, such as `user.emails[0]`. */
export function pathOf(trail: Trail): string {
  let path = '';
  for (const name of namesOf(trail)) {
    if (typeof name === 'number') path += `[${name}]`;
    else path += path === '' ? name : `.${name}`;
  }
  return path;
}

/** The names on the way and the places in lists, from the body on. */
export function namesOf(trail: Trail): readonly (string | number)[] {
  const names: (string | number)[] = [];
  for (let at: Trail = trail; at.around; at = at.around) names.push(at.name);
  return names.reverse();
}
