// @ts-check

/** @typedef {import('./card.js').Card} Card */

/** @type {Readonly<Record<string, string>>} */
const ARROWS = { ArrowDown: 'j', ArrowUp: 'k' };

/**
 * Keys for who decides without a mouse. None works while something is typed.
 *
 * @param {() => Card[]} cards from top to bottom
 */
export function listenToKeys(cards) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !(event.target instanceof Element))
      return;
    const { target } = event;
    const focused = cards().find(({ element }) => element.contains(target));
    if (event.key === 'Escape' && focused) {
      focused.disarm();
      focused.element.focus();
      return;
    }
    if (target.closest('input, select, textarea')) return;
    // Arrows scroll what is inside of a card.
    const key = target === focused?.element ? (ARROWS[event.key] ?? event.key) : event.key;
    const isMove = key === 'j' || key === 'k';
    if (!isMove && (!focused || focused.isOver() || !['a', 'd', 'e', 'n', 'r'].includes(key))) return;
    event.preventDefault();
    if (event.repeat && !isMove) return;
    if (key === 'j') move(focused, 1);
    if (key === 'k') move(focused, -1);
    if (key === 'a') focused?.press('approve');
    if (key === 'd') focused?.press('deny');
    if (key === 'e') focused?.edit();
    if (key === 'n') focused?.note.focus();
    if (key === 'r') focused?.reveal();
  });

  /**
   * @param {Card | undefined} from
   * @param {1 | -1} step
   */
  function move(from, step) {
    const all = cards();
    const at = from ? all.indexOf(from) + step : 0;
    const card = all[Math.min(Math.max(at, 0), all.length - 1)];
    card?.element.focus();
    card?.element.scrollIntoView({ block: 'nearest' });
  }
}
