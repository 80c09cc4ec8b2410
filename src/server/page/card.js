// @ts-check
import { createBody } from './body.js';
import { askerName, editedWords, shortId } from './call.js';
import { outcomeWords } from './decision.js';
import { announce, element } from './elements.js';
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
  const boxId = `select-${number}`;
  const names = { 'aria-label': 'Select', 'aria-labelledby': `${boxId} ${headingId}` };
  const box = element('input', { type: 'checkbox', class: 'select', id: boxId, ...names });
  const placeId = `call-${number}`;
  const title = element(
    'button',
    { type: 'button', class: 'title', 'aria-expanded': 'false', 'aria-controls': placeId },
    shown(approval.summary),
  );
  const linked = element('span', { class: 'tag', hidden: '' }, 'From your link');
  const heading = element('h3', { id: headingId }, title, linked);
  const asked = element('span', { class: 'asked' });
  const needs = element('span', { hidden: '' });
  const id = element('code', {}, shortId(approval));
  const meta = element('p', { class: 'meta' }, ...rowFacts(approval), asked, id, needs);
  const left = element('strong');
  const timer = element('span', { class: 'left', role: 'timer' }, left, ' left');
  const row = element('div', { class: 'row' }, box, heading, meta, riskBadge(approval), timer);

  /** Made when the row is first opened: there may be hundreds of rows. @type {ReturnType<typeof createBody> | undefined} */
  let body;
  let latest = approval;
  const place = element('div', { class: 'open', id: placeId, hidden: '' });
  const outcome = element('p', { class: 'outcome', hidden: '' });
  const card = element('article', { class: 'card', tabindex: '-1', 'aria-labelledby': headingId }, row, outcome, place);

  /** Opens the row, and returns its open part. */
  function open() {
    if (!body) {
      body = createBody(approval, number, { send: (choice) => void send(choice), now: gatewayNow });
      body.update(latest);
      place.append(body.element);
    }
    if (place.hidden) {
      show(true);
      opened();
    }
    return body;
  }

  /** @param {boolean} isShown */
  function show(isShown) {
    place.hidden = !isShown;
    card.classList.toggle('is-open', isShown);
    title.setAttribute('aria-expanded', String(isShown));
    if (!isShown) body?.disarm();
  }

  /** @param {boolean} isOpen */
  function toggle(isOpen) {
    if (phase === 'over') return;
    if (isOpen) open();
    else show(false);
  }

  /** @param {Choice} choice */
  async function send(choice) {
    const decision = phase === 'open' ? body?.read(choice) : undefined;
    if (!decision) return;
    phase = 'sending';
    place.setAttribute('aria-busy', 'true');
    const answer = await decide(choice, decision);
    place.removeAttribute('aria-busy');
    if (card.classList.contains('over')) return;
    phase = 'open';
    if (answer.approval?.status === 'pending') update(answer.approval);
    else if (answer.approval) end(answer.approval, true);
    if (answer.problem !== undefined) body?.fail(choice, answer.problem);
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
    show(false);
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

  /** @param {Head} current the approval, still pending: others may have approved it */
  function update(current) {
    latest = current;
    title.replaceChildren(shown(current.summary));
    needs.hidden = current.approvers === undefined;
    needs.replaceChildren(shown(current.approvers?.summary ?? ''));
    body?.update(current);
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
    toggle(place.hidden === true);
  });
  box.addEventListener('change', selected);
  return {
    element: card,
    head: approval,
    expiresAt,
    words: searchedWords(approval),
    toggle,
    end,
    tick,
    update,
    /** @param {Approval} full the same approval, with its call */
    load: (full) => {
      body?.load(full);
      update(full);
    },
    isLoaded: () => body?.isLoaded() === true,
    /** @param {string} message why there are no arguments yet */
    showStatus: (message) => body?.showStatus(message),
    /** @param {Choice} choice */
    press: (choice) => {
      if (phase !== 'open') return;
      const wasOpen = !place.hidden;
      const part = open();
      // A closed call is not approved.
      if (wasOpen || choice === 'deny') part.press(choice);
    },
    disarm: () => body?.disarm(),
    open,
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
    isOpen: () => !place.hidden,
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
