// @ts-check
import { ask } from './connection.js';
import { byId, element, factList } from './elements.js';
import { badge } from './records.js';
import { shown } from './values.js';

/**
 * @typedef {{ count: number, roles?: string[] }} Approvers
 * @typedef {{ for: string[], max_minutes: number }} Grant
 * @typedef {{ key: string, holds: boolean | string, why?: string }} Check
 * @typedef {{ policy: string, rule: string, action: string, applies: boolean, approvers?: Approvers, grant?: Grant, checks: Check[] }} Rule
 * @typedef {object} Explanation
 * @property {string} action
 * @property {string} [policy]
 * @property {string} [rule]
 * @property {string} [reason]
 * @property {string[]} reason_codes
 * @property {Approvers[]} [approvers]
 * @property {Grant} [grant]
 * @property {{ tools: string[], operations: string[], categories: string[], verb: string, method: string, is_external_principal: boolean, found: { type: string, path: string }[] }} call
 * @property {Rule[]} rules
 */

/** Connects the form that explains a pasted call. */
export function createExplain() {
  const call = /** @type {HTMLTextAreaElement} */ (byId('explain-call'));
  const problem = byId('explain-problem');
  const answer = byId('explain-answer');

  async function explain() {
    problem.hidden = true;
    answer.replaceChildren();
    try {
      const request = { method: 'POST', body: call.value };
      answer.append(...explained(/** @type {Explanation} */ (await ask('/v1/explain', request))));
    } catch (refusal) {
      problem.replaceChildren(shown(refusal instanceof Error ? refusal.message : 'The gateway did not answer.'));
      problem.hidden = false;
    }
  }

  byId('explain-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void explain();
  });
}

/** @param {Explanation} explanation */
function explained({ action, policy, rule, reason, reason_codes, approvers, grant, call, rules }) {
  const by = rule ?? (reason_codes.includes('NO_RULE_ALLOWS') ? 'the default' : 'no rule');
  const found = call.found.map(({ type, path }) => `${type} at ${path || 'the whole value'}`);
  if (call.is_external_principal) found.push('an external principal');
  /** @type {[string, string | undefined][]} */
  const facts = [
    ['Tool', call.tools.join(', ')],
    ['Operation', call.operations.join(', ')],
    ['Kind', [call.method, call.verb, ...call.categories].join(', ')],
    ['Found', found.join(', ') || 'nothing sensitive'],
    ['Reason', reason ?? reason_codes.join(', ')],
    ['Approvers', approvers && (approvers.map(approversText).join('; ') || 'any one')],
    ['Grants', approvers && (grant ? grantText(grant) : 'none')],
  ];
  const judge = shown(policy === undefined ? by : `${by} of ${policy}`);
  return [
    element('p', { class: 'verdict' }, badge(action, action), ' by ', judge),
    factList(facts.map(([name, text]) => [name, text ? shown(text) : ''])),
    ...section('Rules that apply', rules, true),
    ...section('Rules that do not apply', rules, false),
  ];
}

/** @param {string} title @param {Rule[]} rules @param {boolean} areApplying */
function section(title, rules, areApplying) {
  const listed = rules.filter(({ applies }) => applies === areApplying);
  if (listed.length === 0) return [];
  const list = element('ul', { class: 'explained' }, ...listed.map(ruleItem));
  const summary = element('summary', {}, `${title} (${listed.length})`);
  return [element('details', areApplying ? { open: '' } : {}, summary, list)];
}

/** @param {Rule} rule */
function ruleItem({ action, rule, policy, approvers, grant, checks }) {
  const terms = [
    ...(approvers ? [`approvers: ${approversText(approvers)}`] : []),
    ...(grant ? [`grants: ${grantText(grant)}`] : []),
  ];
  const lines = checks.map(({ key, holds, why }) => {
    const word = holds === true ? 'yes' : holds === 'unknown' ? 'unknown' : 'no';
    return element('li', {}, `${word}: `, element('code', {}, shown(key)), why === undefined ? '' : ` (${why})`);
  });
  const more = terms.length === 0 ? '' : ` (${terms.join('; ')})`;
  const all = lines.length > 0 ? lines : [element('li', {}, 'yes: every call')];
  return element('li', {}, badge(action, action), ' ', shown(`${rule} of ${policy}${more}`), element('ul', {}, ...all));
}

/** @param {Approvers} approvers */
function approversText({ count, roles }) {
  return `${count}${roles ? ` with the role ${roles.join(' or ')}` : ''}`;
}

/** @param {Grant} grant */
function grantText({ for: kinds, max_minutes: minutes }) {
  return `${kinds.join(', ')}, for at most ${minutes} min`;
}
