import type { Span } from './span.ts';

/** Replaces fields that a policy rule names, whatever their value. */
export const FIELD_PLACEHOLDER = '[REDACTED:FIELD]';

const OPENING = '[REDACTED:';
const PLACEHOLDER = /\[REDACTED:([A-Z][A-Z0-9_]{0,39}?)(?:_[0-9]{1,5})?\]/y;
const ANY_PLACEHOLDER = /\[REDACTED:[A-Z0-9_]{1,46}\]/g;
const MAX_LENGTH = 60;

/**
 * Creates placeholders. Equal values of a type get the same one; other values get the next one that the body does not
 * contain.
 */
export class Placeholders {
  readonly #byValue = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #taken: ReadonlySet<string>;
  readonly #made = new Set<string>();

  /** @param written the body as JSON, whose placeholders are not used again */
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
 * Returns true if a finding is a placeholder, or a part of one. A placeholder from the original text counts only if it
 * has the type of the finding, because anyone can write text in brackets.
 */
export function isPlaceholder(text: string, { start, end, type }: Span, made: ReadonlySet<string>): boolean {
  const from = Math.max(0, start - MAX_LENGTH);
  const opening = text.slice(from, start + OPENING.length).lastIndexOf(OPENING);
  if (opening < 0) return false;
  PLACEHOLDER.lastIndex = from + opening;
  const match = PLACEHOLDER.exec(text);
  if (!match || end > PLACEHOLDER.lastIndex || start < from + opening) return false;
  return made.has(match[0]) || match[0] === FIELD_PLACEHOLDER || match[1] === type;
}
