import { looksLikeJson, parsed } from '../detection/nested-json.ts';
import { isJsonObject } from '../../internal/json.ts';

export interface Leaf {
  /** The names of the fields around it, the outermost first. */
  readonly keys: readonly string[];
  /** As `user.emails[0]`. */
  readonly path: string;
  readonly value: string | number | boolean;
  /** Whether it is the name of a field, which the object at `path` has. */
  readonly isName: boolean;
}

const MOST_NESTED = 3;
/** Arguments are at most 200 levels deep, and so is what is written in them. */
const DEEPEST = 800;

/**
 * The texts, numbers, truth values and names of fields of a JSON value; of a text that is JSON also those of its value. All of
 * them, or none: a condition that missed one would not hold, while `argumentsIn`, by which a call is told, reads what it has time for.
 *
 * @throws RangeError for what is nested deeper than arguments ever are
 */
export function leavesOf(body: unknown): readonly Leaf[] {
  if (typeof body !== 'object' || body === null || !Object.isFrozen(body)) return readLeaves(body);
  const known = leavesBefore.get(body) ?? readLeaves(body);
  leavesBefore.set(body, known);
  return known;
}

/** Every rule asks about the same body; the runner freezes it through and through. */
const leavesBefore = new WeakMap<object, readonly Leaf[]>();

function readLeaves(body: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const open: { node: unknown; keys: readonly string[]; path: string; depth: number; nesting: number }[] = [
    { node: body, keys: [], path: '', depth: 0, nesting: 0 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, keys, path, depth, nesting } = next;
    if (depth > DEEPEST) throw new RangeError(`nested deeper than ${DEEPEST} levels`);
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
        typeof node === 'string' && nesting < MOST_NESTED && looksLikeJson(node) ? parsed(node) : undefined;
      if (nested) open.push({ node: nested[0], keys, path, depth: depth + 1, nesting: nesting + 1 });
    }
  }
  return leaves;
}
