import { canonicalHash } from '../../internal/json.ts';
import { parseUrl } from '../../internal/url.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { CallOutline } from '../approvals/approval-store.ts';
import type { Target } from '../catalog/target.ts';
import { maskName, redactName } from './redacted-text.ts';
import { shortRedactedUrl } from './redacted-url.ts';

type OutlinedCall = Pick<ScanRequest, 'functionName' | 'url' | 'body' | 'agentId' | 'agentName' | 'isTargetDeclared'>;

/**
 * Describes a call for lists of approvals, with sensitive data redacted.
 *
 * @param regions see `EmbeddedGatewayOptions`
 */
export function callOutline(call: OutlinedCall, target: Target, regions: readonly string[]): CallOutline {
  const { functionName, url, body, agentId, agentName, isTargetDeclared } = call;
  const ownHost = isTargetDeclared ? parseUrl(url)?.hostname : undefined;
  return {
    summary: summaryOf(target, { ownHost, mask: (name) => maskName(body, name, regions) }),
    functionName: redactName(functionName),
    toolName: redactName(target.tool),
    operation: redactName(target.operation),
    url: shortRedactedUrl(url, regions),
    ...omitUndefined({ agentId: agentId && redactName(agentId), agentName: agentName && redactName(agentName) }),
    argumentsHash: canonicalHash(body),
  };
}

/** The summary's first words by category; other categories read "Change something". */
const ACTIONS: Readonly<Record<string, string>> = {
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
const MAX_NAME_LENGTH = 60;
const MAX_NAMES = 2;

interface SummaryOptions {
  /** Masks sensitive names. Default: names are show. */
  readonly mask?: (name: string) => string;
  /** The host of a declared target: the call did not choose it, so it is not listed as a recipient. */
  readonly ownHost?: string | undefined;
}

/**
 * Summarises a call in one line of plain text: "Send a message to bob@acme.com by gmail", "Delete something:
 * delete_file (custom_proxy)". Names in it come from the call. They are truncated to 60 characters, and quoted unless
 * they look like names.
 */
export function summaryOf(target: Target, { mask = (name) => name, ownHost }: SummaryOptions = {}): string {
  const { tool, operation, category, verb, isDestructive } = target;
  const show: Show = (name, sign = '') => inOneLine(sign + mask(name));
  const what = `${show(operation)} (${show(tool)})`;
  const recipients = recipientsOf(target, ownHost, show);
  const concerns = recipients === '' ? '' : `, concerns ${recipients}`;
  if (isDestructive) return `Delete something: ${what}${concerns}`;
  if (verb === 'ADMIN') return `${ACTIONS[category ?? ''] ?? 'Change who may do what'}: ${what}${concerns}`;
  if (verb === 'READ') return `Read something: ${what}`;
  if (category === 'messages') {
    const by = tool === GENERIC ? show(operation) : show(tool);
    return `Send a message${recipients === '' ? '' : ` to ${recipients}`} by ${by}`;
  }
  return `${ACTIONS[category ?? ''] ?? 'Change something'}: ${what}${concerns}`;
}

/** @param sign a prefix such as `#` that is not part of the name */
type Show = (name: string, sign?: string) => string;

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
