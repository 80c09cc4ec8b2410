// @ts-check
import { createCall } from './call.js';
import { createDecision } from './decision.js';
import { element } from './elements.js';
import { createGrantChoice } from './grants.js';
import { shown } from './values.js';

/**
 * @typedef {import('./card.js').Approval} Approval
 * @typedef {import('./card.js').Decision} Decision
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('./decision.js').Choice} Choice
 */

/**
 * The open part of a row: the call, and the fields and buttons by which an approver decides.
 *
 * @param {Head} approval
 * @param {number} number unique on the page
 * @param {{ send: (choice: Choice) => void, now: () => number }} card
 */
export function createBody(approval, number, { send, now }) {
  const problem = element('p', { class: 'failure', role: 'alert', hidden: '' });
  const refused = element('p', { class: 'refused', hidden: '' });
  const call = createCall(approval, number);
  const { editor } = call;
  const decision = createDecision(approval.summary, number, { showAll: call.showAll, send });
  const grant = createGrantChoice(approval, decision.disarm);

  /**
   * @param {Choice} choice
   * @returns {Decision | undefined} undefined for edited arguments that are no JSON object, which the approver then reads
   */
  function read(choice) {
    const isEdit = choice === 'approve' && editor.isOpen();
    const edited = isEdit ? editor.read() : choice === 'approve' ? call.editedJson() : undefined;
    if (isEdit && edited === undefined) return undefined;
    const further = choice === 'approve' ? grant.read(now()) : undefined;
    problem.hidden = true;
    return {
      note: decision.note.value.trim(),
      ...(edited === undefined ? {} : { edited }),
      ...(further ? { grant: further } : {}),
    };
  }

  /** @param {Choice} choice @param {string} text why it was not decided */
  function fail(choice, text) {
    if (choice === 'approve' && editor.isOpen()) {
      editor.fail(text);
      return;
    }
    problem.textContent = text;
    problem.hidden = false;
  }

  /** @param {Head} current the approval, still pending: others may have approved it */
  function update(current) {
    call.update(current);
    refused.hidden = current.refused === undefined;
    refused.replaceChildren(shown(current.refused ?? ''));
    decision.allowApproval(call.isLoaded() && current.refused === undefined);
  }

  return {
    element: element('div', {}, call.element, problem, refused, grant.element, decision.element),
    read,
    fail,
    update,
    /** @param {Approval} full the same approval, with its call */
    load: (full) => {
      call.load(full);
      grant.load(full.arguments);
    },
    isLoaded: call.isLoaded,
    showStatus: call.showStatus,
    press: decision.press,
    disarm: decision.disarm,
    reveal: call.reveal,
    edit: () => {
      if (!editor.toggle.hidden) editor.toggle.click();
    },
    focusNote: () => {
      decision.note.focus();
    },
  };
}
