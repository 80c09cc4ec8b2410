// @ts-check
import { element } from './elements.js';

/** A text longer than this is folded. */
const IN_THE_TREE = { characters: 480, lines: 10 };
const TO_THE_LETTER = { characters: 8000, lines: 250 };
const MOST_MEMBERS = 25;
/** What is nested deeper is shown as one text. */
const MOST_LEVELS = 4;

/**
 * Characters that a reader does not see, or that make others appear elsewhere than they stand: control and format characters
 * (bidi, zero width, tags), line separators, lone surrogates, variation selectors, and blanks that are no spaces. What joins
 * emoji is no surprise.
 */
const UNSEEN =
  /(?:(?![\n\t\u200D\uFE0F]|\r\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0\uFE00-\uFE0E\u{E0100}-\u{E01EF}]|(?<!\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)[\u200D\uFE0F])+/gu;

/**
 * A text with its unseen characters made visible.
 *
 * @param {string} text
 */
export function shown(text) {
  const parts = element('bdi');
  let at = 0;
  for (const match of text.matchAll(UNSEEN)) {
    parts.append(text.slice(at, match.index), unseenMark(Array.from(match[0])));
    at = match.index + match[0].length;
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
 * The same, with a long text folded behind "Show more".
 *
 * @param {string} text
 */
export function folded(text, most = IN_THE_TREE) {
  let end = Math.min(text.length, most.characters);
  const lineEnd = nthLineEnd(text, most.lines);
  if (lineEnd !== -1) end = Math.min(end, lineEnd);
  if (end >= text.length) return shown(text);
  if (isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
  const part = element('span', {}, shown(text.slice(0, end)), '… ');
  const more = button(`Show all ${text.length.toLocaleString()} characters`);
  more.addEventListener('click', () => {
    const whole = shown(text);
    whole.tabIndex = -1;
    part.replaceWith(whole);
    whole.focus();
  });
  part.append(more);
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

/** @param {string} text */
function button(text) {
  return element('button', { type: 'button', class: 'quiet more' }, text);
}

/**
 * A JSON value as a tree of names and values.
 *
 * @param {unknown} value
 * @param {(path: string) => boolean} isHidden whether something was redacted at a path such as `user.emails[0]`
 * @returns {HTMLElement}
 */
export function tree(value, isHidden, path = '', level = 0) {
  if (typeof value !== 'object' || value === null) return leaf(value, isHidden(path));
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  if (members.length === 0) return element('span', { class: 'nothing' }, isList ? 'empty list' : 'nothing');
  if (level >= MOST_LEVELS) return element('code', { class: 'deep' }, folded(JSON.stringify(value)));
  const list = element('dl', { class: level === 0 ? 'tree' : 'tree inner' });
  const add = (/** @type {[string, unknown][]} */ added) => {
    for (const [name, child] of added) {
      const own = isList ? `${path}[${name}]` : path ? `${path}.${name}` : name;
      const label = isList ? `${Number(name) + 1}.` : folded(name);
      list.append(
        element('div', {}, element('dt', {}, label), element('dd', {}, tree(child, isHidden, own, level + 1))),
      );
    }
  };
  add(members.slice(0, MOST_MEMBERS));
  const rest = members.slice(MOST_MEMBERS);
  if (rest.length === 0) return list;
  const more = button(`Show ${rest.length.toLocaleString()} more`);
  const all = element('div', { class: 'list' }, list, more);
  more.addEventListener('click', () => {
    add(rest);
    more.remove();
  });
  return all;
}

/**
 * Whether one of the fields is at a path, or inside of what is there.
 *
 * @param {readonly string[]} fields
 * @returns {(path: string) => boolean}
 */
export function among(fields) {
  return (path) => fields.some((field) => field.startsWith(path) && /^(?:$|[.[])/.test(field.slice(path.length)));
}

/**
 * @param {unknown} value
 * @param {boolean} isHidden
 */
function leaf(value, isHidden) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (value === '') return element('span', { class: 'nothing' }, 'empty text');
  if (!isHidden) return element('span', { class: typeof value === 'string' ? 'text' : 'literal' }, folded(text));
  return element('span', { class: 'redacted' }, folded(text), ' ', element('span', { class: 'tag' }, 'hidden'));
}

/**
 * A JSON value to the letter.
 *
 * @param {unknown} value
 */
export function exact(value) {
  return element('pre', { class: 'exact' }, folded(JSON.stringify(value, null, 2), TO_THE_LETTER));
}
