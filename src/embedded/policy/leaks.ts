import { vendorsAt } from '../catalog/find-operation.ts';
import { detect, valuesOf } from '../detection/detect.ts';
import type { DataClass } from '../detection/span.ts';
import { isAnyones, isIssuedBy } from './beside-body.ts';
import type { Facts } from './facts.ts';
import { userTextOf } from './provenance/conversation-index.ts';
import { isVerbatim, SearchBudget } from './provenance/find-part.ts';
import { replaceLinks } from './provenance/replace-links.ts';
import { partsOf } from './provenance/value-text.ts';
import { webAddressOf } from './provenance/web-address.ts';

const QUERY = /[?#].*$/s;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

const known = new WeakMap<Facts, ReadonlySet<DataClass>>();

/**
 * Lists the classes of the data that a call leaks: those that were found, without
 *
 * - those in the query or fragment of a link that the user gave, unless an outsider gets them who is not its host and
 *   whom the user did not name
 * - email addresses at own domains: they are for outsiders to write to
 */
export function leaksOf(facts: Facts): ReadonlySet<DataClass> {
  const leaks = known.get(facts) ?? readLeaks(facts);
  known.set(facts, leaks);
  return leaks;
}

function readLeaks(facts: Facts): ReadonlySet<DataClass> {
  const { body, detection, regions } = facts;
  const classes = new Set(detection.classes);
  const rest = classes.size > 0 && detection.isComplete ? withoutLinksOfUser(facts, body) : undefined;
  if (rest) {
    const left = detect(rest.body, { regions });
    const written = JSON.stringify(rest.body);
    // A credential beside its link may look like nothing.
    const isGone = (each: DataClass): boolean =>
      left.isComplete &&
      !left.classes.has(each) &&
      (valuesOf(detection, each)?.every(({ value }) => !written.includes(value)) ?? false);
    for (const each of detection.classes) if (isGone(each)) classes.delete(each);
  }
  if (classes.has('PII') && areOwnEmailsOutside(facts)) classes.delete('PII');
  return classes;
}

function areOwnEmailsOutside({ detection, isExternal, isOwn, target }: Facts): boolean {
  // A channel counts as external, because it may have any members.
  const areOutside = target.principals.every((each) => isOwn(each) || /[@.]/.test(each));
  if (isExternal !== true || !areOutside) return false;
  return valuesOf(detection, 'PII')?.every(({ value }) => EMAIL.test(value) && isOwn(value)) ?? false;
}

/** A body without the queries and fragments of the links that the user gave. */
export interface WithoutLinks {
  readonly body: unknown;
  /** Returns a copy, such as a redacted one, with them. */
  readonly restored: (copy: unknown) => unknown;
}

/** No text has these, which are for private use, around a number. */
const MARK = /\ue000(\d+)\ue001/g;

/**
 * Takes out of a body what the links have in their queries and fragments that the user gave, if they go to their own
 * hosts, to own domains, or to whom the user named. Undefined if there are none.
 */
export function withoutLinksOfUser(
  { origins, target, isExternal, isOwn }: Facts,
  body: unknown,
): WithoutLinks | undefined {
  if (!origins || origins === 'unknown' || isExternal === 'unknown') return undefined;
  const isNamed = (receiver: string): boolean => {
    const parts = partsOf(receiver.normalize('NFC').toLowerCase());
    return parts.length > 0 && parts.every(origins.isUsers);
  };
  const receivers = target.principals.filter((each) => !isOwn(each) && !isNamed(each));
  const hosts = receivers.map((each) => webAddressOf(each.toLowerCase())?.host);
  const { strict } = userTextOf(origins.conversation.userMessages);
  const budget = new SearchBudget();
  const queries: string[] = [];
  const rest = replaceLinks(body, (address, link) => {
    const isOfUser =
      hosts.every((host) => host === address.host) &&
      isVerbatim({ kind: 'web', address }, strict, budget) &&
      isForHost(link, address.host);
    return isOfUser ? link.replace(QUERY, (query) => `\ue000${queries.push(query) - 1}\ue001`) : undefined;
  });
  if (!rest || queries.length === 0 || JSON.stringify(body).includes('\ue000')) return undefined;
  const inText = (text: string): string => text.replace(MARK, (_, index: string) => queries[Number(index)] ?? '');
  const restored = (copy: unknown): unknown =>
    JSON.parse(JSON.stringify(copy, (_, value: unknown) => (typeof value === 'string' ? inText(value) : value)));
  return { body: rest.body, restored };
}

/** Returns false for a link with a token of another vendor than its host. A parameter's name hides the vendor. */
function isForHost(link: string, host: string): boolean {
  const values = link.replace(/(?<=[?&#])[^=&#]*=/g, '');
  const vendors = vendorsAt(host);
  const { findings } = detect(values, { regions: [] });
  return findings.every(
    ({ dataClass, type }) => dataClass !== 'SECRETS' || isAnyones(type) || isIssuedBy(vendors, type),
  );
}
