// @ts-check
import { byId } from './elements.js';

/**
 * In `localStorage`, which is the origin's with its port, while a cookie goes to every port of a host. A tab that a link
 * opens is signed in, too.
 */
const STORED_AS = 'interven-session';

/** @typedef {{ secret: string, approver: string }} Session */

/** Read once: a sign-in in another tab must not change in whose name this one decides. @type {Session | undefined} */
let session = stored();

/** @returns {Session | undefined} */
function stored() {
  try {
    /** @type {unknown} */
    const read = JSON.parse(localStorage.getItem(STORED_AS) ?? '');
    return /** @type {Session} */ (read);
  } catch {
    return undefined;
  }
}

/** @throws Error once this tab has signed out */
export function sessionHeaders() {
  if (!session) throw new Error('Signed out.');
  return { authorization: `Session ${session.secret}` };
}

/** Forgets this tab's session, but not that of a later sign-in. */
function endSession() {
  try {
    if (stored()?.secret === session?.secret) localStorage.removeItem(STORED_AS);
  } catch {
    // The browser stores nothing for this page.
  }
  session = undefined;
}

/**
 * Waits until an approver is signed in, and shows the page.
 *
 * @returns {Promise<string>} the approver's name
 */
export async function signedIn() {
  if (session && (await isOver())) endSession();
  session ??= await askForToken();
  byId('app').hidden = false;
  byId('approver').textContent = session.approver;
  byId('sign-out').addEventListener('click', () => void signOut());
  addEventListener('storage', reloadIfSignedOut);
  return session.approver;
}

/** Asks the gateway. Without an answer, the page opens and reports that. */
async function isOver() {
  try {
    const response = await fetch('/session', { headers: sessionHeaders(), signal: AbortSignal.timeout(15_000) });
    return response.status === 401 || response.status === 403;
  } catch {
    return false;
  }
}

/** @returns {Promise<Session>} */
async function askForToken() {
  const form = byId('sign-in');
  const failure = byId('sign-in-failure');
  const token = /** @type {HTMLInputElement} */ (byId('token'));
  form.hidden = false;
  token.focus();
  // An approver may sign in in another tab.
  addEventListener('storage', reloadIfSignedIn);
  const made = await new Promise((/** @type {(made: Session) => void} */ resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void signIn(token.value).then((answer) => {
        if (typeof answer !== 'string') {
          resolve(answer);
          return;
        }
        failure.textContent = answer;
        failure.hidden = false;
        token.select();
      });
    });
  });
  removeEventListener('storage', reloadIfSignedIn);
  token.value = '';
  form.hidden = true;
  return made;
}

function reloadIfSignedIn() {
  if (stored()) location.reload();
}

/**
 * Another tab has signed out: nothing of the session may stay in view here.
 *
 * @param {StorageEvent} event
 */
function reloadIfSignedOut({ key, newValue }) {
  if ((key === STORED_AS || key === null) && newValue === null) location.reload();
}

/**
 * @param {string} token
 * @returns {Promise<Session | string>} the session, or why there is none
 */
async function signIn(token) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch('/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(15_000),
    });
    if (response.ok) {
      /** @type {Promise<{ session: string, approver: string }>} */
      const json = response.json();
      const { session: secret, approver } = await json;
      return store({ secret, approver });
    }
  } catch {
    return 'The gateway does not respond. Try again.';
  }
  if (response.status === 401) return 'This is not an approver token.';
  if (response.status === 429) return 'Too many wrong tokens. Try again in a minute.';
  return `Not signed in: HTTP ${response.status}.`;
}

/** @param {Session} made */
function store(made) {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(made));
  } catch {
    // The session ends with this tab's document.
  }
  return made;
}

async function signOut() {
  const headers = sessionHeaders();
  // At once, also in other tabs, if the gateway does not respond.
  endSession();
  byId('app').hidden = true;
  try {
    await fetch('/sign-out', { method: 'POST', headers, keepalive: true, signal: AbortSignal.timeout(5000) });
  } catch {
    // The session ends at the gateway after its twelve hours.
  }
  location.reload();
}
