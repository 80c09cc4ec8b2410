import { editsFor } from './bare-values.ts';
import type { BodyScan, Hit, Leaf } from './hit.ts';
import { BYTE_ORDER_MARK, looksLikeJson, parsed } from './nested-json.ts';
import { normalise } from './normalise.ts';
import { FIELD_PLACEHOLDER, type Placeholders } from './placeholders.ts';
import { namesOf, pathOf, rewrite, type Rewriting, type Trail } from './rewrite.ts';
import { mergeOverlaps, type DataClass } from './span.ts';

const MAX_NESTING = 3;

/** A redacted body. */
export interface Redaction {
  readonly body: unknown;
  /** The paths of replaced values, such as `user.emails[0]`; never the values. */
  readonly fields: readonly string[];
}

/** The hits in the values and names of one object or array. */
interface HitsByMember {
  readonly values: Map<string | number, Hit[]>;
  readonly names: Map<string | number, Hit[]>;
}

/** Replaces the hits of these classes by placeholders. */
export function replaceHits(scan: BodyScan, classes: ReadonlySet<DataClass>, placeholders: Placeholders): Redaction {
  const hits = scan.hits.filter(({ dataClass, isAddress }) => !isAddress && classes.has(dataClass));
  const hitsOf = byContainer(hits);
  const rewriting: Rewriting = {
    tooDeep: undefined,
    rename: (container, name) => {
      const first = hitsOf.get(container)?.names.get(name)?.[0];
      return first ? placeholders.of(first.type, name) : name;
    },
    replace: (container, { name }, value) => {
      const own = hitsOf.get(container)?.values.get(name);
      const whole = typeof value === 'number' ? own?.[0] : own?.find(({ isWhole }) => isWhole);
      if (whole) return placeholders.of(whole.type, whole.value);
      const nested = scan.nested.get(container)?.get(name);
      if (nested) {
        const inner = rewrite(nested, rewriting);
        if (inner !== nested[0]) return written(value, inner);
      }
      return own && typeof value === 'string' ? cut(value, own, placeholders) : undefined;
    },
  };
  const leaves = new Set<Leaf>(hits.map(({ leaf }) => leaf));
  return { body: rewrite(scan.root, rewriting), fields: [...new Set(Array.from(leaves, ({ path }) => path))] };
}

/** Writes JSON instead of a string that was JSON, after its byte order mark. */
function written(before: unknown, value: unknown): string {
  const mark = typeof before === 'string' && before.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  return mark + JSON.stringify(value);
}

function byContainer(hits: readonly Hit[]): ReadonlyMap<object, HitsByMember> {
  const hitsOf = new Map<object, HitsByMember>();
  for (const hit of hits) {
    const { container, name, where } = hit.leaf;
    const own: HitsByMember = hitsOf.get(container) ?? {
      values: new Map<string, Hit[]>(),
      names: new Map<string, Hit[]>(),
    };
    hitsOf.set(container, own);
    const members = where === 'key' ? own.names : own.values;
    const known = members.get(name);
    if (known) known.push(hit);
    else members.set(name, [hit]);
  }
  return hitsOf;
}

function cut(text: string, hits: readonly Hit[], placeholders: Placeholders): string {
  const edits = mergeOverlaps(hits).flatMap(({ start, end, type }) =>
    editsFor(text, start, end, placeholders.of(type, text.slice(start, end))),
  );
  let result = '';
  let at = 0;
  // What ends a value comes behind the findings on its line.
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/**
 * Replaces the whole value of each named field with `[REDACTED:FIELD]`, also in strings that are JSON.
 *
 * @param names field names, which match at any depth, or paths such as `user.email`, which may start at any field and
 * pass through arrays; case does not count
 */
export function redactFields(body: unknown, names: readonly string[]): Redaction {
  const wanted = names.map(folded).filter((name) => name !== '');
  const lasts = new Set(wanted.map(lastOf));
  const fields: string[] = [];

  const isWanted = (trail: Trail): boolean => {
    if (typeof trail.name === 'number' || !lasts.has(lastOf(folded(trail.name)))) return false;
    const way = namesOf(trail).filter((name) => typeof name === 'string');
    const path = `.${way.map(folded).join('.')}`;
    return wanted.some((name) => path.endsWith(`.${name}`));
  };

  const through = (root: readonly [unknown], outer: Trail | undefined, nesting: number): unknown => {
    const rewriting: Rewriting = {
      tooDeep: FIELD_PLACEHOLDER,
      rename: (_, name) => name,
      replace: (container, trail, value) => {
        if (container !== root && isWanted(trail)) {
          fields.push(pathOf(trail));
          return FIELD_PLACEHOLDER;
        }
        if (typeof value !== 'string' || nesting >= MAX_NESTING || !looksLikeJson(value)) return undefined;
        const nested = parsed(value);
        const next = nested && through(nested, trail, nesting + 1);
        return nested && next !== nested[0] ? written(value, next) : undefined;
      },
    };
    return rewrite(root, rewriting, outer);
  };

  return { body: wanted.length === 0 ? body : through([body], undefined, 0), fields };
}

function folded(name: string): string {
  return normalise(name.trim()).toLowerCase();
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
