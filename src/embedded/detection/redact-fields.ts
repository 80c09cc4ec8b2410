import { looksLikeJson, parsed } from './nested-json.ts';
import { normalise } from './normalise.ts';
import { FIELD_PLACEHOLDER } from './placeholders.ts';
import type { Redaction } from './redact.ts';
import { namesOf, pathOf, rewrite, type Rewriting, type Trail } from './rewrite.ts';

const MOST_NESTED = 3;

/**
 * Replaces the whole value of each field so named, whatever it holds, by `[REDACTED:FIELD]`; also in texts that are JSON.
 *
 * @param names field names, which count at any depth, or paths such as `user.email`, which count from any field on and
 * pass through lists; upper and lower case are the same
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
        if (typeof value !== 'string' || nesting >= MOST_NESTED || !looksLikeJson(value)) return undefined;
        const nested = parsed(value);
        const next = nested && through(nested, trail, nesting + 1);
        return nested && next !== nested[0] ? JSON.stringify(next) : undefined;
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
