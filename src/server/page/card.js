// @ts-check
import { askerName, createCall, editedWords, shortId } from './call.js';
import { createDecision, outcomeWords } from './decision.js';
import { announce, element } from './elements.js';
import { createGrantChoice } from './grants.js';
import { age, countdown } from './times.js';
import { shown } from './values.js';
import { riskBadge } from './why.js';

/**
 * @typedef {import('./decision.js').Choice} Choice
 * @typedef {import('../approval-json.ts').ApprovalHead} Head an approval without the call's arguments
 * @typedef {import('../approval-json.ts').ApprovalView} Approval
 * @typedef {{ note: string, edited?: string, grant?: import('./grants.js').Grant }} Decision
 *   `edited` is JSON, sent as it is, so that the gateway refuses what a browser would round or drop
 * @typedef {{ problem?: string, approval?: Head }} Answer a problem, or the decided approval
 * @typedef {ReturnType<typeof createCard>} Card
 */

let cardsMade = 0;

/**
 * A pending approval: a row that opens. It can be approved once {@link Card.load} has shown the call.
 *
 * @param {Head} approval
 * @param {{
 *   approver: string,
 *   decide: (choice: Choice, decision: Decision) => Promise<Answer>,
 *   now: () => number,
 *   opened: () => void,
 *   selected: () => void,
 * }} page
 */
export function createCard(approval, { approver, decide, now: gatewayNow, opened, selected }) {
  const number = ++cardsMade;
  const expiresAt = Date.parse(approval.expires_at);
  /** @type {'open' | 'sending' | 'over'} */
  let phase = 'open';
  /** True if the outcome is known. */
  let isSettled = false;
  let isLast = false;

  const headingId = `card-${number}`;
  const box = element('input', { type: 'checkbox', class: 'select', 'aria-labelledby': headingId });
  const bodyId = `call-${number}`;
  const title = element(
    'button',
    { type: 'button', class: 'title', 'aria-expanded': 'false', 'aria-controls': bodyId },
    shown(approval.summary),
  );
  const linked = element('span', { class: 'tag', hidden: '' }, 'From your link');
  const heading = element('h3', { id: headingId }, title, linked);
  const asked = element('span', { class: 'asked' });
  const meta = element('p', { class: 'meta' }, ...rowFacts(approval), asked, element('code', {}, shortId(approval)));
  const left = element('strong');
  const timer = element('span', { class: 'left', role: 'timer' }, left, ' left');
  const row = element('div', { class: 'row' }, box, heading, meta, riskBadge(approval), timer);

  const problem = element('p', { class: 'failure', role: 'alert', hidden: '' });
  const refused = element('p', { class: 'refused', hidden: '' });
  const call = createCall(approval, number);
  const decision = createDecision(approval.summary, number, {
    showAll: call.showAll,
    send: (choice) => void send(choice),
  });
  const grant = createGrantChoice(approval, decision.disarm);
  const body = element(
    'div',
    { class: 'open', id: bodyId, hidden: '' },
    call.element,
    problem,
    refused,
    grant.element,
    decision.element,
  );
  const outcome = element('p', { class: 'outcome', hidden: '' });
  const card = element('article', { class: 'card', tabindex: '-1', 'aria-labelledby': headingId }, row, outcome, body);

  /** @param {boolean} isOpen */
  function toggle(isOpen) {
    if (phase === 'over' || isOpen !== body.hidden) return;
    body.hidden = !isOpen;
    card.classList.toggle('is-open', isOpen);
    title.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) opened();
    else decision.disarm();
  }

  /** @param {Choice} choice */
  function press(choice) {
    if (phase !== 'open') return;
    toggle(true);
    decision.press(choice);
  }

  /** @param {Choice} choice */
  async function send(choice) {
    if (phase !== 'open') return;
    const { editor } = call;
    const isEdit = choice === 'approve' && editor.isOpen();
    const edited = isEdit ? editor.read() : choice === 'approve' ? call.editedJson() : undefined;
    if (isEdit && edited === undefined) return;
    phase = 'sending';
    problem.hidden = true;
    body.setAttribute('aria-busy', 'true');
    const further = choice === 'approve' ? grant.read(gatewayNow()) : undefined;
    const answer = await decide(choice, {
      note: decision.note.value.trim(),
      ...(edited === undefined ? {} : { edited }),
      ...(further ? { grant: further } : {}),
    });
    body.removeAttribute('aria-busy');
    if (card.classList.contains('over')) return;
    phase = 'open';
    if (answer.approval?.status === 'pending') update(answer.approval);
    else if (answer.approval) end(answer.approval, true);
    if (answer.problem === undefined) return;
    if (isEdit) {
      editor.fail(answer.problem);
      return;
    }
    problem.textContent = answer.problem;
    problem.hidden = false;
  }

  /**
   * @param {Pick<Head, 'status' | 'decided_at' | 'decided_by' | 'note' | 'approvers' | 'edited_fields' | 'sanitized_fields'> | undefined} decided the outcome; undefined when
   * the gateway no longer has the approval
   */
  function end(decided, wasTried = phase === 'sending') {
    if (isSettled) return;
    isSettled = true;
    const words = outcomeWords(decided, approver, wasTried);
    if (decided) words.text = [words.text, editedWords(decided)].join(' ').trim();
    close(words, decided);
    announce(`${words.text} ${approval.summary}`);
  }

  /**
   * @param {{ badge: string, text: string }} words
   * @param {Pick<Head, 'status' | 'note'>} [decided]
   */
  function close(words, { status, note: decisionNote } = { status: 'expired' }) {
    const hadFocus = card.contains(document.activeElement);
    toggle(false);
    phase = 'over';
    outcome.replaceChildren(element('span', { class: `badge ${status}` }, words.badge), ' ', shown(words.text));
    if (decisionNote) outcome.append(' ', element('q', {}, shown(decisionNote)));
    outcome.hidden = false;
    timer.hidden = true;
    title.disabled = true;
    box.checked = false;
    box.disabled = true;
    card.classList.add('over');
    if (hadFocus) card.focus();
    selected();
  }

  /** @param {Approval} full the same approval, with its call */
  function load(full) {
    call.load(full);
    grant.load(full.arguments);
    update(full);
  }

  /** @param {Head} current the approval, still pending: others may have approved it */
  function update(current) {
    call.update(current);
    title.replaceChildren(shown(current.summary));
    refused.hidden = current.refused === undefined;
    refused.replaceChildren(shown(current.refused ?? ''));
    decision.allowApproval(call.isLoaded() && current.refused === undefined);
  }

  /** @param {number} now */
  function tick(now) {
    if (phase === 'over') return;
    const remaining = expiresAt - now;
    if (remaining <= 0 && phase === 'open') {
      // Another approver may have decided since the last update; the next one shows it.
      close({ badge: 'Time over', text: 'Waiting for the outcome.' });
      return;
    }
    left.textContent = countdown(remaining);
    asked.textContent = `asked ${age(now - Date.parse(approval.created_at))}`;
    card.classList.toggle('last-minute', remaining <= 60_000);
    if (remaining <= 60_000 && !isLast) announce(`One minute left: ${approval.summary}`);
    isLast = remaining <= 60_000;
  }

  title.addEventListener('click', () => {
    toggle(body.hidden === true);
  });
  box.addEventListener('change', selected);
  const { reveal, isLoaded, showStatus } = call;
  return {
    element: card,
    head: approval,
    expiresAt,
    words: searchedWords(approval),
    note: decision.note,
    disarm: decision.disarm,
    press,
    toggle,
    end,
    tick,
    load,
    update,
    showStatus,
    reveal,
    isLoaded,
    edit: () => {
      if (!call.editor.toggle.hidden) call.editor.toggle.click();
    },
    /** @param {boolean} isLinked whether the approver's link leads to it */
    mark: (isLinked) => {
      card.classList.toggle('linked', isLinked);
      linked.hidden = !isLinked;
    },
    /** @param {boolean} isSelected */
    select: (isSelected) => {
      box.checked = isSelected && !box.disabled;
    },
    selectBox: box,
    isSelected: () => box.checked,
    isOpen: () => !body.hidden,
    isOver: () => phase === 'over',
    isKnown: () => isSettled,
  };
}

/**
 * What a filter searches, in lower case.
 *
 * @param {Head} approval
 */
function searchedWords(approval) {
  const { summary, function_name, tool_name, operation, policy_name, rule_id, reason, risk_band, approval_id } =
    approval;
  const words = [askerName(approval), summary, function_name, tool_name, operation, policy_name, rule_id, reason];
  return [...words, risk_band, approval_id].join('\n').toLowerCase();
}

/**
 * Who asks, as short as a row can say it.
 *
 * @param {Head} approval
 */
function rowFacts({ key_id, key_name, agent_name, agent_id, principal_id }) {
  // The name of the key is verified, that of the agent is not.
  const key = key_name ?? (agent_name === undefined && agent_id === undefined ? key_id : undefined);
  const parts = [key && `key ${key}`, agent_name ?? agent_id, principal_id && `for ${principal_id}`];
  return parts.filter((part) => part !== undefined).map((part) => element('span', {}, shown(part)));
}
