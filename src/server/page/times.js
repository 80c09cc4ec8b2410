// @ts-check
import { element } from './elements.js';

const TODAY = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const EARLIER = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/**
 * The time of the day, with the date when it is another day's.
 *
 * @param {number} at epoch milliseconds
 * @param {number} now
 */
export function clock(at, now) {
  return (new Date(at).toDateString() === new Date(now).toDateString() ? TODAY : EARLIER).format(at);
}

/**
 * @param {string} iso
 * @param {number} now
 */
export function timeElement(iso, now) {
  return element('time', { datetime: iso }, clock(Date.parse(iso), now));
}

/** @param {number} ms such as 62 000, which is `1:02` */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** @param {number} ms */
export function age(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
