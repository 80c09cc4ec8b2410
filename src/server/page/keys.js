// @ts-check

/** @typedef {import('./card.js').Card} Card */

/** @type {Readonly<Record<string, string>>} */
const ARROWS = { ArrowDown: 'j', ArrowUp: 'k' };

/** What each key does to the card that has the focus. @type {Readonly<Record<string, (card: Card) => void>>} */
const OF_A_CARD = {
  a: (card) => {
    card.press('approve');
  },
  d: (card) => {
    card.press('deny');
  },
  e: (card) => {
    card.open().edit();
  },
  n: (card) => {
    card.open().focusNote();
  },
  r: (card) => {
    card.open().reveal();
  },
  x: (card) => {
    card.selectBox.click();
  },
};

/**
 * Keys for approvers without a mouse. None works while something is typed.
 *
 * @param {{ shown: () => readonly Card[], focusFilter: () => void }} list the cards from top to bottom
 */
export function listenToKeys({ shown, focusFilter }) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !(event.target instanceof Element))
      return;
    const { target } = event;
    if (target.closest('dialog')) return;
    const focused = shown().find(({ element }) => element.contains(target));
    if (event.key === 'Escape' && focused) {
      focused.disarm();
      if (target === focused.element) focused.toggle(false);
      focused.element.focus();
      return;
    }
    if (target.closest('input:not([type="checkbox"]), select, textarea')) return;
    const isRow = target === focused?.element;
    // Arrows scroll, and Enter presses, what is inside of a card.
    const key = isRow ? (ARROWS[event.key] ?? event.key) : event.key;
    const act = focused && !focused.isOver() ? OF_A_CARD[key] : undefined;
    if (key === 'j' || key === 'k') move(focused, key === 'j' ? 1 : -1);
    else if (key === '/') focusFilter();
    else if (isRow && key === 'Enter') focused.toggle(!focused.isOpen());
    else if (act && focused) {
      if (!event.repeat) act(focused);
    } else return;
    event.preventDefault();
  });

  /**
   * @param {Card | undefined} from
   * @param {1 | -1} step
   */
  function move(from, step) {
    const all = shown();
    const at = from ? all.indexOf(from) + step : 0;
    const card = all[Math.min(Math.max(at, 0), all.length - 1)];
    card?.element.focus();
    card?.element.scrollIntoView({ block: 'nearest' });
  }
}
