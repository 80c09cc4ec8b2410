// @ts-check
import { askerName } from './call.js';
import { createBulkDeny } from './bulk.js';
import { byId, callCount, element } from './elements.js';
import { shown as shownText } from './values.js';

/**
 * @typedef {import('./card.js').Card} Card
 * @typedef {import('./card.js').Head} Head
 */

/** Fewer calls need no tools. */
const MIN_FOR_TOOLS = 4;

const RISKS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** @type {Readonly<Record<string, (one: Card, other: Card) => number>>} */
const ORDERS = {
  time: (one, other) => one.expiresAt - other.expiresAt,
  risk: (one, other) => riskOf(one) - riskOf(other) || one.expiresAt - other.expiresAt,
};

/** @type {Readonly<Record<string, (head: Head) => string>>} */
const GROUPS = {
  agent: ({ principal_id: _, ...head }) => askerName(head) || 'agent not named',
  tool: ({ function_name }) => function_name,
  principal: ({ principal_id }) => principal_id ?? 'no principal',
};

/**
 * Arranges the rows of the pending calls: filters, sorts and groups them, and denies selected ones.
 *
 * @param {() => readonly Card[]} all in the order of arrival
 * @param {import('./bulk.js').Deny} deny
 */
export function createList(all, deny) {
  const rows = byId('cards');
  const tools = byId('pending-tools');
  const filter = /** @type {HTMLInputElement} */ (byId('filter'));
  const group = /** @type {HTMLSelectElement} */ (byId('group-by'));
  const order = /** @type {HTMLSelectElement} */ (byId('sort-by'));
  const selectAll = /** @type {HTMLInputElement} */ (byId('select-all'));
  const bulk = createBulkDeny(deny);
  /** By what is grouped, and its name. @type {Map<string, ReturnType<typeof createHeading>>} */
  const headings = new Map();
  /** The cards of each group, in order. @type {Map<string, Card[]>} */
  let groups = new Map();
  /** Whether the gateway has decided on any call; undefined until it is known. @type {boolean | undefined} */
  let hasDecisions;

  const shown = () => [...groups.values()].flat().filter((card) => !card.element.hidden);
  const selected = () => all().filter((card) => card.isSelected());
  // Where the pointer is, nothing moves: a press would meet another row.
  const isUnderPointer = () => rows.matches(':hover');

  /** @param {{ isAsked?: boolean }} [by] true if the approver has just changed how rows are arranged */
  function arrange({ isAsked = false } = {}) {
    const cards = all();
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const card of cards) {
      card.element.hidden = !words.every((word) => card.words.includes(word));
      if (card.element.hidden) card.select(false);
    }
    const nameOf = GROUPS[group.value] ?? (() => '');
    groups = new Map();
    for (const card of cards.toSorted(ORDERS[order.value])) {
      const name = nameOf(card.head);
      const members = groups.get(name) ?? [];
      groups.set(name, members);
      members.push(card);
    }
    const placed = [...groups].flatMap(([name, members]) => [
      ...(group.value === '' ? [] : [headingOf(name, members).element]),
      ...members.map((card) => card.element),
    ]);
    place(placed, isAsked || !isUnderPointer());
    tools.hidden = cards.length < MIN_FOR_TOOLS && filter.value === '';
    rows.classList.toggle('is-plain', tools.hidden);
    showEmpty(cards.length);
    showSelection();
  }

  /**
   * Leaves rows alone that are in their place: a moved one would lose the focus.
   *
   * @param {readonly Element[]} placed
   * @param {boolean} mayMove otherwise new ones go to the end
   */
  function place(placed, mayMove) {
    if (!mayMove) {
      rows.append(...placed.filter((each) => each.parentElement !== rows && each instanceof HTMLElement));
      return;
    }
    const kept = new Set(placed);
    for (const child of [...rows.children]) if (!kept.has(child)) child.remove();
    let next = rows.firstElementChild;
    for (const each of placed) {
      if (each === next) next = next.nextElementSibling;
      else rows.insertBefore(each, next);
    }
  }

  /** @param {string} name @param {readonly Card[]} members */
  function headingOf(name, members) {
    const key = `${group.value}:${name}`;
    const heading =
      headings.get(key) ??
      createHeading(name, () => {
        bulk.open(shownOf(groups.get(name)));
      });
    headings.set(key, heading);
    heading.show(shownOf(members).length);
    heading.element.hidden = members.every((card) => card.element.hidden);
    return heading;
  }

  function showSelection() {
    const chosen = selected();
    byId('selection').hidden = chosen.length === 0;
    byId('deny-selected').textContent = `Deny ${callCount(chosen.length)}…`;
    const selectable = shownOf(all());
    selectAll.checked = chosen.length > 0 && chosen.length === selectable.length;
    selectAll.indeterminate = chosen.length > 0 && chosen.length < selectable.length;
    const pending = all().filter((card) => !card.isOver());
    byId('pending-shown').textContent = filter.value === '' ? '' : `${selectable.length} of ${pending.length} shown`;
  }

  /** @param {number} count */
  function showEmpty(count) {
    byId('no-match').hidden = count === 0 || shown().length > 0;
    byId('no-cards').hidden = count > 0 || hasDecisions !== true;
    byId('first-steps').hidden = count > 0 || hasDecisions !== false;
  }

  for (const control of [filter, group, order])
    control.addEventListener('input', () => {
      arrange({ isAsked: true });
    });
  rows.addEventListener('pointerleave', () => {
    arrange();
  });
  selectAll.addEventListener('change', () => {
    for (const card of shown()) card.select(selectAll.checked);
    showSelection();
  });
  byId('clear-filter').addEventListener('click', () => {
    clearFilter();
    filter.focus();
  });
  byId('clear-selection').addEventListener('click', () => {
    for (const card of all()) card.select(false);
    showSelection();
  });
  byId('deny-selected').addEventListener('click', () => {
    bulk.open(selected());
  });

  function clearFilter() {
    filter.value = '';
    arrange({ isAsked: true });
  }

  return {
    arrange,
    showSelection,
    isUnderPointer,
    /** From top to bottom. */
    shown,
    focusFilter: () => {
      if (!tools.hidden) filter.focus();
    },
    /** Shows a card whatever the filter. @param {Card} card */
    reveal: (card) => {
      arrange({ isAsked: true });
      if (card.element.hidden) clearFilter();
    },
    /** @param {boolean} has whether the gateway has decided on any call */
    setHasDecisions: (has) => {
      hasDecisions = has;
    },
  };
}

/** @param {string} name @param {() => void} denyAll */
function createHeading(name, denyAll) {
  const count = element('span', { class: 'count' });
  const button = element('button', { type: 'button', class: 'quiet' });
  button.addEventListener('click', denyAll);
  const title = element('h3', {}, shownText(name), ' ', count);
  return {
    element: element('div', { class: 'group-head' }, title, button),
    /** @param {number} open the number of its calls that wait */
    show: (open) => {
      count.textContent = String(open);
      button.textContent = `Deny all ${open}…`;
      button.hidden = open === 0;
    },
  };
}

/** Those that wait and that the filter shows. @param {readonly Card[]} [cards] */
function shownOf(cards = []) {
  return cards.filter((card) => !card.isOver() && !card.element.hidden);
}

/** @param {Card} card */
function riskOf({ head: { risk_band = '' } }) {
  return RISKS.indexOf(risk_band);
}
