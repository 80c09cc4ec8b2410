import { merged } from './merge.ts';
import type { Hit, Leaf, Scan } from './hit.ts';
import type { Placeholders } from './placeholders.ts';
import { rewrite, type Rewriting } from './rewrite.ts';
import type { DataClass } from './span.ts';

/** A body that was written again. */
export interface Redaction {
  readonly body: unknown;
  /** Where something was replaced, as paths such as `user.emails[0]`; never a value. */
  readonly fields: readonly string[];
}

/** What is to be cut from the values and names of one object or list. */
interface Cuts {
  readonly values: Map<string | number, Hit[]>;
  readonly names: Map<string | number, Hit[]>;
}

/** Writes a scanned body again, with placeholders for what was found of these classes. */
export function replaceHits(scan: Scan, classes: ReadonlySet<DataClass>, placeholders: Placeholders): Redaction {
  const hits = scan.hits.filter(({ dataClass, isAddress }) => !isAddress && classes.has(dataClass));
  const cuts = byContainer(hits);
  const rewriting: Rewriting = {
    tooDeep: undefined,
    rename: (container, name) => {
      const first = cuts.get(container)?.names.get(name)?.[0];
      return first ? placeholders.of(first.type, name) : name;
    },
    replace: (container, { name }, value) => {
      const own = cuts.get(container)?.values.get(name);
      const whole = typeof value === 'number' ? own?.[0] : own?.find(({ isWhole }) => isWhole);
      if (whole) return placeholders.of(whole.type, whole.value);
      const nested = scan.nested.get(container)?.get(name);
      if (nested) {
        const inner = rewrite(nested, rewriting);
        if (inner !== nested[0]) return JSON.stringify(inner);
      }
      return own && typeof value === 'string' ? cut(value, own, placeholders) : undefined;
    },
  };
  const leaves = new Set<Leaf>(hits.map(({ leaf }) => leaf));
  return { body: rewrite(scan.root, rewriting), fields: [...new Set(Array.from(leaves, ({ path }) => path))] };
}

function byContainer(hits: readonly Hit[]): ReadonlyMap<object, Cuts> {
  const cuts = new Map<object, Cuts>();
  for (const hit of hits) {
    const { container, name, where } = hit.leaf;
    const own: Cuts = cuts.get(container) ?? { values: new Map<string, Hit[]>(), names: new Map<string, Hit[]>() };
    cuts.set(container, own);
    const members = where === 'key' ? own.names : own.values;
    const known = members.get(name);
    if (known) known.push(hit);
    else members.set(name, [hit]);
  }
  return cuts;
}

function cut(text: string, hits: readonly Hit[], placeholders: Placeholders): string {
  let written = '';
  let at = 0;
  for (const { start, end, type } of merged(hits)) {
    written += text.slice(at, start) + placeholders.of(type, text.slice(start, end));
    at = end;
  }
  return written + text.slice(at);
}
