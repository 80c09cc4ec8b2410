// @ts-check
import { ask } from './connection.js';
import { byId, element } from './elements.js';
import { timeElement } from './times.js';
import { shown } from './values.js';

/**
 * @typedef {{ by?: string, at: string, reason?: string, pending: 'keep' | 'void' }} Freeze
 * @typedef {{ frozen: Freeze | null }} FreezeState
 */

/** @param {Freeze | null} freeze @param {number} now */
function showFreeze(freeze, now) {
  byId('frozen').hidden = freeze === null;
  byId('freeze').hidden = freeze !== null;
  if (!freeze) return;
  const { by = 'An approver', at, reason, pending } = freeze;
  byId('frozen-text').replaceChildren(
    element('strong', {}, shown(by), ' froze the gateway '),
    timeElement(at, now),
    ...(reason === undefined ? [] : [': ', element('q', {}, shown(reason))]),
    ' Every call is denied.',
    pending === 'void' ? ' Approvals were voided.' : ' Approvals can be used after the freeze.',
  );
}

/**
 * Connects the banner, the button and its dialog.
 *
 * @param {() => void} changed
 */
export function createFreeze(changed) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('freeze-dialog'));
  const reason = /** @type {HTMLInputElement} */ (byId('freeze-reason'));
  const isVoid = /** @type {HTMLInputElement} */ (byId('freeze-void'));
  const problem = byId('freeze-problem');

  /** @param {string} path @param {object} body */
  async function send(path, body) {
    try {
      await ask(path, { method: 'POST', body: JSON.stringify(body) });
      return true;
    } catch {
      return false;
    } finally {
      changed();
    }
  }

  async function freeze() {
    const text = reason.value.trim();
    const body = { pending: isVoid.checked ? 'void' : 'keep', ...(text ? { reason: text } : {}) };
    if (await send('/v1/freeze', body)) dialog.close();
    else showProblem('The gateway did not confirm the freeze. Press again.');
  }

  /** @param {string} text */
  function showProblem(text) {
    problem.textContent = text;
    problem.hidden = text === '';
  }

  byId('freeze').addEventListener('click', () => {
    reason.value = '';
    isVoid.checked = false;
    showProblem('');
    dialog.showModal();
  });
  byId('freeze-confirm').addEventListener('click', () => void freeze());
  // Enter in the reason must not close the dialog as Cancel does.
  reason.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  const end = byId('unfreeze');
  /** True once the first of two presses has been made. */
  let isArmed = false;

  /** @param {string} [armedAs] the label that asks for the second press */
  function arm(armedAs) {
    isArmed = armedAs !== undefined;
    end.textContent = armedAs ?? 'End the freeze';
  }

  async function unfreeze() {
    if (!isArmed) arm('Press again to end the freeze');
    else if (await send('/v1/unfreeze', {})) arm();
    else arm('Not ended. Press again');
  }

  // A double click counts as one press.
  end.addEventListener('click', ({ detail }) => {
    if (detail <= 1) void unfreeze();
  });
  end.addEventListener('blur', () => {
    arm();
  });

  return {
    /** @param {FreezeState} state @param {number} now */
    show: ({ frozen }, now) => {
      /** @type {HTMLButtonElement} */ (byId('freeze')).disabled = false;
      showFreeze(frozen, now);
    },
  };
}
