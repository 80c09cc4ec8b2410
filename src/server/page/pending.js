// @ts-check
import { createCard } from './card.js';
import { ask, Refusal } from './connection.js';
import { announce } from './elements.js';
import { createList } from './list.js';

/**
 * @typedef {import('./card.js').Card} Card
 * @typedef {import('./card.js').Head} Head
 */

/** Low, because each call may be large. */
const MAX_CONCURRENT_REQUESTS = 3;
/** A call opens by itself while at most this many wait. */
const MAX_OPEN = 3;
/** How long a card shows its outcome. */
const OUTCOME_MS = 10_000;

/**
 * The calls that wait for an approver, from their arrival until a while after their outcome.
 *
 * @param {{
 *   approver: string,
 *   decide: (approval: Head, ...decision: Parameters<Parameters<typeof createCard>[1]['decide']>) => Promise<import('./card.js').Answer>,
 *   deny: import('./bulk.js').Deny,
 *   now: () => number,
 *   refresh: () => void,
 * }} page
 */
export function createPending({ approver, decide, deny, now, refresh }) {
  /** By approval, in the order of arrival. @type {Map<string, { card: Card, overSince?: number }>} */
  const cards = new Map();
  /** The approvals whose calls are being fetched. @type {Set<string>} */
  const loading = new Set();
  /** The approvals that are being looked up one by one. @type {Set<string>} */
  const lookedUp = new Set();
  const all = () => Array.from(cards.values(), ({ card }) => card);
  const list = createList(all, deny);
  let isFirst = true;

  /** @param {readonly Head[]} approvals pending and settled ones @param {{ hasDecisions: boolean }} gateway */
  function show(approvals, { hasDecisions }) {
    const waiting = approvals.filter(({ status }) => status === 'pending');
    const added = waiting
      .filter(({ approval_id }) => !cards.has(approval_id))
      .toSorted((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
    for (const approval of added) add(approval).toggle(waiting.length <= MAX_OPEN);
    if (!isFirst && added.length > 0)
      announce(added.length === 1 ? `New approval: ${added[0]?.summary}` : `${added.length} new approvals`);
    isFirst = false;
    const known = new Map(approvals.map((approval) => [approval.approval_id, approval]));
    for (const [id, { card }] of cards) {
      if (card.isKnown()) continue;
      const approval = known.get(id);
      if (!approval) void lookUp(id, card);
      else if (approval.status !== 'pending') card.end(approval);
      else card.update(approval);
    }
    loadCalls();
    list.setHasDecisions(hasDecisions);
    tick();
  }

  /** @param {Head} approval */
  function add(approval) {
    const card = createCard(approval, {
      approver,
      decide: async (...decision) => decide(approval, ...decision),
      now,
      opened: loadCalls,
      selected: list.showSelection,
    });
    cards.set(approval.approval_id, { card });
    return card;
  }

  /**
   * Fetches the calls of the open cards that have none yet, or that another approver has edited. A failed fetch is repeated
   * the next time.
   */
  function loadCalls(tried = new Set()) {
    for (const [id, { card }] of cards) {
      if (loading.size >= MAX_CONCURRENT_REQUESTS) return;
      if (!card.isOpen() || card.isLoaded() || card.isOver() || loading.has(id) || tried.has(id)) continue;
      tried.add(id);
      loading.add(id);
      void loadCall(id, card).finally(() => {
        loading.delete(id);
        loadCalls(tried);
      });
    }
  }

  /** @param {string} id @param {Card} card */
  async function loadCall(id, card) {
    try {
      card.load(/** @type {import('./card.js').Approval} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`)));
    } catch {
      card.showStatus('Not loaded yet. Retrying…');
    }
  }

  /**
   * Fetches one approval: the list is limited, so an approval that is not on it may still be pending.
   *
   * @param {string} id
   * @param {Card} card
   */
  async function lookUp(id, card) {
    if (lookedUp.has(id)) return;
    lookedUp.add(id);
    try {
      const approval = /** @type {Head} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`));
      if (approval.status === 'pending') card.update(approval);
      else card.end(approval);
    } catch (problem) {
      if (problem instanceof Refusal && problem.status === 404) card.end(undefined);
    } finally {
      lookedUp.delete(id);
    }
  }

  /** Each second, updates the time left and removes cards whose outcome was shown long enough. */
  function tick() {
    for (const [id, entry] of cards) {
      const { card } = entry;
      const wasOver = card.isOver();
      card.tick(now());
      if (!card.isOver()) continue;
      if (!wasOver) refresh();
      if (!card.isKnown()) continue;
      entry.overSince ??= Date.now();
      // A row that goes moves those below it.
      const isLookedAt = card.element.matches(':focus-within') || list.isUnderPointer();
      if (!isLookedAt && Date.now() - entry.overSince >= OUTCOME_MS) cards.delete(id);
    }
    list.arrange();
  }

  return {
    show,
    tick,
    shown: list.shown,
    focusFilter: list.focusFilter,
    /** The number of calls that still wait. */
    count: () => all().filter((card) => !card.isOver()).length,
    /** True while an approval is over and its outcome is not known. */
    isUnsettled: () => all().some((card) => card.isOver() && !card.isKnown()),
    /**
     * Shows a pending call to the approver whose link leads to it.
     *
     * @param {Head} approval
     */
    open: (approval) => {
      const card = cards.get(approval.approval_id)?.card ?? add(approval);
      list.reveal(card);
      for (const each of all()) each.mark(each === card);
      card.toggle(true);
      card.element.focus({ preventScroll: true });
      card.element.scrollIntoView();
      announce(`The call of your link: ${approval.summary}`);
    },
    /** @param {string} id @returns {Head | undefined} */
    find: (id) => {
      const card = cards.get(id)?.card;
      return card && !card.isOver() ? card.head : undefined;
    },
  };
}
