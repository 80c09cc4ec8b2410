// @ts-check
import { ask, Refusal } from './connection.js';
import { decidedRow } from './decided.js';
import { byId, element } from './elements.js';

/** @typedef {import('./card.js').Head} Head */

/** The form of approvals' ids; other fragments are places of the page. */
const APPROVAL_ID = /^#([\w-]{16,})$/;

/**
 * Leads to the approval of the page's address (`/#ID`), which agents give to people: to its card, or to what became of it.
 *
 * @param {{ find: (id: string) => Head | undefined, open: (approval: Head) => void, now: () => number }} page
 */
export function createLink({ find, open, now }) {
  const place = byId('linked');

  async function follow() {
    const id = APPROVAL_ID.exec(location.hash)?.[1];
    place.hidden = true;
    if (id === undefined) return;
    try {
      const approval = find(id) ?? /** @type {Head} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`));
      if (approval.status === 'pending') open(approval);
      else show(element('ul', { class: 'records' }, decidedRow(approval, now())));
    } catch (problem) {
      const isGone = problem instanceof Refusal && problem.status === 404;
      const text = isGone
        ? `The gateway no longer has the approval #${id.slice(0, 8)}. It keeps approvals for ten minutes after they end; the audit log has the decision.`
        : 'The call of your link could not be loaded.';
      const retry = element('button', { type: 'button', class: 'quiet' }, 'Try again');
      retry.addEventListener('click', () => void follow());
      show(element('p', { class: 'empty' }, text, ' ', ...(isGone ? [] : [retry])));
    }
  }

  /** @param {Node} content */
  function show(content) {
    place.replaceChildren(element('h2', {}, 'The call of your link'), content);
    place.hidden = false;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: 'nearest' });
  }

  addEventListener('hashchange', () => void follow());
  return { follow };
}
