// @ts-check
import { element } from './elements.js';
import { exact, folded, shown, tree } from './values.js';

/** @typedef {import('./card.js').Approval} Approval */

/**
 * Who wants what, and which rule asks.
 *
 * @param {Approval} approval
 */
export function facts(approval) {
  const { function_name, method, url, policy_name, rule_id, reason_codes } = approval;
  const agent = approval.agent_name ?? approval.agent_id;
  const rule = ruleName(policy_name, rule_id);
  const rows = /** @type {[string, Node[]][]} */ ([
    ['Tool', [element('code', {}, shown(function_name)), aside(targetName(approval))]],
    ['Target', [element('code', { class: 'address' }, element('b', {}, shown(method)), ' ', folded(url))]],
    ['Agent', [agent === undefined ? element('span', { class: 'nothing' }, 'not named') : shown(agent)]],
    ['Held by', [rule ? shown(rule) : element('span', { class: 'nothing' }, 'no rule'), codes(reason_codes)]],
  ]);
  const list = element('dl', { class: 'facts' });
  for (const [name, parts] of rows) {
    list.append(element('div', {}, element('dt', {}, name), element('dd', {}, ...parts)));
  }
  return list;
}

/**
 * @param {string | undefined} policyName
 * @param {string | undefined} ruleId
 */
export function ruleName(policyName, ruleId) {
  return [policyName, ruleId].filter((name) => name !== undefined).join(' › ');
}

/**
 * What the gateway took the call for.
 *
 * @param {{ function_name: string, tool_name?: string, operation?: string }} call
 */
export function targetName({ function_name, tool_name, operation }) {
  return [tool_name, operation].filter((name) => name !== undefined && name !== function_name).join(' · ');
}

/** @param {string} text */
function aside(text) {
  return element('span', { class: 'aside' }, shown(text));
}

/** @param {readonly string[]} reasonCodes */
export function codes(reasonCodes) {
  const tags = reasonCodes.map((code) => element('code', { class: 'tag' }, shown(code)));
  return element('span', { class: 'codes' }, ...tags);
}

/**
 * The arguments as they may be seen by who passes by, and to the letter once they are asked for.
 *
 * @param {Approval} approval
 * @param {number} number of the card
 */
export function argumentsOf(approval, number) {
  const hidden = approval.redacted_fields;
  const redacted = tree(approval.redacted_arguments ?? null, hidden);
  const area = element('div', { class: 'values', id: `arguments-${number}` }, redacted);
  const toggle = element('button', {
    type: 'button',
    class: 'quiet reveal',
    'aria-expanded': 'false',
    'aria-controls': area.id,
  });
  const about = element('p', { class: 'about' });
  let isRevealed = false;

  function label() {
    toggle.textContent = isRevealed ? 'Hide exact arguments' : 'Reveal exact arguments';
    toggle.setAttribute('aria-expanded', String(isRevealed));
    about.textContent = isRevealed ? 'To the letter: this runs if you approve.' : hiddenWords(hidden);
  }

  function reveal() {
    isRevealed = !isRevealed;
    area.replaceChildren(isRevealed ? exact(approval.arguments ?? null) : redacted);
    label();
  }

  toggle.addEventListener('click', reveal);
  label();
  const head = element('div', { class: 'values-head' }, element('h4', {}, 'Arguments'), about, toggle);
  return { element: element('div', { class: 'arguments' }, head, area), reveal };
}

/** @param {readonly string[]} hidden */
function hiddenWords(hidden) {
  if (hidden.length === 0) return '';
  if (hidden.includes('*')) return 'All of it is hidden';
  return hidden.length === 1 ? '1 sensitive value is hidden' : `${hidden.length} sensitive values are hidden`;
}
