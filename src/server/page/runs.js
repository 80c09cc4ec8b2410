// @ts-check
import { ask, Refusal } from './connection.js';
import { byId, callCount, element, runAddress } from './elements.js';
import { badge, recordRow, short } from './records.js';
import { createRun, stateBadge } from './run.js';
import { timeElement } from './times.js';

/**
 * @typedef {import('../run-json.ts').RunHeadView} Head
 * @typedef {{ has_journal: boolean, runs: Head[], has_more: boolean, now: string }} Listed
 */

/** While runs are in view: a journal does not announce its events. */
const POLL_MS = 5000;
const PER_PAGE = 50;

/** The run of the page's address: `''` for the list, undefined for another view. */
function addressed() {
  if (location.hash === '#runs') return '';
  if (!location.hash.startsWith('#runs/')) return undefined;
  try {
    return decodeURIComponent(location.hash.slice('#runs/'.length));
  } catch {
    return '';
  }
}

/**
 * The view of runs, at `#runs` and `#runs/ID`: the list, or one run.
 *
 * @param {{ ended: (problem: unknown) => void }} page gets a request's error, which may be the end of the session
 */
export function createRuns({ ended }) {
  const run = createRun();
  const problemText = byId('runs-problem');
  const more = byId('runs-more');
  let isOpenOnly = false;
  /** The newest runs, and older ones as far as they were asked for. @type {Head[]} */
  let known = [];
  let hasOlder = false;
  /** What is shown, to leave the list alone when nothing has changed. */
  let shownText = '';
  /** @type {string | undefined} */
  let at;
  /** @type {Promise<void> | undefined} */
  let loading;
  let askedAt = 0;
  let isStale = false;

  function follow() {
    const next = addressed();
    const isRuns = next !== undefined;
    byId('runs-view').hidden = !isRuns;
    byId('approvals-view').hidden = isRuns;
    for (const [id, isCurrent] of /** @type {const} */ ([
      ['to-approvals', !isRuns],
      ['to-runs', isRuns],
    ])) {
      if (isCurrent) byId(id).setAttribute('aria-current', 'page');
      else byId(id).removeAttribute('aria-current');
    }
    if (!isRuns || next === at) {
      at = next;
      return;
    }
    at = next;
    problemText.hidden = true;
    byId('runs-section').hidden = at !== '';
    byId('run-section').hidden = at === '';
    if (at !== '') run.open(at);
    byId(at === '' ? 'runs' : 'run-title').focus({ preventScroll: true });
    scrollTo(0, 0);
    void load();
  }

  /** Loads what is in view, unless that is in progress. */
  async function load() {
    const wanted = at;
    if (wanted === undefined) return;
    loading ??= loadView().finally(() => {
      loading = undefined;
    });
    await loading;
    // The view has changed meanwhile.
    if (at !== wanted) await load();
  }

  async function loadView() {
    const wanted = at;
    isStale = false;
    askedAt = Date.now();
    try {
      if (wanted === '') showList(/** @type {Listed} */ (await ask(path())));
      else if (wanted !== undefined) await run.load(() => at === wanted);
      problemText.hidden = true;
    } catch (problem) {
      ended(problem);
      if (at !== wanted) return;
      // It may appear with a change, but is not asked for again and again.
      if (problem instanceof Refusal && problem.status === 404) askedAt = Infinity;
      problemText.textContent = problem instanceof Refusal ? problem.message : 'The runs cannot be loaded. Retrying…';
      problemText.hidden = false;
    }
  }

  /** @param {readonly Head[]} [after] lists the runs that are older than these */
  function path(after = []) {
    const query = new URLSearchParams({ limit: String(PER_PAGE) });
    if (isOpenOnly) query.set('open', 'true');
    for (const [name, source] of /** @type {const} */ ([
      ['before', 'journal'],
      ['before_decided', 'decisions'],
    ])) {
      const last = after.findLast((head) => head.source === source);
      if (last) query.set(name, last.run_id);
    }
    return `/v1/runs?${query}`;
  }

  /** @param {Listed} listed the newest runs */
  function showList({ has_journal, runs, has_more, now }) {
    const ids = new Set(runs.map(({ run_id }) => run_id));
    const shared = known.findLastIndex(({ run_id }) => ids.has(run_id));
    const older = has_more && shared !== -1 ? known.slice(shared + 1) : [];
    if (older.length === 0) hasOlder = has_more;
    known = [...runs, ...older];
    const isEmpty = runs.length === 0;
    byId('runs-filters').hidden = !has_journal && isEmpty && !isOpenOnly;
    byId('no-journal').hidden = has_journal || !isEmpty || isOpenOnly;
    byId('no-runs').hidden = !has_journal || !isEmpty || isOpenOnly;
    byId('no-open-runs').hidden = !isEmpty || !isOpenOnly;
    render(Date.parse(now));
  }

  /** @param {number} now */
  function render(now) {
    more.hidden = !hasOlder;
    byId('runs-decided').hidden = !known.some(({ source }) => source === 'decisions');
    byId('runs-shown').textContent = known.length === 0 ? '' : `${hasOlder ? 'the newest ' : ''}${known.length} shown`;
    const text = JSON.stringify(known);
    if (text === shownText) return;
    shownText = text;
    const list = byId('run-list');
    const links = () => [...list.querySelectorAll('a')];
    const focused = links().find((link) => link === document.activeElement)?.hash;
    list.replaceChildren(...known.map((head) => runRow(head, now)));
    links()
      .find(({ hash }) => hash === focused)
      ?.focus({ preventScroll: true });
  }

  async function showOlder() {
    const last = known.at(-1);
    if (!last) return;
    try {
      const listed = /** @type {Listed} */ (await ask(path(known)));
      // A refresh may have replaced the list.
      if (known.at(-1)?.run_id !== last.run_id) return;
      known = [...known, ...listed.runs];
      hasOlder = listed.has_more;
      render(Date.parse(listed.now));
    } catch (problem) {
      ended(problem);
      problemText.textContent = 'Older runs cannot be loaded. Press again.';
      problemText.hidden = false;
    }
  }

  /** @param {boolean} isOpen */
  function filter(isOpen) {
    isOpenOnly = isOpen;
    known = [];
    byId('runs-all').setAttribute('aria-pressed', String(!isOpen));
    byId('runs-open').setAttribute('aria-pressed', String(isOpen));
    void load();
  }

  byId('runs-all').addEventListener('click', () => {
    filter(false);
  });
  byId('runs-open').addEventListener('click', () => {
    filter(true);
  });
  more.addEventListener('click', () => void showOlder());
  addEventListener('hashchange', follow);
  follow();
  return {
    /** The gateway has changed. The next tick loads, so that many changes are one load. */
    refresh: () => {
      isStale = true;
    },
    /** Each second. */
    tick: () => {
      if (at !== undefined && !document.hidden && (isStale || Date.now() - askedAt > POLL_MS)) void load();
    },
  };
}

/**
 * @param {Head} head
 * @param {number} now
 */
function runRow(head, now) {
  const { run_id, begun_at, principal_ids, agents = [], thread_id, api, problem, source } = head;
  const about = [
    source === 'decisions' && 'decisions only',
    ...agents,
    api,
    thread_id === run_id || !thread_id ? undefined : thread_id,
    principal_ids.length > 0 && `for ${principal_ids.join(', ')}`,
  ].filter((part) => typeof part === 'string');
  const details = element(
    'div',
    { class: 'details' },
    element('p', {}, element('a', { href: runAddress(run_id) }, element('code', {}, short(run_id)))),
    element('p', { class: 'aside' }, short(problem ?? about.join(' · '))),
  );
  const row = recordRow(
    begun_at === undefined ? '' : timeElement(begun_at, now),
    stateBadge(head),
    details,
    counts(head),
  );
  row.className = 'run-row';
  return row;
}

/** @param {Head} head */
function counts({ calls, waiting, in_doubt, state }) {
  if (state === 'unreadable') return [];
  return [
    element('span', {}, callCount(calls)),
    ...(waiting > 0 ? [badge('REQUIRE_APPROVAL', `${waiting} waiting`)] : []),
    ...(in_doubt > 0 ? [badge('risk CRITICAL', `${in_doubt} in doubt`)] : []),
  ];
}
