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
 * A list of names with what is known of each. Names of which nothing is known are left out.
 *
 * @param {[name: string, ...known: (Node | string | undefined)[]][]} facts
 */
export function factList(facts) {
  const list = element('dl', { class: 'facts' });
  for (const [name, ...all] of facts) {
    const known = all.flatMap((part) => part || []);
    if (known.length > 0) list.append(element('div', {}, element('dt', {}, name), element('dd', {}, ...known)));
  }
  return list;
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

/** @param {number} count */
export function callCount(count) {
  return count === 1 ? '1 call' : `${count} calls`;
}
