// @ts-check
import { element } from './elements.js';
import { escapedJson } from './values.js';

/**
 * A text area in which an approver edits the arguments of a call, as JSON.
 *
 * @param {string | number} number unique on the page
 * @param {() => void} changed called when it is opened or closed
 */
export function createEditor(number, changed) {
  const id = `edit-${number}`;
  const text = element('textarea', {
    id,
    class: 'edit',
    rows: '8',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': 'Arguments to run instead, as JSON',
    'aria-describedby': `${id}-problem`,
  });
  const problem = element('p', { class: 'failure', id: `${id}-problem`, role: 'alert', hidden: '' });
  const area = element('div', { class: 'editor', hidden: '' }, text, problem);
  const toggle = element('button', { type: 'button', class: 'quiet', 'aria-controls': id, hidden: '' });
  /** The arguments before the edit. @type {unknown} */
  let before;

  /** @param {boolean} isOpen */
  function show(isOpen) {
    area.hidden = !isOpen;
    problem.hidden = true;
    toggle.textContent = isOpen ? 'Cancel the edit' : 'Edit';
    toggle.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) text.value = escapedJson(before);
    changed();
    if (isOpen) text.focus();
  }

  /** @param {string} message */
  function fail(message) {
    problem.textContent = message;
    problem.hidden = false;
  }

  toggle.addEventListener('click', () => {
    show(area.hidden === true);
  });
  text.addEventListener('input', () => {
    problem.hidden = true;
  });

  return {
    area,
    toggle,
    fail,
    isOpen: () => !area.hidden,
    /** @param {unknown} value the arguments, which an approver may edit from now on */
    allow: (value) => {
      before = value;
      toggle.hidden = false;
      if (area.hidden) show(false);
    },
    /** Returns the text, which is one JSON object; undefined if it is not, which the approver then reads. */
    read: () => {
      try {
        const value = /** @type {unknown} */ (JSON.parse(text.value));
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text.value;
        fail('Not sent: the arguments must be a JSON object.');
      } catch (error) {
        fail(`Not sent: this is not JSON. ${error instanceof Error ? error.message : ''}`);
      }
      text.focus();
      return undefined;
    },
  };
}
