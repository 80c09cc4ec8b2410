// @ts-check
import { createCard } from './card.js';
import { ask, listen, Refusal } from './connection.js';
import { announce, byId, element } from './elements.js';
import { createFreeze } from './freeze.js';
import { createGrants } from './grants.js';
import { listenToKeys } from './keys.js';
import { endSession, signedIn } from './session.js';
import { showDecided } from './decided.js';
import { createDecisions } from './records.js';
import { clock } from './times.js';

/** Until an approver has signed in, the rest of this module waits. */
const approver = await signedIn();

/** Low, because each call may be large. */
const MAX_CONCURRENT_REQUESTS = 3;

/** @typedef {Map<string, { card: import('./card.js').Card }>} Cards by approval, those first that came first */

/** The approvals whose calls are being fetched. @type {Set<string>} */
const loading = new Set();

/** Poll intervals: long while the event stream is connected. */
const POLL_MS = { live: 30_000, alone: 5000, unsettled: 1000 };
/** How long a card shows its outcome. */
const OUTCOME_MS = 10_000;

/** @typedef {import('./card.js').Head} Head */

/** @type {Map<string, { card: import('./card.js').Card, overSince?: number }>} */
const cards = new Map();
/** The approvals that are being looked up one by one. @type {Set<string>} */
const lookedUp = new Set();
const decisions = createDecisions(() => void refresh());
const freeze = createFreeze(() => void refresh());
const grants = createGrants(() => void refresh());
const title = document.title;

/** Milliseconds the gateway's clock is ahead of the browser's. */
let skew = 0;
let isListening = false;
let isLoaded = false;
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
  while (isWanted && !isSignedOut) {
    isWanted = false;
    askedAt = Date.now();
    await load();
  }
}

async function load() {
  try {
    const [listed, decided, frozen, granted] = await Promise.all([
      /** @type {Promise<{ approvals: Head[], now: string }>} */ (ask('/v1/approvals?limit=1000')),
      /** @type {Promise<import('./records.js').Decisions>} */ (ask(decisions.path())),
      /** @type {Promise<import('./freeze.js').FreezeState>} */ (ask('/v1/frozen')),
      /** @type {Promise<{ grants: import('./grants.js').GrantView[] }>} */ (ask('/v1/grants')),
    ]);
    skew = Date.parse(listed.now) - Date.now();
    refreshedAt = Date.now();
    isAnswered = true;
    showApprovals(listed.approvals);
    decisions.show(decided, now());
    freeze.show(frozen, now());
    grants.show(granted, now());
    isLoaded = true;
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

/** @param {Head[]} approvals */
function showApprovals(approvals) {
  const at = now();
  const known = new Map(approvals.map((approval) => [approval.approval_id, approval]));
  const oldestFirst = approvals.toSorted((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
  for (const approval of oldestFirst) {
    if (approval.status !== 'pending' || cards.has(approval.approval_id)) continue;
    const card = createCard(approval, {
      approver,
      decide: (...decision) => decide(approval, ...decision),
      now,
    });
    cards.set(approval.approval_id, { card });
    byId('cards').append(card.element);
    if (isLoaded) announce(`New approval: ${approval.summary}`);
  }
  for (const [id, { card }] of cards) {
    if (card.isKnown()) continue;
    const approval = known.get(id);
    if (!approval) void lookUp(id, card);
    else if (approval.status !== 'pending') card.end(approval);
    else card.update(approval);
  }
  loadCalls(cards);
  const decided = oldestFirst.filter(({ status }) => status !== 'pending');
  showDecided(
    decided.toSorted((one, other) => endOf(other) - endOf(one)),
    at,
  );
  tick();
}

/**
 * Fetches the calls of the cards that have none yet, or that another approver has edited. A failed fetch is repeated the
 * next time.
 *
 * @param {Cards} cards
 */
function loadCalls(cards, tried = new Set()) {
  for (const [id, { card }] of cards) {
    if (loading.size >= MAX_CONCURRENT_REQUESTS) return;
    if (card.isLoaded() || card.isOver() || loading.has(id) || tried.has(id)) continue;
    tried.add(id);
    loading.add(id);
    void loadCall(id, card).finally(() => {
      loading.delete(id);
      loadCalls(cards, tried);
    });
  }
}

/**
 * @param {string} id
 * @param {import('./card.js').Card} card
 */
async function loadCall(id, card) {
  try {
    card.load(/** @type {import('./card.js').Approval} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`)));
  } catch {
    card.showStatus('Not loaded yet. Retrying…');
  }
}

/**
 * Fetches one approval: the list is limited, so an approval that is not on it may still be pending.
 *
 * @param {string} id
 * @param {import('./card.js').Card} card
 */
async function lookUp(id, card) {
  if (lookedUp.has(id)) return;
  lookedUp.add(id);
  try {
    const approval = /** @type {Head} */ (await ask(`/v1/approvals/${encodeURIComponent(id)}`));
    if (approval.status === 'pending') card.update(approval);
    else card.end(approval);
  } catch (problem) {
    if (problem instanceof Refusal && problem.status === 404) card.end(undefined);
  } finally {
    lookedUp.delete(id);
  }
}

/** @param {Head} approval */
function endOf({ decided_at, expires_at }) {
  return Date.parse(decided_at ?? expires_at);
}

/** Each second, updates the time left and removes cards whose outcome was shown long enough. */
function tick() {
  for (const [id, entry] of cards) {
    const { card } = entry;
    const wasOver = card.isOver();
    card.tick(now());
    if (!card.isOver()) continue;
    if (!wasOver) void refresh();
    if (!card.isKnown()) continue;
    entry.overSince ??= Date.now();
    const isLookedAt = card.element.matches(':focus-within, :hover');
    if (isLookedAt || Date.now() - entry.overSince < OUTCOME_MS) continue;
    card.element.remove();
    cards.delete(id);
  }
  const open = [...cards.values()].filter(({ card }) => !card.isOver()).length;
  byId('pending-count').textContent = isLoaded ? String(open) : '';
  byId('no-cards').hidden = !isLoaded || cards.size > 0;
  document.title = open > 0 ? `(${open}) ${title}` : title;
  if (Date.now() - askedAt > pollMs()) void refresh();
}

function pollMs() {
  if (!isAnswered) return POLL_MS.alone;
  if ([...cards.values()].some(({ card }) => card.isOver() && !card.isKnown())) return POLL_MS.unsettled;
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
  endSession();
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
  changed: () => void refresh(),
  connected: (isConnected) => {
    isListening = isConnected;
    if (isConnected) showConnection();
    else void refresh();
  },
});
listenToKeys(() => Array.from(cards.values(), ({ card }) => card));
setInterval(tick, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refresh();
