// @ts-check
import { ask } from './connection.js';

/** How many are fetched at a time: each may be large. */
const MOST_AT_ONCE = 3;

/** @typedef {Map<string, { card: import('./card.js').Card }>} Cards by approval, those first that came first */

/** The approvals whose calls are being fetched. @type {Set<string>} */
const asked = new Set();

/**
 * Fetches the calls of the cards that have none yet, each once, as what runs never changes. One that does not arrive is fetched again
 * the next time that this is called.
 *
 * @param {Cards} cards
 */
export function loadCalls(cards, tried = new Set()) {
  for (const [id, { card }] of cards) {
    if (asked.size >= MOST_AT_ONCE) return;
    if (card.isLoaded() || card.isOver() || asked.has(id) || tried.has(id)) continue;
    tried.add(id);
    asked.add(id);
    void load(id, card).finally(() => {
      asked.delete(id);
      loadCalls(cards, tried);
    });
  }
}

/**
 * @param {string} id
 * @param {import('./card.js').Card} card
 */
async function load(id, card) {
  try {
    card.load(/** @type {import('./card.js').Approval} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`)));
  } catch {
    card.say('Not loaded yet. Trying again…');
  }
}
