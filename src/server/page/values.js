// @ts-check
import { element } from './elements.js';

/**
 * Characters that a reader does not see or that reorder others: control and format characters (bidi, zero width, tags),
 * lone surrogates, Unicode's Default_Ignorable_Code_Point, the Braille blank, line breaks, tabs, and every space but
 * U+0020. Joiners within emoji are exempt. `src/internal/visible.ts` has the same expression.
 */
const INVISIBLE =
  /\r\n|[\n\t]|(?:(?!\r\n|[\n\t ]|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}])\uFE0F|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])+/gu;

/** Longer strings are folded. */
const IN_THE_TREE = { characters: 480, lines: 10 };
const TO_THE_LETTER = { characters: 8000, lines: 250 };
const MAX_MEMBERS = 25;
/** Deeper values are shown as JSON. */
const MAX_LEVELS = 4;

/**
 * Shows a string with its invisible characters marked.
 *
 * @param {string} text
 * @param {{ hasLines?: boolean }} [place] whether line breaks and tabs are displayed; otherwise they are marked too
 */
export function shown(text, { hasLines = false } = {}) {
  const parts = element('bdi');
  // Spaces are seen between letters only. A link of them would have no place to press.
  if (/^ +$/.test(text)) {
    parts.append(unseenMark(Array.from(text)));
    return parts;
  }
  let at = 0;
  for (const { 0: unseen, index } of text.matchAll(INVISIBLE)) {
    if (hasLines && ['\n', '\r\n', '\t'].includes(unseen)) continue;
    parts.append(text.slice(at, index), unseenMark(Array.from(unseen)));
    at = index + unseen.length;
  }
  parts.append(text.slice(at));
  return parts;
}

/** @param {string[]} characters */
function unseenMark(characters) {
  const names = characters
    .slice(0, 3)
    .map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`);
  const more = characters.length > names.length ? ` … ${characters.length} characters` : '';
  return element('span', { class: 'mark', title: 'Invisible in the text' }, names.join(' ') + more);
}

/**
 * JSON with escapes for the characters that {@link shown} marks.
 *
 * @param {unknown} value
 */
export function escapedJson(value) {
  return JSON.stringify(value, null, 2).replace(INVISIBLE, (unseen) =>
    unseen === '\n'
      ? unseen
      : Array.from(
          { length: unseen.length },
          (_, at) => `\\u${unseen.charCodeAt(at).toString(16).padStart(4, '0')}`,
        ).join(''),
  );
}

/**
 * Like {@link shown}, with long strings folded behind a button.
 *
 * @param {string} text
 * @param {{ hasLines?: boolean }} [place]
 */
export function folded(text, place = {}, max = IN_THE_TREE) {
  let end = Math.min(text.length, max.characters);
  const lineEnd = nthLineEnd(text, max.lines);
  if (lineEnd !== -1) end = Math.min(end, lineEnd);
  if (end >= text.length) return shown(text, place);
  if (isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
  const part = element('span', {}, shown(text.slice(0, end), place), '… ');
  const show = () => {
    const whole = shown(text, place);
    whole.tabIndex = -1;
    part.replaceWith(whole);
    return whole;
  };
  part.append(moreButton(`Show all ${text.length.toLocaleString()} characters`, show));
  return part;
}

/**
 * @param {string} text
 * @param {number} count
 */
function nthLineEnd(text, count) {
  let at = -1;
  for (let line = 0; line < count; line++) {
    at = text.indexOf('\n', at + 1);
    if (at === -1) return -1;
  }
  return at;
}

/** @param {number} unit */
function isHighSurrogate(unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** What each button of a folded value does. @type {WeakMap<Element, () => HTMLElement>} */
const unfolders = new WeakMap();

/**
 * @param {string} text
 * @param {() => HTMLElement} show shows the rest, and returns what was shown
 */
function moreButton(text, show) {
  const more = element('button', { type: 'button', class: 'quiet more fold' }, text);
  unfolders.set(more, show);
  more.addEventListener('click', () => {
    show().focus();
  });
  return more;
}

/**
 * Unfolds all values in an area. Returns false if none was folded.
 *
 * @param {Element} area
 */
export function unfold(area) {
  const first = area.querySelector('.fold');
  for (let fold = first; fold; fold = area.querySelector('.fold')) unfolders.get(fold)?.();
  return first !== null;
}

/**
 * A JSON value as a tree of names and values.
 *
 * @param {unknown} value
 * @param {unknown} before the value before redaction; changed values are marked as hidden
 * @returns {HTMLElement}
 */
export function tree(value, before, level = 0) {
  if (typeof value !== 'object' || value === null) return leaf(value, value !== before);
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  if (members.length === 0) return element('span', { class: 'nothing value' }, isList ? 'empty list' : 'nothing');
  if (level >= MAX_LEVELS) return element('code', { class: 'deep value' }, folded(JSON.stringify(value)));
  // By position, because a name may have been redacted.
  const valuesBefore = Object.values(before ?? {});
  const list = element('dl', { class: level === 0 ? 'tree' : 'tree inner' });
  const add = (/** @type {[string, unknown][]} */ added, first = 0) => {
    for (const [place, [name, child]] of added.entries()) {
      const label = isList ? `${Number(name) + 1}.` : folded(name);
      const shownChild = tree(child, valuesBefore[first + place], level + 1);
      list.append(element('div', {}, element('dt', {}, label), element('dd', {}, shownChild)));
    }
  };
  add(members.slice(0, MAX_MEMBERS));
  const rest = members.slice(MAX_MEMBERS);
  if (rest.length === 0) return list;
  const more = moreButton(`Show ${rest.length.toLocaleString()} more`, () => {
    add(rest, MAX_MEMBERS);
    more.remove();
    list.tabIndex = -1;
    return list;
  });
  return element('div', { class: 'list' }, list, more);
}

/**
 * The number of values in {@link tree}.
 *
 * @param {unknown} value
 * @returns {number}
 */
export function countValues(value, level = 0) {
  if (typeof value !== 'object' || value === null || level >= MAX_LEVELS) return 1;
  let count = 0;
  for (const child of /** @type {unknown[]} */ (Object.values(value))) count += countValues(child, level + 1);
  return count || 1;
}

/**
 * @param {unknown} value
 * @param {boolean} isHidden
 */
function leaf(value, isHidden) {
  const isText = typeof value === 'string';
  if (value === '') return element('span', { class: 'nothing value' }, 'empty text');
  const text = folded(isText ? value : JSON.stringify(value), { hasLines: true });
  if (!isHidden) return element('span', { class: isText ? 'text value' : 'literal value' }, text);
  return element('span', { class: 'redacted value' }, text, ' ', element('span', { class: 'tag' }, 'hidden'));
}

/**
 * A JSON value to the letter.
 *
 * @param {unknown} value
 */
export function exact(value) {
  return element('pre', { class: 'exact' }, folded(JSON.stringify(value, null, 2), { hasLines: true }, TO_THE_LETTER));
}
