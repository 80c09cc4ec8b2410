import { vendorsAt } from '../catalog/find-operation.ts';
import { detect, valuesOf } from '../detection/detect.ts';
import type { DataClass } from '../detection/span.ts';
import { isAnyones, isIssuedBy } from './beside-body.ts';
import type { Facts } from './facts.ts';
import { userTextOf } from './provenance/conversation-index.ts';
import { isVerbatim, SearchBudget } from './provenance/find-part.ts';
import { replaceLinks } from './provenance/replace-links.ts';
import { webAddressOf } from './provenance/web-address.ts';

const QUERY = /[?#].*$/s;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

const known = new WeakMap<Facts, ReadonlySet<DataClass>>();

/**
 * Lists the classes of the data that a call leaks: those that were found, without
 *
 * - secrets in the query or fragment of a link that the user gave, unless an outsider gets them who is not its host
 * - email addresses at own domains: they are for outsiders to write to
 */
export function leaksOf(facts: Facts): ReadonlySet<DataClass> {
  const leaks = known.get(facts) ?? readLeaks(facts);
  known.set(facts, leaks);
  return leaks;
}

function readLeaks(facts: Facts): ReadonlySet<DataClass> {
  const classes = new Set(facts.detection.classes);
  if (classes.has('SECRETS') && areInLinksOfUser(facts)) classes.delete('SECRETS');
  if (classes.has('PII') && areOwnEmailsOutside(facts)) classes.delete('PII');
  return classes;
}

function areOwnEmailsOutside({ detection, isExternal, isOwn, target }: Facts): boolean {
  // A channel counts as external, because it may have any members.
  const areOutside = target.principals.every((each) => isOwn(each) || /[@.]/.test(each));
  if (isExternal !== true || !areOutside) return false;
  return valuesOf(detection, 'PII')?.every(({ value }) => EMAIL.test(value) && isOwn(value)) ?? false;
}

function areInLinksOfUser(facts: Facts): boolean {
  const { body, origins, detection, target, isExternal, isOwn } = facts;
  if (!origins || origins === 'unknown' || isExternal === 'unknown') return false;
  const secrets = valuesOf(detection, 'SECRETS');
  if (!secrets || !detection.isComplete) return false;
  const receivers = target.principals.filter((each) => !isOwn(each)).map((each) => webAddressOf(each.toLowerCase()));
  const { strict } = userTextOf(origins.conversation.userMessages);
  const budget = new SearchBudget();
  const rest = replaceLinks(body, (address, link) => {
    const isOfUser =
      receivers.every((each) => each?.host === address.host) &&
      isVerbatim({ kind: 'web', address }, strict, budget) &&
      isForHost(link, address.host);
    return isOfUser ? link.replace(QUERY, '') : undefined;
  });
  if (!rest) return false;
  const left = detect(rest.body, { regions: [] });
  if (!left.isComplete || left.classes.has('SECRETS')) return false;
  // A credential beside its link may look like nothing.
  const beside = JSON.stringify(rest.body);
  return !secrets.some(({ value }) => beside.includes(value));
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
