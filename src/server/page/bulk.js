// @ts-check
import { announce, byId, callCount, element } from './elements.js';
import { short } from './records.js';

/**
 * @typedef {import('./card.js').Card} Card
 * @typedef {(card: Card, note: string) => Promise<boolean>} Deny true if this approver's refusal counts
 */

const MAX_CONCURRENT = 4;
const MAX_NAMED = 5;

/**
 * The dialog that denies many calls at once. There is none that approves: each call needs a look of its own.
 *
 * @param {Deny} deny
 */
export function createBulkDeny(deny) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('bulk-dialog'));
  const note = /** @type {HTMLInputElement} */ (byId('bulk-note'));
  const confirm = /** @type {HTMLButtonElement} */ (byId('bulk-confirm'));
  const progress = byId('bulk-progress');
  /** @type {readonly Card[]} */
  let cards = [];
  /** Those that are not denied yet. @type {Card[]} */
  let waiting = [];

  /** @param {readonly Card[]} chosen */
  function open(chosen) {
    cards = chosen;
    const what = callCount(cards.length);
    byId('bulk-title').textContent = `Deny ${what}?`;
    confirm.textContent = `Deny ${what}`;
    confirm.disabled = false;
    progress.textContent = '';
    note.value = '';
    const named = cards.slice(0, MAX_NAMED).map(({ head }) => element('li', {}, short(head.summary)));
    const more = cards.length - named.length;
    byId('bulk-list').replaceChildren(...named, ...(more > 0 ? [element('li', {}, `and ${more} more`)] : []));
    dialog.showModal();
  }

  async function denyAll() {
    confirm.disabled = true;
    waiting = [...cards];
    let done = 0;
    let missed = 0;
    const work = async () => {
      for (let card = waiting.shift(); card; card = waiting.shift()) {
        if (!(await deny(card, note.value.trim()))) missed += 1;
        done += 1;
        progress.textContent = `${done} of ${cards.length} …`;
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
    if (missed === 0) {
      dialog.close();
      announce(`Denied: ${callCount(done)}.`);
    } else
      progress.textContent = `${done - missed} denied. ${missed} not: others decided first, or the gateway refused.`;
  }

  confirm.addEventListener('click', () => void denyAll());
  dialog.addEventListener('close', () => {
    waiting = [];
    // The button that opened the dialog is gone with the selection.
    if (document.activeElement === document.body) byId('pending').focus();
  });
  // Enter in the note must not close the dialog as Cancel does.
  note.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  return { open };
}
