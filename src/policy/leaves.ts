import { isJsonObject } from '../internal/json.ts';

export interface Leaf {
  /** The names of the fields around it, the outermost first. */
  readonly keys: readonly string[];
  /** As `user.emails[0]`. */
  readonly path: string;
  readonly value: string | number;
}

/** The texts and numbers of a JSON value. */
export function leavesOf(body: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const open: [node: unknown, keys: readonly string[], path: string][] = [[body, [], '']];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, keys, path] = next;
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) open.push([item, keys, `${path}[${index}]`]);
    } else if (isJsonObject(node)) {
      for (const [key, value] of Object.entries(node)) {
        open.push([value, [...keys, key], path === '' ? key : `${path}.${key}`]);
      }
    } else if (typeof node === 'string' || typeof node === 'number') {
      leaves.push({ keys, path, value: node });
    }
  }
  return leaves;
}
