// @ts-check

/**
 * Creates an element. Strings become text nodes; nothing is parsed as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes names and values of the page's own, never values of a call
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Finds an element of the page's HTML.
 *
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * Announces a message to screen readers.
 *
 * @param {string} text
 */
export function announce(text) {
  byId('announcements').textContent = text;
}

/** The address of a run on the page. @param {string} id */
export function runAddress(id) {
  return `#runs/${encodeURIComponent(id)}`;
}
