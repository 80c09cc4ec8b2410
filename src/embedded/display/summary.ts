import type { Target } from '../catalog/target.ts';

/** What is done, in plain words, by what the call is about. Whatever else writes changes something. */
const DOING: Readonly<Record<string, string>> = {
  payments: 'Move money',
  code: 'Run code',
  bookings: 'Book or change a booking',
  calendar: 'Change a calendar',
  files: 'Write files',
  issues: 'Write to an issue',
  pull_requests: 'Write to a pull request',
  commits: 'Change code in a repository',
  branches: 'Change code in a repository',
  repositories: 'Change a repository',
  contacts: 'Change contacts',
  users: 'Change user accounts',
  databases: 'Write to a database',
  devices: 'Operate a device',
  channels: 'Change a channel',
  webhooks: 'Change where events are sent',
  credentials: 'Change credentials',
  permissions: 'Change who may do what',
};

const GENERIC = 'custom_proxy';
const LONGEST_NAME = 60;
const MOST_NAMED = 2;

/** How the names of a call are to be shown. */
export interface Naming {
  /** A name as it may be seen by whoever passes by. Default: as it is. */
  readonly clean?: (name: string) => string;
  /** A host that the developer declared, which is nobody that the call chose. */
  readonly ownHost?: string | undefined;
}

/**
 * One sentence, without its full stop, about what a call wants to do: "Send a message to bob@acme.com by gmail", "Delete something:
 * delete_file (custom_proxy)". Plain text of one line; names in it are the caller's, cut to 60 characters and in quotes unless they
 * look like names.
 */
export function summaryOf(target: Target, { clean = (name) => name, ownHost }: Naming = {}): string {
  const { tool, operation, category, verb, isDestructive } = target;
  const shown: Shown = (name, sign = '') => inOneLine(sign + clean(name));
  const what = `${shown(operation)} (${shown(tool)})`;
  const whom = whomOf(target, ownHost, shown);
  const concerns = whom === '' ? '' : `, concerns ${whom}`;
  if (isDestructive) return `Delete something: ${what}${concerns}`;
  if (verb === 'ADMIN') return `${DOING[category ?? ''] ?? 'Change who may do what'}: ${what}${concerns}`;
  if (verb === 'READ') return `Read something: ${what}`;
  if (category === 'messages') {
    const by = tool === GENERIC ? shown(operation) : shown(tool);
    return `Send a message${whom === '' ? '' : ` to ${whom}`} by ${by}`;
  }
  return `${DOING[category ?? ''] ?? 'Change something'}: ${what}${concerns}`;
}

/** @param sign what stands before the name, and is no part of it */
type Shown = (name: string, sign?: string) => string;

/** The first two who receive something or are let in, people before hosts and channels; the others are counted. */
function whomOf({ principals, channels }: Target, ownHost: string | undefined, shown: Shown): string {
  const people = principals.filter((principal) => principal !== ownHost);
  const first = [
    ...people.slice(0, MOST_NAMED).map((name) => shown(name)),
    ...channels.slice(0, MOST_NAMED).map((name) => shown(name, '#')),
  ].slice(0, MOST_NAMED);
  const more = people.length + channels.length - first.length;
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(' and ');
}

/** Invisible characters and those that turn the direction of writing could make the sentence say something else. */
function inOneLine(name: string): string {
  const line = name.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * LONGEST_NAME + 2));
  const short = characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME).join('')}…` : line;
  return /^[\w.:@#/+…-]+$/.test(short) ? short : `“${short.replace(/[“”]/g, '"')}”`;
}
