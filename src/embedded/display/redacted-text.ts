import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { detect, redact } from '../detection/detect.ts';
import { DEFAULT_REGIONS } from '../detection/personal/phone.ts';
import { DATA_CLASSES, type DataClass } from '../detection/span.ts';

/** Replaces text that cannot be redacted in part. */
export const REDACTED = '[REDACTED]';

const MAX_NAME_LENGTH = 200;
const MAX_NODES = 200_000;
const MAX_LEAVES = 8;
/** Maximum length of a value that can be a name or an address. */
const MAX_LEAF_LENGTH = 2_000;

/**
 * The classes hidden from logs and lists. INTERNAL stays visible: approvers and readers of the audit log are internal.
 */
export const REDACTED_CLASSES: ReadonlySet<DataClass> = new Set<DataClass>(['SECRETS', 'PII', 'PHI']);

/**
 * Redacts a name or a note. Phone numbers count only with a country prefix, because other digits are more often an id.
 */
export function redactText(text: string): string {
  const clean = redact(detect(text, { regions: [] }), REDACTED_CLASSES)?.body;
  return typeof clean === 'string' ? clean : REDACTED;
}

/** Redacts a value for approvers; undefined if that is not completely possible. */
export function redactedForApprovers(value: unknown): ReturnType<typeof redact> {
  return redact(detect(value, { regions: DEFAULT_REGIONS }), new Set(DATA_CLASSES));
}

/** Redacts a name and truncates it after 200 characters. */
export function redactName(name: string): string {
  return truncate(redactText(name), MAX_NAME_LENGTH);
}

/** Truncates with an ellipsis. */
export function truncate(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A string or number of the arguments, with the names of its field and of the enclosing field. */
interface Leaf {
  readonly value: string | number;
  readonly key: string;
  readonly parentKey: string;
}

/**
 * Masks a name from the arguments in the same way as the redacted arguments: a recipient in `to` stays, but the same
 * address in a redacted field becomes `[REDACTED]`. A name that is not in the arguments is redacted as text.
 */
export function maskName(body: unknown, name: string, regions: readonly string[]): string {
  const leaves = leavesWith(body, name.toLowerCase());
  if (leaves.length === 0) return redactText(name);
  return leaves.some((leaf) => isShown(leaf, name.toLowerCase(), regions)) ? name : REDACTED;
}

function leavesWith(body: unknown, name: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const open: [node: unknown, key: string, parentKey: string][] = [[body, '', '']];
  for (let visited = 0; visited < MAX_NODES && leaves.length < MAX_LEAVES; visited += 1) {
    const next = open.pop();
    if (!next) break;
    const [node, key, parentKey] = next;
    if (Array.isArray(node)) for (const item of node) open.push([item, key, parentKey]);
    else if (isJsonObject(node)) for (const [own, child] of Object.entries(node)) open.push([child, own, key]);
    else if (typeof node === 'string' || typeof node === 'number') {
      const text = String(node);
      if (text.length <= MAX_LEAF_LENGTH && text.toLowerCase().includes(name)) {
        leaves.push({ value: node, key, parentKey });
      }
    }
  }
  return leaves;
}

function isShown({ value, key, parentKey }: Leaf, name: string, regions: readonly string[]): boolean {
  const clean = redact(detect({ [parentKey]: { [key]: value } }, { regions }), REDACTED_CLASSES)?.body;
  // By position: redaction may have renamed the keys.
  const [field] = Object.values((clean ?? {}) as JsonObject);
  const [shown] = Object.values((field ?? {}) as JsonObject);
  const text = typeof shown === 'number' ? String(shown) : shown;
  return typeof text === 'string' && text.toLowerCase().includes(name);
}
