// @ts-check
import { codes, ruleName } from './call.js';
import { ask } from './connection.js';
import { byId, callCount, element, factList, runAddress } from './elements.js';
import { badge, DECISION_WORDS, short } from './records.js';
import { clock, timeElement } from './times.js';
import { countValues, folded, shown, tree } from './values.js';

/**
 * @typedef {import('../run-json.ts').RunHeadView} Head
 * @typedef {import('../run-json.ts').RunDetailsView} Details
 * @typedef {import('../run-json.ts').RunCallView} Call
 * @typedef {import('../run-json.ts').RunPayloadsView} Payloads
 * @typedef {Call['steps'][number]} Step
 */

/** @type {Readonly<Record<Head['state'], { name: string, word: string }>>} */
const STATES = {
  running: { name: 'approved', word: 'Running' },
  waiting: { name: 'REQUIRE_APPROVAL', word: 'Waiting' },
  interrupted: { name: 'risk HIGH', word: 'Interrupted' },
  ended: { name: 'expired', word: 'Ended' },
  empty: { name: 'expired', word: 'Empty' },
  unreadable: { name: 'risk CRITICAL', word: 'Unreadable' },
  unknown: { name: 'expired', word: 'End unknown' },
};

/** @type {Readonly<Record<Step['name'], string>>} */
const STEPS = { scan: 'Scan', approval: 'Approval', handler: 'Handler', output: 'Output' };

const DECISIONS_ONLY =
  'This gateway has no journal of this run, only its own decisions. They show neither whether a handler ran nor what it returned, and a runner in monitor mode runs denied calls, too. Agents choose the ids of runs: if several agents are here, each call has its own.';

/** @param {Head} head */
export function stateBadge({ state, ended }) {
  const { name, word } = STATES[state];
  // The API's status, such as `completed`, is what an ended run is.
  const shownWord = ended ? `${ended.slice(0, 1).toUpperCase()}${ended.slice(1, 30).replaceAll('_', ' ')}` : word;
  return badge(name, shownWord);
}

/** One run: what it is, and a table of the steps of its calls, with a bar for each. */
export function createRun() {
  let id = '';
  let shownText = '';
  /** The payloads of each call, which stay while the table is made anew. @type {Map<number, HTMLDetailsElement>} */
  let payloads = new Map();

  /** @param {string} opened */
  function open(opened) {
    id = opened;
    shownText = '';
    payloads = new Map();
    byId('run-title').replaceChildren('Run ', element('code', {}, short(id)));
    byId('run-body').replaceChildren();
  }

  /** @param {() => boolean} isWanted */
  async function load(isWanted) {
    const details = /** @type {Details} */ (await ask(`/v1/runs/${encodeURIComponent(id)}`));
    if (isWanted()) show(details);
  }

  /** @param {Details} details */
  function show({ now, ...details }) {
    const { run, usage, calls } = details;
    const text = JSON.stringify(details);
    const goesOn = calls.some(({ steps }) => steps.some(({ is_open }) => is_open));
    if (text === shownText && !goesOn) return;
    shownText = text;
    const focused = document.activeElement;
    byId('run-body').replaceChildren(
      ...(run.source === 'decisions' ? [element('p', { class: 'aside run-source' }, DECISIONS_ONLY)] : []),
      facts(run, usage, Date.parse(now)),
      calls.length === 0
        ? element('p', { class: 'empty' }, run.problem ? shown(run.problem) : 'No tool call is recorded yet.')
        : waterfall(calls, Date.parse(now), run.source === 'journal' ? payloadsOf : undefined),
    );
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  /** @param {number} number */
  function payloadsOf(number) {
    const found = payloads.get(number);
    if (found) return found;
    const made = payloadsElement(`/v1/runs/${encodeURIComponent(id)}/calls/${number}`);
    payloads.set(number, made);
    return made;
  }

  return { open, load };
}

/**
 * @param {Head} run
 * @param {Details['usage']} usage
 * @param {number} now
 */
function facts(run, usage, now) {
  const { begun_at, written_at, principal_ids, agents = [], owner, successor, waiting, in_doubt } = run;
  const { api, thread_id, assistant_id } = run;
  const hasEvents = begun_at !== undefined && written_at !== undefined;
  const list = factList([
    ['State', stateBadge(run), owner === undefined ? '' : shown(owner)],
    ['Waiting', waiting > 0 ? `${waiting} ${waiting === 1 ? 'call waits' : 'calls wait'} for an approver` : ''],
    ['In doubt', in_doubt > 0 ? `${callCount(in_doubt)}: check whether the effect happened` : ''],
    ['For', principal_ids.length > 0 ? shown(principal_ids.join(', ')) : ''],
    ['Agent', agents.length > 0 ? shown(agents.join(', ')) : ''],
    ['API', api],
    ['Thread', thread_id ? element('code', {}, shown(thread_id)) : ''],
    ['Assistant', assistant_id === undefined ? '' : element('code', {}, shown(assistant_id))],
    ['Begun', hasEvents ? timeElement(begun_at, now) : ''],
    ['Last event', hasEvents ? timeElement(written_at, now) : ''],
    ['Used', usage && usageWords(usage)],
    ['Replaced by', successor === undefined ? '' : element('a', { href: runAddress(successor) }, shown(successor))],
  ]);
  list.classList.add('run-facts');
  return list;
}

/** @param {NonNullable<Details['usage']>} usage */
function usageWords({ input_tokens, output_tokens, cost }) {
  const tokens = `${input_tokens.toLocaleString()} input and ${output_tokens.toLocaleString()} output tokens`;
  return cost === undefined
    ? tokens
    : `${tokens}, cost ${cost.toLocaleString(undefined, { maximumSignificantDigits: 3 })}`;
}

/**
 * @param {readonly Call[]} calls
 * @param {number} now
 * @param {((number: number) => Node) | undefined} payloadsOf
 */
function waterfall(calls, now, payloadsOf) {
  const all = calls.flatMap(({ steps }) => steps);
  const from = Math.min(...all.map(({ at }) => Date.parse(at)));
  const to = Math.max(from + 1, ...all.map((step) => endOf(step, now)));
  const hasSeveralAgents = new Set(calls.map(({ agent }) => agent)).size > 1;
  const head = ['Step', 'Begun after', 'Took'].map((name) => element('th', { scope: 'col' }, name));
  return element(
    'table',
    { class: 'waterfall' },
    element('caption', { class: 'unseen' }, 'The steps of each call'),
    element(
      'thead',
      {},
      element('tr', {}, ...head, element('td', { class: 'scale' }, `${duration(to - from)} in all`)),
    ),
    ...calls.map((call, number) =>
      element(
        'tbody',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'rowgroup', colspan: '4', class: 'run-call' }, ...callHead(call, hasSeveralAgents)),
        ),
        ...call.steps.map((step) => stepRow(step, call, { from, to, now })),
        ...(payloadsOf
          ? [element('tr', {}, element('td', { colspan: '4', class: 'payloads' }, payloadsOf(number)))]
          : []),
      ),
    ),
  );
}

/** @param {Step} step @param {number} now */
function endOf({ at, ms, is_open }, now) {
  return is_open ? now : Date.parse(at) + (ms ?? 0);
}

/** @param {Call} call @param {boolean} hasSeveralAgents */
function callHead(call, hasSeveralAgents) {
  const { function_name, turn, state, description, agent, decision, reason_codes, approval_id, approval } = call;
  const rule = ruleName(call.policy_name, call.rule_id);
  const word = Object.entries(DECISION_WORDS).find(([name]) => name === decision)?.[1];
  const by = approval?.decided_by === undefined ? '' : ` by ${approval.decided_by}`;
  const link =
    approval_id && element('a', { href: `#${encodeURIComponent(approval_id)}` }, `#${approval_id.slice(0, 8)}`);
  return [
    element(
      'p',
      {},
      element('code', {}, short(function_name)),
      ' ',
      element('span', { class: `call-state ${state}` }, description),
    ),
    element(
      'p',
      { class: 'aside' },
      turn === undefined ? '' : `turn ${turn} · `,
      ...(hasSeveralAgents && agent ? [short(agent), ' · '] : []),
      ...(word === undefined
        ? ['not scanned yet']
        : [word, ...(rule ? [' by ', shown(rule)] : []), ' ', codes(reason_codes)]),
      ...(link ? [' · approval ', link, approval ? ` ${approval.status}` : '', shown(by)] : []),
      ...(approval?.note ? [': ', element('q', {}, short(approval.note))] : []),
    ),
  ];
}

/**
 * @param {Step} step
 * @param {Call} call
 * @param {{ from: number, to: number, now: number }} scale
 */
function stepRow(step, { state }, { from, to, now }) {
  const { name, at, ms, is_open } = step;
  const start = Date.parse(at);
  const bar = element('span', { class: `bar ${name}${is_open ? ' goes-on' : ''}` });
  const percent = (/** @type {number} */ part) => `${(100 * part) / (to - from)}%`;
  // The shortest bar is 3 px wide, also at the end.
  bar.style.marginLeft = `min(${percent(start - from)}, 100% - 3px)`;
  bar.style.width = percent(endOf(step, now) - start);
  const hasNoEnd = ms === undefined && !is_open;
  const took = is_open ? `${duration(now - start)} so far` : hasNoEnd ? 'not recorded' : duration(ms ?? 0);
  const isInDoubt = name === 'handler' && state === 'in_doubt';
  return element(
    'tr',
    { class: 'step' },
    element('th', { scope: 'row' }, STEPS[name]),
    element('td', {}, element('time', { datetime: at, title: clock(start, now) }, duration(start - from))),
    element('td', isInDoubt ? { class: 'doubt' } : {}, took),
    element('td', { class: 'track' }, bar),
  );
}

/** @param {number} ms such as `40 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min` */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d`;
}

/**
 * The arguments and the output of a call, fetched when they are first opened.
 *
 * @param {string} path
 */
function payloadsElement(path) {
  const place = element('div', { class: 'values is-whole' });
  const details = element('details', {}, element('summary', {}, 'Arguments and output'), place);
  let isLoaded = false;

  async function load() {
    if (!details.open || isLoaded) return;
    place.replaceChildren('Loading…');
    try {
      const { redacted_arguments, redacted_fields, is_all_redacted, redacted_output } = /** @type {Payloads} */ (
        await ask(path)
      );
      isLoaded = true;
      const count = is_all_redacted ? countValues(redacted_arguments) : redacted_fields.length;
      place.replaceChildren(
        element('h3', {}, 'Arguments'),
        ...(count === 0
          ? []
          : [
              element('p', { class: 'aside' }, `Sensitive values are replaced: ${redacted_fields.join(', ') || 'all'}`),
            ]),
        tree(redacted_arguments, redacted_arguments),
        element('h3', {}, 'Output'),
        redacted_output === undefined
          ? element('p', { class: 'nothing' }, 'not recorded yet')
          : element('div', { class: 'text' }, folded(redacted_output, { hasLines: true })),
      );
    } catch {
      place.replaceChildren('Loading failed. Close this and open it again.');
    }
  }

  details.addEventListener('toggle', () => void load());
  return details;
}
