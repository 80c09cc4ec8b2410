// @ts-check
import { createEditor } from './edit.js';
import { element } from './elements.js';
import { exact, folded, shown, tree } from './values.js';

/**
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('./card.js').Approval} Approval
 */

/**
 * Lists the requester, the tool, the target and the rule that holds the call.
 *
 * @param {Head} head
 * @param {Node} target where it goes
 * @param {Node} approvers
 */
function facts(head, target, approvers) {
  const { function_name, policy_name, rule_id, reason, reason_codes } = head;
  const rule = ruleName(policy_name, rule_id);
  const rows = /** @type {[string, Node[]][]} */ ([
    ['Tool', [element('code', {}, shown(function_name)), aside(targetName(head))]],
    ['Target', [target]],
    ['Requested by', [asker(head)]],
    ['Held by', [rule ? shown(rule) : element('span', { class: 'nothing' }, 'no rule'), codes(reason_codes)]],
    ...(reason === undefined ? [] : [['Reason', [shown(reason)]]]),
    ...(head.approvers ? [['Needs', [approvers]]] : []),
  ]);
  const list = element('dl', { class: 'facts' });
  for (const [name, parts] of rows) {
    list.append(element('div', {}, element('dt', {}, name), element('dd', {}, ...parts)));
  }
  return list;
}

/**
 * Names the requester: the verified key, and the agent's name and the principal, which are only claims.
 *
 * @param {Pick<Head, 'key_id' | 'key_name' | 'agent_name' | 'agent_id' | 'principal_id'>} head
 */
function asker({ key_id, key_name, agent_name, agent_id, principal_id }) {
  const agent = agent_name ?? agent_id;
  const whose = element('span', { class: 'asker' });
  if (key_id !== undefined)
    whose.append('key ', element('code', {}, shown(key_name ?? key_id)), agent === undefined ? '' : ', ');
  if (agent !== undefined) whose.append('claims to be ', shown(agent));
  if (key_id === undefined && agent === undefined) whose.append(element('span', { class: 'nothing' }, 'not named'));
  if (principal_id !== undefined) whose.append(', on behalf of ', shown(principal_id));
  return whose;
}

/**
 * The same in one line of a list.
 *
 * @param {Pick<Head, 'key_id' | 'key_name' | 'agent_name' | 'agent_id' | 'principal_id'>} head
 */
export function askerName({ key_id, key_name, agent_name, agent_id, principal_id }) {
  const agent = agent_name ?? agent_id;
  const parts = [
    ...(key_id === undefined ? [] : [`key ${key_name ?? key_id}`]),
    ...(agent === undefined ? [] : [`claims to be ${agent}`]),
    ...(principal_id === undefined ? [] : [`on behalf of ${principal_id}`]),
  ];
  return parts.join(', ');
}

/**
 * @param {string | undefined} policyName
 * @param {string | undefined} ruleId
 */
export function ruleName(policyName, ruleId) {
  return [policyName, ruleId].filter((name) => name !== undefined).join(' › ');
}

/**
 * The tool and operation that the gateway recognised.
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
 * A call's URL, arguments and headers: redacted at first, exact after Reveal.
 *
 * @param {Head} head
 * @param {string | number} number unique on the page
 */
export function createCall(head, number) {
  const target = element('code', { class: 'address' });
  const approvers = element('span');
  const area = element('div', { class: 'values', id: `arguments-${number}` });
  const toggle = element('button', {
    type: 'button',
    class: 'quiet reveal',
    'aria-expanded': 'false',
    'aria-controls': area.id,
    disabled: '',
  });
  const about = element('p', { class: 'about' }, 'Loading…');
  const headersArea = element('div', { class: 'values' });
  const headers = element(
    'div',
    { class: 'headers', hidden: '' },
    element('div', { class: 'values-head' }, element('h4', {}, 'Headers')),
    headersArea,
  );
  const edited = element('p', { class: 'about', hidden: '' });
  const editor = createEditor(number, () => {
    area.hidden = editor.isOpen();
    toggle.hidden = editor.isOpen();
  });
  /** @type {Approval | undefined} */
  let approval;
  /** Of the arguments that run, which an approver may edit. */
  let hash = head.arguments_hash;
  let isRevealed = false;
  /** @type {Record<'body' | 'headers', Node | string>} */
  let redacted = { body: '', headers: '' };

  function render() {
    const url = isRevealed && approval ? approval.url : (approval ?? head).redacted_url;
    target.replaceChildren(element('b', {}, shown(head.method)), ' ', folded(url));
    toggle.textContent = isRevealed ? 'Hide exact arguments' : 'Reveal exact arguments';
    toggle.setAttribute('aria-expanded', String(isRevealed));
    if (!approval) return;
    if (approval.is_call_gone) {
      about.textContent = 'No longer available: large arguments are dropped after the decision.';
      return;
    }
    about.textContent = isRevealed ? 'Exact: this runs if you approve.' : hiddenWords(approval);
    area.replaceChildren(isRevealed ? exact(approval.arguments ?? null) : redacted.body);
    if (approval.headers) headersArea.replaceChildren(isRevealed ? exact(approval.headers) : redacted.headers);
  }

  /** @param {Approval} full the same approval, with its call */
  function load(full) {
    if (approval && editor.isOpen()) editor.fail('Another approver has edited the call. Your text is kept.');
    approval = full;
    hash = full.arguments_hash;
    edited.textContent = editedWords(full);
    edited.hidden = edited.textContent === '';
    if (full.takes_edits && full.status === 'pending') editor.allow(full.arguments);
    redacted = {
      body: tree(full.redacted_arguments ?? null, full.arguments ?? null),
      headers: tree(full.redacted_headers ?? {}, full.headers ?? {}),
    };
    headers.hidden = full.headers === undefined;
    toggle.disabled = full.is_call_gone === true;
    render();
  }

  function reveal() {
    if (!approval) return;
    isRevealed = !isRevealed;
    render();
  }

  /** @param {Pick<Head, 'approvers' | 'arguments_hash'>} head */
  function update({ approvers: needed, arguments_hash }) {
    hash = arguments_hash;
    if (needed) approvers.replaceChildren(shown(needed.summary));
  }

  toggle.addEventListener('click', reveal);
  render();
  update(head);
  const valuesHead = element(
    'div',
    { class: 'values-head' },
    element('h4', {}, 'Arguments'),
    about,
    toggle,
    editor.toggle,
  );
  const values = element('div', { class: 'arguments' }, valuesHead, edited, area, editor.area, headers);
  return {
    element: element('div', { class: 'what' }, facts(head, target, approvers), values),
    load,
    update,
    reveal,
    /** False also while another approver's edit is not shown yet. */
    isLoaded: () => approval?.arguments_hash === hash,
    editor,
    /** The arguments that an approver edited, as JSON; undefined for the requested ones. */
    editedJson: () => (approval?.edited_fields ? JSON.stringify(approval.arguments) : undefined),
    /** @param {string} message why there are no arguments yet */
    showStatus: (message) => {
      if (!approval) about.textContent = message;
    },
  };
}

/** @param {Pick<Head, 'edited_fields' | 'sanitized_fields'>} head */
export function editedWords({ edited_fields: edited = [], sanitized_fields: sanitized = [] }) {
  const parts = [
    ...(edited.length > 0 ? [`Edited by an approver: ${edited.join(', ')}.`] : []),
    ...(sanitized.length > 0 ? [`Redacted by a rule: ${sanitized.join(', ')}.`] : []),
  ];
  return parts.join(' ');
}

/** @param {Approval} approval */
function hiddenWords({ is_all_redacted, redacted_fields: { length } }) {
  if (is_all_redacted) return 'All arguments are hidden';
  if (length === 0) return '';
  return length === 1 ? '1 sensitive value is hidden' : `${length} sensitive values are hidden`;
}
