import { canonicalHash, isJsonObject } from '../../internal/json.ts';
import { parseUrl } from '../../internal/url.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { CallOutline } from '../approvals/approval-store.ts';
import type { Target } from '../catalog/target.ts';
import { keyWords } from '../detection/key-words.ts';
import { maskName, redactName } from './redacted-text.ts';
import { shortRedactedUrl } from './redacted-url.ts';

type OutlinedCall = Pick<ScanRequest, 'functionName' | 'url' | 'body' | 'agentId' | 'agentName' | 'isTargetDeclared'>;

/**
 * Describes a call for lists of approvals, with sensitive data redacted.
 *
 * @param regions see `EmbeddedGatewayOptions`
 */
export function callOutline(call: OutlinedCall, target: Target, regions: readonly string[]): CallOutline {
  const { functionName, url, body, agentId, agentName } = call;
  return {
    summary: summaryOf(call, target, regions),
    functionName: redactName(functionName),
    toolName: redactName(target.tool),
    operation: redactName(target.operation),
    url: shortRedactedUrl(url, regions),
    ...omitUndefined({ agentId: agentId && redactName(agentId), agentName: agentName && redactName(agentName) }),
    argumentsHash: canonicalHash(body),
  };
}

/** What the function wants to do, by the call's category. A call of another category changes its object. */
const ACTIONS: Readonly<Record<string, string>> = {
  payments: 'move money',
  code: 'run code',
  bookings: 'book or change a booking',
  calendar: 'change a calendar',
  issues: 'write to an issue',
  pull_requests: 'write to a pull request',
  commits: 'change code in a repository',
  branches: 'change code in a repository',
  repositories: 'change a repository',
  contacts: 'change contacts',
  users: 'change user accounts',
  databases: 'write to a database',
  devices: 'operate a device',
  channels: 'change a channel',
  webhooks: 'change where events are sent',
  credentials: 'change credentials',
  permissions: 'change who may do what',
};

const GENERIC = 'custom_proxy';
const MAX_NAME_LENGTH = 60;
const MAX_NAMES = 2;

/** Masks a name or a value, in one line. `sign` is a prefix such as `#` that is not part of the name. */
type Show = (name: string, sign?: string) => string;

/**
 * Summarises a call in a sentence of plain text: "delete_file wants to delete /backups/2026-11", "gmail_send wants to send
 * a message to bob@acme.com at gmail". Names and values in it come from the call. They are redacted as in the arguments,
 * truncated to 60 characters, and quoted unless they look like names.
 */
function summaryOf(call: OutlinedCall, target: Target, regions: readonly string[]): string {
  const show: Show = (name, sign = '') => inOneLine(sign + maskName(call.body, name, regions));
  // The host of a declared target: the call did not choose it, so it is no recipient.
  const ownHost = call.isTargetDeclared ? parseUrl(call.url)?.hostname : undefined;
  const action = actionOf(call, target, { show, recipients: recipientsOf(target, ownHost, show) });
  const within = target.repo === undefined ? '' : ` in ${show([target.org, target.repo].join('/'))}`;
  const at = target.tool === GENERIC ? '' : ` at ${show(target.tool)}`;
  return `${show(call.functionName)} wants to ${action}${within}${at}`;
}

function actionOf(
  { functionName, body }: OutlinedCall,
  { category = '', verb, isDestructive, unread }: Target,
  { show, recipients }: { readonly show: Show; readonly recipients: string },
): string {
  if (unread) return 'do something that the gateway could not read';
  const object = objectOf(functionName, body);
  const shown = object === undefined ? 'something' : show(object);
  const involved = recipients === '' || recipients === shown ? '' : `, involving ${recipients}`;
  if (isDestructive) return `delete ${shown}${involved}`;
  if (verb === 'READ') return `read ${shown}`;
  if (category === 'messages') return `send a message${recipients === '' ? '' : ` to ${recipients}`}`;
  if (category === 'files') return `write ${object === undefined ? 'files' : shown}${involved}`;
  const change = verb === 'ADMIN' ? 'change who may do what' : `change ${shown}`;
  return `${ACTIONS[category] ?? change}${involved}`;
}

/** Last words of the names of arguments that say what a call is about, the most telling first. */
const NAMING_WORDS = [
  'path',
  'file',
  'filename',
  'folder',
  'directory',
  'table',
  'id',
  'key',
  'name',
  'title',
  'number',
];

/** Longer values are contents. */
const MAX_OBJECT_LENGTH = 200;

/**
 * Finds the argument that a call is about: `page_id` or `page` of `delete_page`, otherwise the one with the most telling
 * name.
 */
function objectOf(functionName: string, body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined;
  const functionWords = keyWords(functionName);
  let best: { readonly value: string; readonly rank: number } | undefined;
  for (const [key, field] of Object.entries(body)) {
    const value = typeof field === 'number' ? String(field) : field;
    if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_OBJECT_LENGTH) continue;
    const words = keyWords(key);
    const naming = NAMING_WORDS.indexOf(words.at(-1) ?? '');
    const rank = words.some((word) => functionWords.includes(word)) ? 0 : naming === -1 ? Infinity : naming + 1;
    if (rank < (best?.rank ?? Infinity)) best = { value, rank };
  }
  return best?.value;
}

/** Lists the first two recipients, people before channels, and the number of further ones. */
function recipientsOf({ principals, channels }: Target, ownHost: string | undefined, show: Show): string {
  const people = principals.filter((principal) => principal !== ownHost);
  const first = [
    ...people.slice(0, MAX_NAMES).map((name) => show(name)),
    ...channels.slice(0, MAX_NAMES).map((name) => show(name, '#')),
  ].slice(0, MAX_NAMES);
  const more = people.length + channels.length - first.length;
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(' and ');
}

/** Removes line breaks, and control characters that could change how the sentence reads. */
function inOneLine(name: string): string {
  const line = name.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * MAX_NAME_LENGTH + 2));
  const short = characters.length > MAX_NAME_LENGTH ? `${characters.slice(0, MAX_NAME_LENGTH).join('')}…` : line;
  return /^[\w.:@#/+…-]+$/.test(short) ? short : `“${short.replace(/[“”]/g, '"')}”`;
}
