// @ts-check
import { ask, listen, Refusal } from './connection.js';
import { byId, element } from './elements.js';
import { createExplain } from './explain.js';
import { createFreeze } from './freeze.js';
import { createGrants } from './grants.js';
import { listenToKeys } from './keys.js';
import { createLink } from './link.js';
import { createNotifications } from './notify.js';
import { signedIn } from './session.js';
import { showDecided } from './decided.js';
import { createPending } from './pending.js';
import { createDecisions } from './records.js';
import { createRuns } from './runs.js';
import { clock } from './times.js';

/** Until an approver has signed in, the rest of this module waits. */
const approver = await signedIn();

/** Poll intervals: long while the event stream is connected. */
const POLL_MS = { live: 30_000, alone: 5000, unsettled: 1000 };

/** Between two loads. */
const PAUSE_MS = 300;

/** The gateway lists no more at once. Those that expire soonest come first. */
const MAX_LISTED = 1000;

/** @typedef {import('./card.js').Head} Head */

const decisions = createDecisions(() => void refresh());
createExplain();
const freeze = createFreeze(() => void refresh());
const grants = createGrants(() => void refresh());
const pending = createPending({
  approver,
  decide,
  deny: async (card, note) => {
    const { approval } = await decide(card.head, 'deny', { note });
    if (approval) card.end(approval, true);
    return approval !== undefined;
  },
  now,
  refresh: () => void refresh(),
});
const runs = createRuns({
  ended: (problem) => {
    if (isSessionOver(problem)) leave();
  },
});
// After the runs, which show the view that has the link's call: what is hidden gets no focus.
const link = createLink({ find: pending.find, open: pending.open, now });
const notifications = createNotifications();
const title = document.title;

/** Milliseconds the gateway's clock is ahead of the browser's. */
let skew = 0;
let isListening = false;
let isLoaded = false;
/** True if more calls wait than the gateway lists. */
let isCut = false;
let refreshedAt = 0;
let askedAt = 0;
let isWanted = false;
let isSignedOut = false;
/** True if the last request got a response. */
let isAnswered = true;
/** @type {Promise<void> | undefined} */
let refreshing;

function now() {
  return Date.now() + skew;
}

/** Fetches everything again, and once more if called meanwhile. */
async function refresh() {
  isWanted = true;
  refreshing ??= loadWhileWanted().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function loadWhileWanted() {
  for (let loads = 0; isWanted && !isSignedOut; loads += 1) {
    // An agent that runs wild must not make the page ask without a pause.
    if (loads > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    isWanted = false;
    askedAt = Date.now();
    await load();
  }
}

async function load() {
  try {
    const [listed, decided, frozen, granted] = await Promise.all([
      /** @type {Promise<{ approvals: Head[], now: string }>} */ (ask(`/v1/approvals?limit=${MAX_LISTED}`)),
      /** @type {Promise<import('./records.js').Decisions>} */ (ask(decisions.path())),
      /** @type {Promise<import('./freeze.js').FreezeState>} */ (ask('/v1/frozen')),
      /** @type {Promise<{ grants: import('./grants.js').GrantView[] }>} */ (ask('/v1/grants')),
    ]);
    skew = Date.parse(listed.now) - Date.now();
    refreshedAt = Date.now();
    isAnswered = true;
    isCut = listed.approvals.length === MAX_LISTED && listed.approvals.at(-1)?.status === 'pending';
    const hasDecisions = Object.values(decided.counts).some((count) => count > 0);
    pending.show(listed.approvals, { hasDecisions });
    showDecided(
      listed.approvals.filter(({ status }) => status !== 'pending').toSorted((one, other) => endOf(other) - endOf(one)),
      now(),
    );
    decisions.show(decided, now());
    freeze.show(frozen, now());
    grants.show(granted, now());
    notifications.update(listed.approvals);
    if (!isLoaded) void link.follow();
    isLoaded = true;
    tick();
  } catch (problem) {
    if (isSessionOver(problem)) leave();
    isAnswered = false;
  }
  showConnection();
}

/** @param {unknown} problem */
function isSessionOver(problem) {
  if (!(problem instanceof Refusal)) return false;
  return problem.status === 401 || (problem.status === 403 && problem.code !== 'approver_refused');
}

/** @param {Head} approval */
function endOf({ decided_at, expires_at }) {
  return Date.parse(decided_at ?? expires_at);
}

/** Each second, shows the time left and the number of calls, and fetches everything if it is time. */
function tick() {
  pending.tick();
  if (!isSignedOut) runs.tick();
  const open = pending.count();
  byId('pending-count').textContent = isLoaded ? `${open}${isCut ? '+' : ''}` : '';
  document.title = open > 0 ? `(${open}) ${title}` : title;
  if (Date.now() - askedAt > pollMs()) void refresh();
}

function pollMs() {
  if (!isAnswered) return POLL_MS.alone;
  if (pending.isUnsettled()) return POLL_MS.unsettled;
  return isListening ? POLL_MS.live : POLL_MS.alone;
}

/**
 * @param {Head} approval
 * @param {import('./card.js').Choice} choice
 * @param {import('./card.js').Decision} decision
 * @returns {Promise<import('./card.js').Answer>}
 */
async function decide({ approval_id }, choice, { note, edited, grant }) {
  const members = [
    ...(note ? [`"note":${JSON.stringify(note)}`] : []),
    ...(edited === undefined ? [] : [`"arguments":${edited}`]),
    ...(grant ? [`"grant":${JSON.stringify(grant)}`] : []),
  ];
  try {
    const decided = await ask(`/v1/approvals/${encodeURIComponent(approval_id)}/${choice}`, {
      method: 'POST',
      body: `{${members.join(',')}}`,
    });
    void refresh();
    return { approval: /** @type {Head} */ (decided) };
  } catch (problem) {
    if (isSessionOver(problem)) leave();
    // The list has the outcome: the approver who was first, or the expiry.
    await refresh();
    if (problem instanceof Refusal) return { problem: `Not decided: ${problem.message}` };
    return { problem: isAnswered ? NOT_ARRIVED : NO_ANSWER };
  }
}

const NOT_ARRIVED = 'Your decision did not reach the gateway. Press again; your note is kept.';
const NO_ANSWER = 'The gateway does not respond. This card shows the outcome once it does; your note is kept.';

/** The session has ended: nothing can be decided here any more. */
function leave() {
  isSignedOut = true;
  stopListening();
  showConnection();
}

function showConnection() {
  const state = isSignedOut || !isAnswered ? 'lost' : isListening ? 'live' : 'connecting';
  const connection = byId('connection');
  if (connection.dataset.state === state && !isSignedOut) return;
  connection.dataset.state = state;
  connection.textContent = { lost: 'Not connected', live: 'Live', connecting: 'Connecting…' }[state];
  const trouble = byId('trouble');
  trouble.hidden = state !== 'lost';
  if (isSignedOut) {
    const again = element('button', { type: 'button', class: 'quiet' }, 'Sign in again');
    // The fragment of the address, which names an approval, stays.
    again.addEventListener('click', () => {
      location.reload();
    });
    trouble.replaceChildren('Your session has ended. ', again);
  } else {
    const asOf = isLoaded ? `Last updated at ${clock(refreshedAt + skew, now())}. ` : '';
    trouble.textContent = `The gateway cannot be reached. ${asOf}Retrying…`;
  }
}

const stopListening = listen({
  changed: () => {
    void refresh();
    runs.refresh();
  },
  connected: (isConnected) => {
    isListening = isConnected;
    if (isConnected) showConnection();
    else void refresh();
  },
});
listenToKeys(pending);
byId('own-address').textContent = location.origin;
setInterval(tick, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refresh();
