// @ts-check
import { askerName, codes, ruleName, targetName, UNKNOWN_SERVICE } from './call.js';
import { byId, element } from './elements.js';
import { timeElement } from './times.js';
import { shown } from './values.js';

/** Longer strings are cut; the card shows them in full. */
const MAX_CHARACTERS = 200;

export const DECISION_WORDS = { ALLOW: 'Allowed', SANITIZE: 'Sanitized', DENY: 'Denied', REQUIRE_APPROVAL: 'Held' };

/**
 * @typedef {keyof typeof DECISION_WORDS} DecisionName
 * @typedef {{ decisions: Decided[], counts: Record<DecisionName, number> }} Decisions
 * @typedef {{
 *   at: string, decision: DecisionName, reason_codes: string[], function_name: string, tool_name?: string, operation?: string,
 *   url: string, method: string, key_id?: string, key_name?: string, agent_id?: string, agent_name?: string, principal_id?: string, policy_name?: string, rule_id?: string,
 *   risk_score?: number, risk_band?: string, classifications?: string[],
 * }} Decided
 */

/** @param {string} text */
export function short(text) {
  return shown(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);
}

/**
 * @param {string} name
 * @param {string} word
 */
export function badge(name, word) {
  return element('span', { class: `badge ${name}` }, word);
}

/**
 * A row of a list of records.
 *
 * @param {Node | string} when
 * @param {Node} state
 * @param {Node} details
 * @param {(Node | string)[]} who
 */
export function recordRow(when, state, details, who) {
  return element(
    'li',
    {},
    element('span', { class: 'when' }, when),
    state,
    details,
    element('span', { class: 'who' }, ...who),
  );
}

/** The note of an approver, if there is one. @param {string | undefined} note */
export function noteText(note) {
  return note ? [element('p', { class: 'note-text' }, element('q', {}, short(note)))] : [];
}

/** Further entries of a list appear on request. */
const MAX_ROWS = 10;

/** What each list shows. @type {Map<string, string>} */
const filled = new Map();
/** The lists of which all entries are shown. @type {Set<string>} */
const whole = new Set();

/**
 * Fills a list, but leaves it alone when nothing has changed: the user may have selected a part of it.
 *
 * @template Entry
 * @param {string} listId
 * @param {string} emptyId
 * @param {readonly Entry[]} entries
 * @param {(entry: Entry) => Node} row
 */
export function fill(listId, emptyId, entries, row) {
  const listed = whole.has(listId) ? entries : entries.slice(0, MAX_ROWS);
  const text = JSON.stringify([listed, entries.length]);
  byId(emptyId).hidden = entries.length > 0;
  if (filled.get(listId) === text) return;
  filled.set(listId, text);
  byId(listId).replaceChildren(...listed.map(row));
  if (listed.length === entries.length) return;
  const more = element('button', { type: 'button', class: 'quiet' }, `Show all ${entries.length}`);
  more.addEventListener('click', () => {
    whole.add(listId);
    fill(listId, emptyId, entries, row);
  });
  byId(listId).append(element('li', { class: 'rest' }, more));
}

/**
 * Creates the filtered list of gateway decisions. Calls `changed` when the filters need another fetch.
 *
 * @param {() => void} changed
 */
export function createDecisions(changed) {
  const tools = /** @type {HTMLSelectElement} */ (byId('tool-filter'));
  const search = /** @type {HTMLInputElement} */ (byId('text-filter'));
  /** @type {Map<string, HTMLElement>} */
  const choices = new Map();
  let chosen = '';
  /** @type {Decided[]} */
  let decisions = [];
  let now = 0;

  for (const [name, word] of Object.entries({ '': 'All', ...DECISION_WORDS })) {
    const choice = element('button', { type: 'button', 'aria-pressed': String(name === '') }, `${word} `);
    choice.append(element('span', { class: 'count' }));
    choice.addEventListener('click', () => {
      chosen = name;
      for (const [other, button] of choices) button.setAttribute('aria-pressed', String(other === chosen));
      changed();
    });
    choices.set(name, choice);
    byId('decision-filter').append(choice);
  }
  tools.addEventListener('change', changed);
  search.addEventListener('input', render);

  /** The path and query of the request to the gateway. */
  function path() {
    const asked = new URLSearchParams({ limit: '100' });
    if (chosen) asked.set('decision', chosen);
    if (tools.value) asked.set('tool', tools.value);
    return `/v1/decisions?${asked}`;
  }

  /**
   * @param {Decisions} latest
   * @param {number} at
   */
  function show(latest, at) {
    decisions = latest.decisions;
    now = at;
    const total = Object.values(latest.counts).reduce((sum, count) => sum + count, 0);
    for (const [name, choice] of choices) {
      const count = name === '' ? total : latest.counts[/** @type {DecisionName} */ (name)];
      const figure = choice.querySelector('.count');
      if (figure) figure.textContent = String(count);
    }
    const known = new Set(Array.from(tools.options, ({ value }) => value));
    for (const { tool_name = UNKNOWN_SERVICE, function_name } of decisions) {
      const name = tool_name === UNKNOWN_SERVICE ? function_name : tool_name;
      if (known.has(name)) continue;
      known.add(name);
      tools.add(new Option(name.slice(0, 60), name));
    }
    render();
  }

  function render() {
    const words = search.value.trim().toLowerCase();
    const matching = decisions.filter((entry) => searched(entry).includes(words));
    byId('no-decisions').hidden = byId('no-matching-decisions').hidden = true;
    const isFiltered = words !== '' || chosen !== '' || tools.value !== '';
    fill('decision-list', isFiltered ? 'no-matching-decisions' : 'no-decisions', matching, (entry) =>
      decisionRow(entry, now),
    );
    const newest = `${decisions.length === 100 ? 'the newest ' : ''}${decisions.length}`;
    byId('decisions-shown').textContent = words ? `${matching.length} of ${newest} shown` : `${newest} shown`;
  }

  return { path, show };
}

/** @param {Decided} entry */
function searched(entry) {
  const { function_name, tool_name, operation, url, policy_name, rule_id, reason_codes } = entry;
  const { key_id, key_name, agent_name, agent_id, principal_id } = entry;
  const requester = [key_id, key_name, agent_name, agent_id, principal_id];
  const strings = [function_name, tool_name, operation, url, ...requester, policy_name, rule_id, ...reason_codes];
  return strings.join('\n').toLowerCase();
}

/**
 * @param {Decided} entry
 * @param {number} now
 */
function decisionRow(entry, now) {
  const { at, decision, function_name, reason_codes, risk_band } = entry;
  const about = [targetName(entry), askerName(entry)].filter((text) => text !== '');
  const rule = ruleName(entry.policy_name, entry.rule_id);
  const what = element('span', { class: 'aside' }, short(about.join(' · ')));
  const details = element(
    'div',
    { class: 'details pair' },
    element('p', {}, element('code', {}, short(function_name)), ' ', what),
    ...(rule || reason_codes.length > 0
      ? [element('p', { class: 'aside' }, short(rule), ' ', codes(reason_codes.slice(0, 8)))]
      : []),
  );
  const risk = risk_band === undefined ? '' : `${risk_band.toLowerCase()} risk`;
  return recordRow(timeElement(at, now), badge(decision, DECISION_WORDS[decision]), details, [risk]);
}
