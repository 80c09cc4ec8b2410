// @ts-check
import { byId } from './elements.js';

/** The approver's choice, for this browser. */
const STORED_AS = 'interven-notify';
/** More new calls than this at once are one notification. */
const MAX_AT_ONCE = 3;
const MAX_NAME_LENGTH = 80;

/** @typedef {import('./card.js').Head} Head */

/** Desktop notifications of new calls, with the function's name only, while the page is not in front. */
export function createNotifications() {
  const button = byId('notify');
  /** @type {Set<string> | undefined} */
  let seen;

  const isOn = () => Notification.permission === 'granted' && isStored();

  function show() {
    const isBlocked = Notification.permission === 'denied';
    button.hidden = false;
    button.toggleAttribute('disabled', isBlocked);
    button.setAttribute('aria-pressed', String(isOn()));
    button.textContent = isBlocked ? 'Notifications are blocked' : isOn() ? 'Stop notifying me' : 'Notify me';
  }

  async function press() {
    store(!isOn() && (await Notification.requestPermission()) === 'granted');
    show();
  }

  // Browsers notify only from a secure context: https, or this machine.
  if ('Notification' in globalThis && isSecureContext && Notification.permission !== 'denied') {
    button.addEventListener('click', () => void press());
    show();
  }

  return {
    /** @param {readonly Head[]} approvals those that the gateway lists */
    update(approvals) {
      const pending = approvals.filter(({ status }) => status === 'pending');
      const added = pending.filter(({ approval_id }) => seen?.has(approval_id) === false);
      seen = new Set(pending.map(({ approval_id }) => approval_id));
      if (added.length === 0 || button.hidden || !isOn() || document.hasFocus()) return;
      if (added.length > MAX_AT_ONCE) notify(`${added.length} calls wait for an approver`, 'many');
      else
        for (const { function_name, approval_id } of added)
          notify(`${named(function_name)} waits for an approver`, approval_id);
    },
  };
}

/**
 * @param {string} title
 * @param {string} tag other tabs replace the notification with the same tag, instead of adding one
 */
function notify(title, tag) {
  const notification = new Notification(title, { tag });
  notification.addEventListener('click', () => {
    notification.close();
    focus();
    if (tag !== 'many') location.hash = tag;
  });
}

/** @param {string} name */
function named(name) {
  return name.replace(/\p{C}/gu, '').slice(0, MAX_NAME_LENGTH);
}

function isStored() {
  try {
    return localStorage.getItem(STORED_AS) === 'on';
  } catch {
    return false;
  }
}

/** @param {boolean} isWanted */
function store(isWanted) {
  try {
    localStorage.setItem(STORED_AS, isWanted ? 'on' : 'off');
  } catch {
    // The browser stores nothing for this page.
  }
}
