import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { isJsonObject } from '../../internal/json.ts';

export interface Leaf {
  /** The names of the enclosing fields, the outermost first. */
  readonly keys: readonly string[];
  /** The path, such as `user.emails[0]`. */
  readonly path: string;
  readonly value: string | number | boolean;
  /** True if the leaf is a field name of the object at `path`. */
  readonly isName: boolean;
}

const MAX_NESTING = 3;
/** Maximum depth. The arguments, and each JSON string in them, are at most 200 levels deep. */
const MAX_DEPTH = 800;

/**
 * Lists all strings, numbers, booleans and field names of a JSON value, including nested JSON strings. Throws rather
 * than omit a value, because a condition must not miss one. (`argumentsIn`, which identifies calls, stops at a budget
 * instead.)
 *
 * @throws RangeError for a value nested deeper than arguments can be
 */
export function leavesOf(body: unknown): readonly Leaf[] {
  if (typeof body !== 'object' || body === null || !Object.isFrozen(body)) return readLeaves(body);
  const known = cachedLeaves.get(body) ?? readLeaves(body);
  cachedLeaves.set(body, known);
  return known;
}

/** Caches by the body: all rules read the same one, which the runner freezes deeply. */
const cachedLeaves = new WeakMap<object, readonly Leaf[]>();

function readLeaves(body: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const open: { node: unknown; keys: readonly string[]; path: string; depth: number; nesting: number }[] = [
    { node: body, keys: [], path: '', depth: 0, nesting: 0 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, keys, path, depth, nesting } = next;
    if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) {
        open.push({ node: item, keys, path: `${path}[${index}]`, depth: depth + 1, nesting });
      }
    } else if (isJsonObject(node)) {
      for (const [key, value] of Object.entries(node)) {
        leaves.push({ keys, path, value: key, isName: true });
        const inner = { keys: [...keys, key], path: path === '' ? key : `${path}.${key}` };
        open.push({ node: value, ...inner, depth: depth + 1, nesting });
      }
    } else if (typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean') {
      leaves.push({ keys, path, value: node, isName: false });
      const nested =
        typeof node === 'string' && nesting < MAX_NESTING && looksLikeJson(node) ? parsed(node) : undefined;
      if (nested) open.push({ node: nested[0], keys, path, depth: depth + 1, nesting: nesting + 1 });
    }
  }
  return leaves;
}
