// @ts-check
import { askerName, createCall, shortId } from './call.js';
import { ask, Refusal } from './connection.js';
import { element } from './elements.js';
import { badge, fill, noteText, recordRow, short } from './records.js';
import { timeElement } from './times.js';

const WORDS = { approved: 'Approved', denied: 'Denied', expired: 'Expired', pending: 'Pending' };

/**
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('./card.js').Approval} Approval
 */

/** Calls that were opened, by approval id, so that refilling the list keeps them. @type {Map<string, Node>} */
const calls = new Map();
let callsMade = 0;

/**
 * @param {readonly Head[]} approvals settled, newest decision first
 * @param {number} now
 */
export function showDecided(approvals, now) {
  const kept = new Set(approvals.map(({ approval_id }) => approval_id));
  for (const id of calls.keys()) if (!kept.has(id)) calls.delete(id);
  fill('decided-list', 'no-decided', approvals, (approval) => decidedRow(approval, now, calls));
}

/**
 * What became of an approval, who decided and when.
 *
 * @param {Head} approval
 * @param {number} now
 * @param {Map<string, Node>} calls those that were opened
 */
export function decidedRow(approval, now, calls = new Map()) {
  const { approval_id, status, summary, function_name, decided_by, decided_at, expires_at, note } = approval;
  const about = [function_name, askerName(approval), shortId(approval)].filter((text) => text !== '').join(' · ');
  const line = element('p', { class: 'aside' }, short(about));
  const details = element('div', { class: 'details' }, element('p', {}, short(summary)), line, ...noteText(note));
  const call = calls.get(approval_id);
  if (call) details.append(call);
  else line.append(' ', callButton(approval, details, calls));
  const when = timeElement(decided_at ?? expires_at, now);
  return recordRow(when, badge(status, WORDS[status]), details, [short(whoDecided(status, decided_by))]);
}

/**
 * @param {Head['status']} status
 * @param {string | undefined} by
 */
function whoDecided(status, by) {
  if (status !== 'expired') return `by ${by ?? 'an approver'}`;
  return by === undefined ? 'no decision in time' : `approved by ${by}, not used`;
}

/**
 * Creates the button that fetches and shows the call.
 *
 * @param {Head} approval
 * @param {Element} place
 * @param {Map<string, Node>} calls
 */
function callButton(approval, place, calls) {
  const button = element('button', { type: 'button', class: 'quiet more' }, 'Show the call');
  button.addEventListener('click', () => {
    void show();
  });

  async function show() {
    button.disabled = true;
    try {
      const full = /** @type {Approval} */ (await ask(`/v1/approvals/${encodeURIComponent(approval.approval_id)}`));
      const call = createCall(approval, `decided-${++callsMade}`);
      call.load(full);
      calls.set(approval.approval_id, call.element);
      button.remove();
      place.append(call.element);
    } catch (problem) {
      const isGone = problem instanceof Refusal && problem.status === 404;
      button.textContent = isGone ? 'No longer available' : 'Loading failed. Show the call';
      button.disabled = isGone;
    }
  }

  return button;
}
