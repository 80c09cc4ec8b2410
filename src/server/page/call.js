// @ts-check
import { createClip } from './clip.js';
import { createEditor } from './edit.js';
import { element, factList, runAddress } from './elements.js';
import { countValues, exact, folded, shown, tree, unfold } from './values.js';
import { conversationBefore, riskWords, sources } from './why.js';

/**
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('./card.js').Approval} Approval
 */

/** Stands for a service that the gateway does not know. */
export const UNKNOWN_SERVICE = 'custom_proxy';

/** The beginning of an approval's id, as people compare it. @param {Pick<Head, 'approval_id'>} head */
export function shortId({ approval_id }) {
  return `#${approval_id.slice(0, 8)}`;
}

/**
 * Lists who asks for what, why it is held, and how risky it is.
 *
 * @param {Head} head
 * @param {Node} target where it goes
 * @param {Node} approvers
 */
function facts(head, target, approvers) {
  const { approval_id, function_name, policy_name, rule_id, reason, reason_codes, risk_band, redacted_url, run_id } =
    head;
  const rule = ruleName(policy_name, rule_id);
  // A tool without an address of its own gets one from the runner.
  const hasAddress = redacted_url !== `https://tools.invalid/${encodeURIComponent(function_name)}`;
  return factList([
    ['Requested by', asker(head)],
    ['Risk', risk_band === undefined ? undefined : riskWords(head)],
    ['Reason', reason === undefined ? undefined : shown(reason)],
    ['Held by', rule ? shown(rule) : element('span', { class: 'nothing' }, 'no rule'), codes(reason_codes)],
    ['Tool', element('code', {}, shown(function_name)), element('span', { class: 'aside' }, shown(targetName(head)))],
    ['Target', hasAddress ? target : undefined],
    ['Needs', head.approvers ? approvers : undefined],
    // Its address is the link that agents give to people.
    ['Approval', element('a', { href: `#${encodeURIComponent(approval_id)}` }, shortId(head))],
    ['Run', run_id === undefined ? undefined : runLink(run_id)],
  ]);
}

/** @param {string} id */
function runLink(id) {
  return element('a', { href: runAddress(id) }, shown(id.length > 40 ? `${id.slice(0, 40)}…` : id));
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
 * The service and operation that the gateway recognised.
 *
 * @param {{ function_name: string, tool_name?: string, operation?: string }} call
 */
export function targetName({ function_name, tool_name, operation }) {
  const names = [tool_name, operation].filter((name) => name !== undefined && name !== function_name);
  return names.filter((name) => name !== UNKNOWN_SERVICE).join(' · ');
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
  const body = createClip(`arguments-${number}`);
  const toggle = element('button', {
    type: 'button',
    class: 'quiet reveal',
    'aria-expanded': 'false',
    'aria-controls': body.content.id,
    disabled: '',
  });
  const about = element('p', { class: 'about' }, 'Loading…');
  const sent = createClip(`headers-${number}`);
  const headers = element(
    'div',
    { class: 'headers', hidden: '' },
    element('div', { class: 'values-head' }, element('h4', {}, 'Headers')),
    sent.element,
  );
  const edited = element('p', { class: 'about', hidden: '' });
  const why = element('div', { class: 'reasons' });
  const editor = createEditor(number, () => {
    body.element.hidden = editor.isOpen();
    toggle.hidden = editor.isOpen();
  });
  /** @type {Approval | undefined} */
  let approval;
  /** Of the arguments that run, which an approver may edit. */
  let hash = head.arguments_hash;
  let isRevealed = false;

  function render() {
    toggle.textContent = isRevealed ? 'Hide exact arguments' : 'Reveal exact arguments';
    toggle.setAttribute('aria-expanded', String(isRevealed));
    const url = isRevealed && approval ? approval.url : (approval ?? head).redacted_url;
    target.replaceChildren(element('b', {}, shown(head.method)), ' ', folded(url));
    if (!approval) return;
    if (approval.is_call_gone) {
      about.textContent = 'No longer available: large arguments are dropped after the decision.';
      return;
    }
    about.textContent = isRevealed ? 'Exact: this runs if you approve.' : hiddenWords(approval);
    fill(body, approval.redacted_arguments ?? null, approval.arguments ?? null);
    if (approval.headers) fill(sent, approval.redacted_headers ?? {}, approval.headers);
  }

  /**
   * @param {import('./clip.js').Clip} clip
   * @param {unknown} redacted
   * @param {unknown} whole
   */
  function fill(clip, redacted, whole) {
    if (isRevealed) clip.fill(exact(whole), JSON.stringify(whole, null, 2).split('\n').length, 'line');
    else clip.fill(tree(redacted, whole), countValues(redacted), 'value');
  }

  /** @param {Approval} full the same approval, with its call */
  function load(full) {
    if (approval && editor.isOpen()) editor.fail('Another approver has edited the call. Your text is kept.');
    approval = full;
    hash = full.arguments_hash;
    edited.textContent = editedWords(full);
    edited.hidden = edited.textContent === '';
    if (full.takes_edits && full.status === 'pending') editor.allow(full.arguments);
    headers.hidden = full.headers === undefined;
    toggle.disabled = full.is_call_gone === true;
    why.replaceChildren(sources(full), ...(full.conversation ? [conversationBefore(full.conversation)] : []));
    render();
  }

  function reveal() {
    if (!approval) return;
    isRevealed = !isRevealed;
    render();
  }

  /** @param {Pick<Head, 'approvers' | 'arguments_hash'>} current */
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
  const values = element('div', { class: 'arguments' }, why, valuesHead, edited, body.element, editor.area, headers);
  return {
    element: element('div', { class: 'what' }, facts(head, target, approvers), values),
    load,
    update,
    reveal,
    /** Shows what is folded or cut. Returns false if nothing was. */
    showAll: () => [unfold(target), body.showAll(), sent.showAll()].includes(true),
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
