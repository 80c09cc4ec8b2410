// @ts-check
import { createCall, editedWords } from './call.js';
import { announce, element } from './elements.js';
import { createGrantChoice } from './grants.js';
import { age, countdown } from './times.js';
import { shown } from './values.js';

/** The time in which the second press must follow the first. */
const ARMED_MS = 4000;
/** A second press within this time is a double click or a bouncing key. */
const BOUNCE_MS = 400;

const WORDS = { approve: 'Approve', deny: 'Deny' };

/**
 * @typedef {'approve' | 'deny'} Choice
 * @typedef {import('../approval-json.ts').ApprovalHead} Head an approval without the call's arguments
 * @typedef {import('../approval-json.ts').ApprovalView} Approval
 * @typedef {{ note: string, edited?: string, grant?: import('./grants.js').Grant }} Decision
 *   `edited` is JSON, sent as it is, so that the gateway refuses what a browser would round or drop
 * @typedef {{ problem?: string, approval?: Head }} Answer a problem, or the decided approval
 * @typedef {ReturnType<typeof createCard>} Card
 */

let cardsMade = 0;

/**
 * The card of a pending approval. It can be approved once {@link Card.load} has shown the call.
 *
 * @param {Head} approval
 * @param {{ approver: string, decide: (choice: Choice, decision: Decision) => Promise<Answer>, now: () => number }} page
 */
export function createCard(approval, { approver, decide, now: gatewayNow }) {
  const number = ++cardsMade;
  const expiresAt = Date.parse(approval.expires_at);
  /** @type {'open' | 'sending' | 'over'} */
  let phase = 'open';
  /** True if the outcome is known. */
  let isSettled = false;
  /** @type {{ choice: Choice, since: number, timer: number } | undefined} */
  let armed;
  let isLast = false;

  const asked = element('span');
  const left = element('span', { role: 'timer' });
  const times = element('p', { class: 'times' }, asked, left);
  const heading = element('h3', { id: `card-${number}` }, shown(approval.summary));
  const note = element('input', {
    id: `note-${number}`,
    class: 'note',
    type: 'text',
    maxlength: '1000',
    autocomplete: 'off',
    placeholder: 'Note for the record (optional)',
    'aria-label': 'Note for the record, optional',
  });
  const problem = element('p', { class: 'failure', role: 'alert', hidden: '' });
  const refused = element('p', { class: 'refused', hidden: '' });
  const approve = element('button', { type: 'button', class: 'primary approve', disabled: '' }, WORDS.approve);
  const deny = element('button', { type: 'button', class: 'deny' }, WORDS.deny);
  const call = createCall(approval, number);
  const grant = createGrantChoice(approval, disarm);
  const open = element(
    'div',
    { class: 'open' },
    call.element,
    problem,
    refused,
    grant.element,
    element('div', { class: 'decide' }, note, deny, approve),
  );
  const outcome = element('p', { class: 'outcome', hidden: '' });
  const card = element(
    'article',
    { class: 'card', tabindex: '0', 'aria-labelledby': heading.id },
    element('div', { class: 'card-head' }, heading, times),
    outcome,
    open,
  );

  /** @param {Choice} choice */
  function press(choice) {
    if (phase !== 'open' || (choice === 'approve' && approve.disabled)) return;
    const before = armed;
    if (before?.choice !== choice) {
      disarm();
      armed = { choice, since: performance.now(), timer: setTimeout(disarm, ARMED_MS) };
      label();
      announce(`Press again to ${choice}: ${approval.summary}`);
    } else if (performance.now() - before.since > BOUNCE_MS) {
      void send(choice);
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

  /** @param {Choice} choice */
  async function send(choice) {
    if (phase !== 'open') return;
    disarm();
    const { editor } = call;
    const isEdit = choice === 'approve' && editor.isOpen();
    const edited = isEdit ? editor.read() : choice === 'approve' ? call.editedJson() : undefined;
    if (isEdit && edited === undefined) return;
    phase = 'sending';
    problem.hidden = true;
    open.setAttribute('aria-busy', 'true');
    const further = choice === 'approve' ? grant.read(gatewayNow()) : undefined;
    const answer = await decide(choice, {
      note: note.value.trim(),
      ...(edited === undefined ? {} : { edited }),
      ...(further ? { grant: further } : {}),
    });
    open.removeAttribute('aria-busy');
    if (card.classList.contains('over')) return;
    phase = 'open';
    if (answer.approval?.status === 'pending') update(answer.approval);
    else if (answer.approval) end(answer.approval, true);
    if (answer.problem === undefined) return;
    if (isEdit) {
      editor.fail(answer.problem);
      return;
    }
    problem.textContent = answer.problem;
    problem.hidden = false;
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
    phase = 'over';
    disarm();
    const hadFocus = card.contains(document.activeElement);
    outcome.replaceChildren(element('span', { class: `badge ${status}` }, words.badge), ' ', shown(words.text));
    if (decisionNote) outcome.append(' ', element('q', {}, shown(decisionNote)));
    outcome.hidden = false;
    open.hidden = true;
    times.hidden = true;
    card.classList.add('over');
    if (hadFocus) card.focus();
  }

  /** @param {Approval} full the same approval, with its call */
  function load(full) {
    call.load(full);
    grant.load(full.arguments);
    update(full);
  }

  /** @param {Head} current the approval, still pending: others may have approved it */
  function update(current) {
    call.update(current);
    heading.replaceChildren(shown(current.summary));
    refused.hidden = current.refused === undefined;
    refused.replaceChildren(shown(current.refused ?? ''));
    approve.disabled = !call.isLoaded() || current.refused !== undefined;
    if (approve.disabled && armed?.choice === 'approve') disarm();
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
    left.replaceChildren(element('strong', {}, countdown(remaining)), ' left');
    asked.textContent = `asked ${age(now - Date.parse(approval.created_at))}`;
    card.classList.toggle('last-minute', remaining <= 60_000);
    if (remaining <= 60_000 && !isLast) announce(`One minute left: ${approval.summary}`);
    isLast = remaining <= 60_000;
  }

  approve.addEventListener('click', () => {
    press('approve');
  });
  deny.addEventListener('click', () => {
    void send('deny');
  });
  // A key held down would press the button repeatedly.
  open.addEventListener('keydown', (event) => {
    if (event.repeat && event.target instanceof HTMLButtonElement) event.preventDefault();
  });

  const isOver = () => phase === 'over';
  const isKnown = () => isSettled;
  const { reveal, isLoaded, showStatus } = call;
  const edit = () => {
    call.editor.toggle.click();
  };
  return {
    element: card,
    note,
    edit,
    press,
    disarm,
    end,
    tick,
    load,
    update,
    showStatus,
    reveal,
    isLoaded,
    isOver,
    isKnown,
  };
}

/**
 * @param {Pick<Head, 'status' | 'decided_by' | 'approvers'> | undefined} decided an expired approval with an approver was approved but not used
 * @param {string} approver
 * @param {boolean} wasTried whether this approver decided at the same time
 */
function outcomeWords(decided, approver, wasTried) {
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
