// @ts-check
import { askerName } from './call.js';
import { ask } from './connection.js';
import { byId, element } from './elements.js';
import { badge, fill, noteText, recordRow, short } from './records.js';
import { timeElement } from './times.js';
import { shown } from './values.js';

/**
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('../approval-json.ts').GrantView} GrantView
 * @typedef {{ for: string, pinned?: string[], until?: string }} Grant
 */

/** The times to choose from, besides the longest that the rule allows. */
const MINUTES = [15, 60, 480, 1440, 10_080];

const KINDS = { conversation: 'this tool in this conversation', similar: 'similar calls of this tool' };

/**
 * The fields by which an approver allows further calls; hidden if the rules allow none.
 *
 * @param {Pick<Head, 'may_grant'>} head
 * @param {() => void} changed
 */
export function createGrantChoice({ may_grant: terms }, changed) {
  const { for: kinds, max_minutes: max } = terms ?? { for: [], max_minutes: 0 };
  const kind = element('select', { 'aria-label': 'Allow' }, element('option', { value: '' }, 'this call only'));
  for (const each of kinds) kind.append(element('option', { value: each }, KINDS[each]));
  const time = element('select', { 'aria-label': 'For how long' });
  for (const minutes of [...MINUTES.filter((each) => each < max), max])
    time.append(element('option', { value: String(minutes) }, timeText(minutes)));
  time.value = String(max);
  const pins = element('fieldset', { class: 'pins', hidden: '' }, element('legend', {}, 'With the same'));
  const until = element('label', { hidden: '' }, 'for ', time);
  const area = element('div', { class: 'grant', hidden: '' }, element('label', {}, 'Allow ', kind), until, pins);
  /** @type {Map<string, HTMLInputElement>} */
  const pinned = new Map();
  area.hidden = kinds.length === 0;

  kind.addEventListener('change', () => {
    until.hidden = kind.value === '';
    pins.hidden = kind.value !== 'similar' || pinned.size === 0;
  });
  area.addEventListener('change', changed);

  return {
    element: area,
    /** @param {unknown} args the arguments of the call */
    load: (args) => {
      const names = typeof args === 'object' && args !== null && !Array.isArray(args) ? Object.keys(args) : [];
      for (const name of names.filter((each) => !pinned.has(each))) {
        const box = element('input', { type: 'checkbox', checked: '' });
        pinned.set(name, box);
        pins.append(element('label', { class: 'check' }, box, shown(name)));
      }
    },
    /**
     * @param {number} now on the gateway's clock
     * @returns {Grant | undefined}
     */
    read: (now) => {
      if (area.hidden || kind.value === '') return undefined;
      const minutes = Number(time.value);
      const same = [...pinned].filter(([, box]) => box.checked).map(([name]) => name);
      return {
        for: kind.value,
        ...(kind.value === 'similar' && pinned.size > 0 ? { pinned: same } : {}),
        ...(minutes < max ? { until: new Date(now + minutes * 60_000).toISOString() } : {}),
      };
    },
  };
}

/** @param {number} minutes */
function timeText(minutes) {
  if (minutes % 1440 === 0) return `${minutes / 1440} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

const STATUS = {
  active: { name: 'approved', word: 'In effect' },
  revoked: { name: 'denied', word: 'Revoked' },
  expired: { name: 'expired', word: 'Expired' },
};

/**
 * Creates the list of grants.
 *
 * @param {() => void} changed
 */
export function createGrants(changed) {
  return {
    /** @param {{ grants: GrantView[] }} listed @param {number} now */
    show: ({ grants }, now) => {
      byId('grants-section').hidden = grants.length === 0;
      fill('grant-list', 'no-grants', grants, (grant) => grantRow(grant, now, changed));
    },
  };
}

/**
 * @param {GrantView} grant
 * @param {number} now
 * @param {() => void} changed
 */
function grantRow(grant, now, changed) {
  const { status, function_name, description, pinned, granted_by, revoked_by, note, created_at, expires_at } = grant;
  const { name, word } = STATUS[status];
  const end =
    revoked_by === undefined ? [' until ', timeElement(expires_at, now)] : [' revoked by ', short(revoked_by)];
  const details = element(
    'div',
    { class: 'details' },
    element('p', {}, short(`${function_name}: ${description}`), ...end),
    element('p', { class: 'aside' }, short(askerName(grant))),
    ...(pinned === undefined ? [] : [element('code', {}, short(JSON.stringify(pinned)))]),
    ...noteText(note),
  );
  const by = short(`by ${granted_by ?? 'an approver'}`);
  return recordRow(timeElement(created_at, now), badge(name, word), details, [by, ...revokeButton(grant, changed)]);
}

/**
 * @param {GrantView} grant
 * @param {() => void} changed
 */
function revokeButton({ grant_id, status }, changed) {
  if (status !== 'active') return [];
  const button = element('button', { type: 'button', class: 'quiet' }, 'Revoke');
  button.addEventListener('click', () => {
    void ask(`/v1/grants/${encodeURIComponent(grant_id)}/revoke`, { method: 'POST', body: '{}' })
      .catch(() => {
        button.textContent = 'Not revoked. Press again';
      })
      .finally(changed);
  });
  return [' ', button];
}
