import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { isPersonRole } from './addressing.ts';
import { Budget, DECODE_COST } from './budget.ts';
import type { BodyScan, Leaf } from './hit.ts';
import { textOfBytes } from './encoded-runs.ts';
import { isLossless, parsed } from './nested-json.ts';
import { both, Reader, type Reading } from './reader.ts';
import type { Detector } from './span.ts';
import { areHalves, holdsWhenJoined, joined, Pieces, type Piece } from './split-values.ts';

// Minimum length of a finding.
const MIN_LENGTH = 3;
const MIN_NUMBER = 100;
const MAX_SHOWN_LENGTH = 64;
const NESTED = 'nested JSON';

/** An object or array that the scan has not walked yet. */
interface Branch {
  readonly node: object;
  readonly path: string;
  readonly isRoot: boolean;
  readonly key: string | undefined;
  readonly around: string | undefined;
  readonly isOuter: boolean;
  readonly isInRole: boolean;
  readonly depth: number;
  /** The number of JSON strings around it. */
  readonly nesting: number;
  /** The reading that contains it, if it was decoded. */
  readonly within: Reading | undefined;
}

/** Scans the names and values of a body, and every decoded form of its strings. */
export function scanBody(
  body: unknown,
  detectors: readonly Detector[],
  regions: readonly string[],
  made: ReadonlySet<string> = new Set(),
): BodyScan {
  return new TreeWalk(detectors, regions, made).run(body);
}

class TreeWalk {
  readonly #budget = new Budget();
  readonly #reader: Reader;
  readonly #cleanNames = new Set<string>();
  readonly #nested = new Map<object, Map<string | number, readonly [unknown]>>();
  #hasForeign = false;

  constructor(detectors: readonly Detector[], regions: readonly string[], made: ReadonlySet<string>) {
    this.#reader = new Reader(detectors, regions, made, this.#budget, (text, reading) => this.#nest(text, reading));
  }

  run(body: unknown): BodyScan {
    const root = [body] as const;
    this.#walk({
      node: root,
      path: '',
      isRoot: true,
      key: undefined,
      around: undefined,
      isOuter: false,
      isInRole: false,
      depth: 0,
      nesting: 0,
      within: undefined,
    });
    return {
      root,
      hits: this.#reader.hits,
      nested: this.#nested,
      isComplete: !this.#budget.isExceeded && !this.#reader.hasFailed && !this.#hasForeign,
    };
  }

  #walk(root: Branch): void {
    const open = [root];
    const pieces: Piece[] = [];
    for (let branch = open.pop(); branch && !this.#budget.isExceeded; branch = open.pop()) {
      const children = this.#children(branch, pieces);
      for (let child = children.pop(); child; child = children.pop()) {
        if (this.#budget.allowsDepth(child.depth)) open.push(child);
      }
    }
    if (pieces.length > 1) this.#join(pieces, root);
  }

  /** Reads the names and values of one object or array. Returns its children, which need walking next. */
  #children(branch: Branch, pieces: Piece[]): Branch[] {
    const children: Branch[] = [];
    if (Array.isArray(branch.node)) {
      const items = branch.node as readonly unknown[];
      for (let index = 0; index < items.length && this.#budget.take('nodes'); index += 1) {
        const path = branch.isRoot ? branch.path : `${branch.path}[${index}]`;
        this.#member(branch, index, items[index], path, branch.key, children, pieces);
      }
    } else {
      for (const name of Object.keys(branch.node)) {
        if (!this.#budget.take('nodes')) break;
        const shown = this.#name(branch, name);
        const path = branch.path === '' ? shown : `${branch.path}.${shown}`;
        this.#member(branch, name, (branch.node as JsonObject)[name], path, name, children, pieces);
      }
    }
    return children;
  }

  #member(
    branch: Branch,
    name: string | number,
    value: unknown,
    path: string,
    key: string | undefined,
    children: Branch[],
    pieces: Piece[],
  ): void {
    const { nesting, within, isInRole } = branch;
    if (typeof value === 'string') {
      const leaf = valueLeaf(branch, name, path, key);
      this.#read(value, leaf, branch);
      pieces.push({ leaf, text: value });
    } else if (typeof value === 'number') {
      if (Number.isInteger(value) && Math.abs(value) < MIN_NUMBER) return;
      this.#read(String(value), valueLeaf(branch, name, path, key), branch);
    } else if (Array.isArray(value)) {
      this.#readBytes(value, valueLeaf(branch, name, path, key), branch);
      children.push({ ...branch, node: value, path, isRoot: false, key, depth: branch.depth + 1 });
    } else if (isJsonObject(value)) {
      this.#readBytes(value, valueLeaf(branch, name, path, key), branch);
      children.push({
        node: value,
        path,
        isRoot: false,
        key: undefined,
        around: key,
        isOuter: branch.isRoot && nesting === 0,
        isInRole: isInRole || (key !== undefined && isPersonRole(key)),
        depth: branch.depth + 1,
        nesting,
        within,
      });
    } else if (value !== null && value !== undefined && typeof value !== 'boolean') {
      this.#hasForeign = true;
    }
  }

  #read(text: string, leaf: Leaf, { within, nesting, depth }: Branch): void {
    if (text.length < MIN_LENGTH) return;
    if (!this.#budget.take('bodyCharacters', text.length)) return;
    const { key } = leaf;
    this.#reader.read(
      text,
      within
        ? { ...within, key, nesting, depth }
        : {
            leaf,
            key,
            offset: 0,
            slot: undefined,
            encoding: nesting > 0 ? NESTED : undefined,
            decoded: 0,
            nesting,
            depth,
          },
    );
  }

  /** Reads a list of bytes as text, such as `data` of a `Buffer`. A finding replaces the list. */
  #readBytes(list: object, leaf: Leaf, { within, nesting, depth }: Branch): void {
    const text = textOfBytes(list);
    if (text === undefined || !this.#budget.take('readCharacters', text.length)) return;
    const { key } = leaf;
    const place = within ?? { leaf, slot: undefined, encoding: nesting > 0 ? NESTED : undefined, decoded: 0 };
    this.#reader.read(text, {
      ...place,
      offset: undefined,
      key,
      nesting,
      depth,
      encoding: both(place.encoding, 'bytes'),
    });
  }

  /** Reads a field name, only once if it is clean. Returns its form for paths. */
  #name(branch: Branch, name: string): string {
    const shown = name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name;
    if (name.length < MIN_LENGTH || (!branch.within && this.#cleanNames.has(name))) return shown;
    const { hits } = this.#reader;
    const before = hits.length;
    this.#read(name, nameLeaf(branch, name, ''), branch);
    const own = hits.splice(before);
    const [first] = own;
    if (!first) {
      // Inside a decoded string, a name without new hits may still have known ones.
      if (!branch.within) this.#cleanNames.add(name);
      return shown;
    }
    const mark = `[REDACTED:${first.type}]`;
    const leaf = branch.within?.leaf ?? nameLeaf(branch, name, branch.path === '' ? mark : `${branch.path}.${mark}`);
    for (const hit of own) hits.push({ ...hit, leaf, isWhole: true });
    return mark;
  }

  #join(strings: readonly Piece[], { within, nesting }: Branch): void {
    for (const { text, pieces } of joined(strings)) {
      if (!this.#budget.take('readCharacters', text.length)) return;
      const spans = this.#reader.find(text, undefined, true);
      const parts = new Pieces(pieces);
      for (const { start, end, dataClass, type } of spans) {
        const concerned = parts.within(start, end);
        if (!holdsWhenJoined(text, { start, dataClass, type }) && !(type === 'CARD' && areHalves(concerned))) continue;
        if (concerned.length < 2 || concerned.some(({ leaf }) => leaf.known !== undefined)) continue;
        const value = text.slice(start, end);
        const encoding = nesting > 0 ? `${NESTED}, split` : 'split';
        for (const { leaf } of concerned) {
          const hit = { dataClass, type, value, start: 0, end: 0, isWhole: true, isAddress: false, encoding };
          this.#reader.keep({ ...hit, leaf: within?.leaf ?? leaf });
        }
      }
    }
  }

  #nest(text: string, reading: Reading): boolean {
    if (!this.#budget.take('readCharacters', DECODE_COST)) return true;
    const root = parsed(text);
    if (!root) return false;
    const { leaf, offset, slot, depth } = reading;
    const isOwn = leaf.where === 'value' && offset === 0 && slot === undefined;
    if (isOwn) {
      const others = this.#nested.get(leaf.container) ?? new Map<string | number, readonly [unknown]>();
      this.#nested.set(leaf.container, others.set(leaf.name, root));
    }
    this.#walk({
      node: root,
      path: leaf.path,
      isRoot: true,
      key: reading.key,
      around: leaf.around,
      isOuter: false,
      isInRole: leaf.isInRole,
      depth: depth + 1,
      nesting: reading.nesting + 1,
      within: isOwn ? undefined : { ...reading, offset: undefined, encoding: both(reading.encoding, NESTED) },
    });
    return this.#budget.isExceeded || isLossless(text, root[0]);
  }
}

function valueLeaf(branch: Branch, name: string | number, path: string, key: string | undefined): Leaf {
  const { node: container, around, isOuter, isInRole } = branch;
  return { container, name, where: 'value', path, key, around, isOuter, isInRole, known: undefined };
}

function nameLeaf(branch: Branch, name: string, path: string): Leaf {
  return { ...valueLeaf(branch, name, path, undefined), where: 'key' };
}
