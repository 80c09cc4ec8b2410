// @ts-check
import { announce, element } from './elements.js';

/** The time in which the second press must follow the first. */
const ARMED_MS = 4000;
/** A second press within this time is a double click or a bouncing key. */
const BOUNCE_MS = 400;

const WORDS = { approve: 'Approve', deny: 'Deny' };

/**
 * @typedef {'approve' | 'deny'} Choice
 * @typedef {import('./card.js').Head} Head
 */

/**
 * The buttons and the note by which an approver decides. The first press of Approve shows what is still hidden of the call;
 * then one press arms, and a second one sends. Denying takes one press of its button, or two of its key.
 *
 * @param {string} summary
 * @param {number} number unique on the page
 * @param {{ showAll: () => boolean, send: (choice: Choice) => void }} card `showAll` returns false if nothing was hidden
 */
export function createDecision(summary, number, { showAll, send }) {
  /** @type {{ choice: Choice, since: number, timer: number } | undefined} */
  let armed;
  const note = element('input', {
    id: `note-${number}`,
    class: 'note',
    type: 'text',
    maxlength: '1000',
    autocomplete: 'off',
    placeholder: 'Note for the record (optional)',
    'aria-label': 'Note for the record, optional',
  });
  const approve = element('button', { type: 'button', class: 'primary approve', disabled: '' }, WORDS.approve);
  const deny = element('button', { type: 'button', class: 'deny' }, WORDS.deny);
  const bar = element('div', { class: 'decide' }, note, deny, approve);

  /** @param {Choice} choice */
  function press(choice) {
    if (choice === 'approve' && approve.disabled) return;
    const before = armed;
    if (choice === 'approve' && showAll()) {
      announce('The whole call is shown now. Press again to go on.');
      bar.scrollIntoView({ block: 'nearest' });
    } else if (before?.choice !== choice) {
      disarm();
      armed = { choice, since: performance.now(), timer: setTimeout(disarm, ARMED_MS) };
      label();
      announce(`Press again to ${choice}: ${summary}`);
    } else if (performance.now() - before.since > BOUNCE_MS) {
      disarm();
      send(choice);
    }
  }

  function disarm() {
    clearTimeout(armed?.timer);
    armed = undefined;
    label();
  }

  function label() {
    for (const [choice, button] of /** @type {[Choice, HTMLElement][]} */ ([
      ['approve', approve],
      ['deny', deny],
    ])) {
      button.classList.toggle('armed', armed?.choice === choice);
      button.textContent = armed?.choice === choice ? `Press again to ${choice}` : WORDS[choice];
    }
  }

  approve.addEventListener('click', () => {
    press('approve');
  });
  deny.addEventListener('click', () => {
    disarm();
    send('deny');
  });
  // A key held down would press the button repeatedly.
  bar.addEventListener('keydown', (event) => {
    if (event.repeat && event.target instanceof HTMLButtonElement) event.preventDefault();
  });

  return {
    element: bar,
    note,
    press,
    disarm,
    /** @param {boolean} isAllowed */
    allowApproval: (isAllowed) => {
      approve.disabled = !isAllowed;
      if (!isAllowed && armed?.choice === 'approve') disarm();
    },
  };
}

/**
 * Says how an approval has ended, as a badge and a sentence.
 *
 * @param {Pick<Head, 'status' | 'decided_by' | 'approvers'> | undefined} decided an expired approval with an approver was
 * approved but not used; undefined when the gateway no longer has it
 * @param {string} approver
 * @param {boolean} wasTried whether this approver decided at the same time
 */
export function outcomeWords(decided, approver, wasTried) {
  if (!decided) return { badge: 'Gone', text: 'The gateway no longer has this approval. Its outcome is unknown.' };
  const given = decided.status === 'denied' ? [] : (decided.approvers?.given ?? []).map(({ by }) => by);
  const isOwn = decided.decided_by === approver || given.includes(approver);
  const own = ['You', ...given.filter((name) => name !== approver)].join(' and ');
  const who = isOwn ? own : (decided.decided_by ?? 'Another approver');
  if (decided.status === 'expired') {
    const text =
      decided.decided_by === undefined
        ? 'No approver decided in time.'
        : `${who} approved this, but the agent did not use it in time.`;
    return { badge: 'Expired', text: `${text} The call did not run.` };
  }
  const badge = decided.status === 'approved' ? 'Approved' : 'Denied';
  const isLate = wasTried && !isOwn;
  return { badge, text: `${who} ${badge.toLowerCase()} this${isLate ? ' first. Your decision does not count.' : '.'}` };
}
