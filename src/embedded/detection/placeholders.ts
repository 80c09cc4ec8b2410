import type { Span } from './span.ts';

/** For what a rule names by its field and not by what is in it. */
export const FIELD_PLACEHOLDER = '[REDACTED:FIELD]';

const OPENING = '[REDACTED:';
const PLACEHOLDER = /\[REDACTED:([A-Z][A-Z0-9_]{0,39}?)(?:_[0-9]{1,5})?\]/y;
const ANY_PLACEHOLDER = /\[REDACTED:[A-Z0-9_]{1,46}\]/g;
const LONGEST = 60;

/**
 * Names values: the same value of a type gets the same placeholder, another one the next that the body does not have.
 */
export class Placeholders {
  readonly #byValue = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #taken: ReadonlySet<string>;
  readonly #made = new Set<string>();

  /** @param written the body as JSON, whose own placeholders are not used again */
  constructor(written: string) {
    this.#taken = new Set(written.match(ANY_PLACEHOLDER));
  }

  get made(): ReadonlySet<string> {
    return this.#made;
  }

  of(type: string, value: string): string {
    const known = this.#byValue.get(`${type} ${value}`);
    if (known !== undefined) return known;
    let count = this.#counts.get(type) ?? 0;
    let placeholder: string;
    do {
      count += 1;
      placeholder = count === 1 ? `${OPENING}${type}]` : `${OPENING}${type}_${count}]`;
    } while (this.#taken.has(placeholder));
    this.#counts.set(type, count);
    this.#byValue.set(`${type} ${value}`, placeholder);
    this.#made.add(placeholder);
    return placeholder;
  }
}

/**
 * Whether a find is nothing but a placeholder, or a part of one. One that was in the text before counts only when it
 * says the very type that was found: in brackets anything can be written.
 */
export function isPlaceholder(text: string, { start, end, type }: Span, made: ReadonlySet<string>): boolean {
  const from = Math.max(0, start - LONGEST);
  const opening = text.slice(from, start + OPENING.length).lastIndexOf(OPENING);
  if (opening < 0) return false;
  PLACEHOLDER.lastIndex = from + opening;
  const match = PLACEHOLDER.exec(text);
  if (!match || end > PLACEHOLDER.lastIndex || start < from + opening) return false;
  return made.has(match[0]) || match[0] === FIELD_PLACEHOLDER || match[1] === type;
}
