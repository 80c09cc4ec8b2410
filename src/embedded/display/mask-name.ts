import { detect, redact } from '../detection/detect.ts';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { cleanText, KEPT_OUT, REDACTED } from './redacted-text.ts';

/** A text or number of the arguments, with the names of its field and of the one around it. */
interface Leaf {
  readonly value: string | number;
  readonly key: string;
  readonly around: string;
}

const MOST_NODES = 200_000;
const MOST_LEAVES = 8;
/** In a longer text nothing is an address that stays. */
const LONGEST_LEAF = 2_000;

/**
 * A name that was read from the arguments, as the redacted arguments show it: a recipient in `to` stays, the same address in a
 * field that is redacted is replaced. A name that stands nowhere in them is cleaned as a text.
 */
export function namedIn(body: unknown, name: string, regions: readonly string[]): string {
  const leaves = leavesWith(body, name.toLowerCase());
  if (leaves.length === 0) return cleanText(name);
  return leaves.some((leaf) => isShown(leaf, name.toLowerCase(), regions)) ? name : REDACTED;
}

function leavesWith(body: unknown, name: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const open: [node: unknown, key: string, around: string][] = [[body, '', '']];
  for (let looked = 0; looked < MOST_NODES && leaves.length < MOST_LEAVES; looked += 1) {
    const next = open.pop();
    if (!next) break;
    const [node, key, around] = next;
    if (Array.isArray(node)) for (const item of node) open.push([item, key, around]);
    else if (isJsonObject(node)) for (const [own, child] of Object.entries(node)) open.push([child, own, key]);
    else if (typeof node === 'string' || typeof node === 'number') {
      const text = String(node);
      if (text.length <= LONGEST_LEAF && text.toLowerCase().includes(name)) leaves.push({ value: node, key, around });
    }
  }
  return leaves;
}

function isShown({ value, key, around }: Leaf, name: string, regions: readonly string[]): boolean {
  const clean = redact(detect({ [around]: { [key]: value } }, { regions }), KEPT_OUT)?.body;
  // The values alone: a name that is cleaned has another key.
  const [field] = Object.values((clean ?? {}) as JsonObject);
  const [shown] = Object.values((field ?? {}) as JsonObject);
  const text = typeof shown === 'number' ? String(shown) : shown;
  return typeof text === 'string' && text.toLowerCase().includes(name);
}
