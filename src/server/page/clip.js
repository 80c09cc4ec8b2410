// @ts-check
import { element } from './elements.js';
import { unfold } from './values.js';

/**
 * @typedef {object} Clip
 * @property {HTMLElement} element
 * @property {HTMLElement} content
 * @property {() => boolean} showAll
 * @property {(shown: Node, count: number, counted: 'value' | 'line') => void} fill `count`: of the values or lines
 */

/**
 * An area that is cut at a height, with a button below it that counts what is hidden: some systems show no scroll bars, so
 * that an approver would not notice.
 *
 * @param {string} id
 * @returns {Clip}
 */
export function createClip(id) {
  const content = element('div', { class: 'values', id });
  const cue = element('button', { type: 'button', class: 'quiet cue', 'aria-controls': id, hidden: '' });
  const area = element('div', { class: 'clip' }, content, cue);
  /** The number of values or lines. */
  let total = 0;
  let unit = 'value';
  let isWhole = false;

  function hasHidden() {
    if (content.querySelector('.fold')) return true;
    return !isWhole && content.scrollHeight > content.clientHeight + 1;
  }

  function measure() {
    // Not laid out: in a closed row.
    if (content.clientHeight === 0) return;
    const isHiding = hasHidden();
    content.classList.toggle('is-cut', isHiding && !isWhole && content.scrollHeight > content.clientHeight + 1);
    cue.hidden = !isHiding;
    if (!isHiding) return;
    const hidden = Math.max(1, total - (unit === 'value' ? seenValues() : seenLines()));
    cue.textContent = `Show ${hidden.toLocaleString()} more ${unit}${hidden === 1 ? '' : 's'}`;
  }

  function seenValues() {
    const end = content.getBoundingClientRect().bottom - FADE_PX;
    const values = Array.from(content.querySelectorAll('.value'));
    const isSeen = (/** @type {Element} */ value) => isWhole || value.getBoundingClientRect().bottom <= end;
    return values.filter((value) => isSeen(value) && !value.querySelector('.fold')).length;
  }

  function seenLines() {
    return isWhole ? 0 : Math.floor((total * (content.clientHeight - FADE_PX)) / content.scrollHeight);
  }

  /** Returns false if nothing was hidden. */
  function showAll() {
    if (!hasHidden()) return false;
    unfold(content);
    isWhole = true;
    content.classList.add('is-whole');
    measure();
    return true;
  }

  cue.addEventListener('click', () => {
    showAll();
    content.tabIndex = -1;
    content.focus();
  });
  new ResizeObserver(measure).observe(content);

  return {
    element: area,
    content,
    showAll,
    fill: (shown, count, counted) => {
      total = count;
      unit = counted;
      content.replaceChildren(shown);
      measure();
    },
  };
}

/** The height of the fade, in which a value cannot be read; `values.css` has the same. */
const FADE_PX = 40;
