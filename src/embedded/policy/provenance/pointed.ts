import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { keyWords } from '../../detection/key-words.ts';
import { BodyValues, type Value } from '../body-values.ts';
import { foreignTextsOf, userTextOf, type ForeignText } from './conversation-index.ts';
import {
  entriesIn,
  heldBy,
  heldByText,
  keyOf,
  kindsInManyFields,
  mayHoldAmount,
  withInner,
  type Entry,
  type Held,
} from './entries.ts';
import { selectFields, type FieldSelector, type Place } from './field-selector.ts';
import { isInToolOutputs, isInUserMessages, SearchBudget } from './find-part.ts';
import { startsWithWord, type Pointers } from './pointers.ts';
import { partsOf, ValueText, type Part } from './value-text.ts';

/** Characters of an output. A longer one has no entry that a person points to. */
const MAX_OUTPUT = 100_000;
/** Entries that one name may mean. */
const MAX_ENTRIES = 200;
/** Fields in which words name a person or a place: in others, the request does not point to them. */
export const PEOPLE: FieldSelector = selectFields([
  ...['to', 'recipient', 'participant', 'attendee', 'invitee', 'guest', 'user', 'username', 'member', 'address'],
]);
/** Fields that name a person or a thing, and fields whose value many entries share. */
const NAMES = selectFields([
  ...['name', 'service', 'merchant', 'vendor', 'supplier', 'customer', 'employee', 'product', 'hotel', 'restaurant'],
]);
const TITLES = selectFields(['title', 'subject']);
const SHARED = selectFields([
  ...['team', 'group', 'department', 'role', 'position', 'company', 'organization', 'relation', 'type', 'kind'],
]);
const AMOUNTS = selectFields(['amount', 'total']);

/**
 * Finds the values that the user's request for a call points to, such as the account for "Pay the bill in bill.txt", the
 * address of Lisa for "Mail Lisa", or those of all members for "Mail the design team". The request names an entry of an
 * output, or speaks of the output. Web addresses are never pointed to, nor is anything in an output that addresses the
 * model or that anyone can write.
 */
export function pointedFinder(conversation: Conversation): (part: Part) => boolean {
  const { pointers, strict } = userTextOf(conversation.userMessages);
  const texts = foreignTextsOf(conversation);
  const budget = new SearchBudget();
  const known = new Map<ForeignText, Meant>();
  const meantIn = (text: ForeignText, at: number): Meant => {
    const found =
      known.get(text) ?? heldByMeant(text, pointers, !conversation.isCut && isOwnCall(text, texts.slice(0, at)));
    known.set(text, found);
    return found;
  };
  /** Nothing in the arguments of the call comes from earlier outputs, but what the request points to in them. */
  const isOwnCall = ({ arguments: args = {} }: ForeignText, earlier: readonly ForeignText[]): boolean => {
    const parts = leavesOf(args).flatMap(({ text }) => text?.entries.flatMap((entry) => entry.parts) ?? []);
    const indexes = earlier.map(({ index }) => index);
    const isOwn = (part: Part): boolean =>
      !isInToolOutputs(part, indexes, budget) || isInUserMessages(part, strict, budget) || isPointedIn(earlier, part);
    return parts.length > 0 && parts.every(isOwn);
  };
  const isPointedIn = (among: readonly ForeignText[], part: Part): boolean => {
    if (part.kind === 'web') return false;
    const key = keyOf(part);
    const has = (held: readonly Held[]): boolean => {
      const holders = held.filter(({ kinds }) => kinds.has(part.kind));
      return holders.length > 0 && holders.every(({ keys }) => keys.has(key));
    };
    return among.some((text, at) => {
      if (!mayHold(text, part, budget)) return false;
      const meant = meantIn(text, at);
      return meant.named.some(has) || has(meant.spokenOf);
    });
  };
  return (part) => isPointedIn(texts, part);
}

/** What the request may mean in an output. */
interface Meant {
  /** What has one name is together: all of it must have a value. */
  readonly named: readonly (readonly Held[])[];
  readonly spokenOf: readonly Held[];
}

const NOTHING: Meant = { named: [], spokenOf: [] };

function heldByMeant(text: ForeignText, pointers: Pointers, isOwnCall: boolean): Meant {
  const read = readingOf(text, pointers) ?? (isOwnCall ? 'looked up' : undefined);
  if (read === 'page') return NOTHING;
  const { isReply, isAnswer, given } = pointers;
  const entries = entriesIn(text);
  const heldByGroups = (groups: readonly Entry[][], withAuthors: boolean): readonly (readonly Held[])[] =>
    groups
      .filter((group) => group.length <= MAX_ENTRIES)
      .map((group) => group.map((entry) => heldBy(allOf(entry), withAuthors)));
  const byName = heldByGroups([...entriesByPhrase(entries, pointers), ...entriesByName(entries, pointers)], isAnswer);
  const named = [...byName, ...heldByGroups(entriesByField(entries, pointers), true)];
  if (!read) return { named, spokenOf: [] };
  const kinds = isReply ? ['record', 'message'] : ['record'];
  const others = entries.filter(({ kind }) => kinds.includes(kind));
  const without = read === 'looked up' ? new Set([...given, ...kindsInManyFields(others, isAnswer)]) : given;
  return {
    named: read === 'named' ? [...named, [heldByText(text)]] : named,
    spokenOf: byName.length > 0 ? [] : [heldBy(others, isAnswer, without)],
  };
}

/** Returns false, quickly, for most outputs that have no entry with a part. */
function mayHold(text: ForeignText, part: Part, budget: SearchBudget): boolean {
  if (text.returns === 'untrusted' || text.written.length > MAX_OUTPUT) return false;
  if (!isInToolOutputs(part, [text.index], budget)) return false;
  const mayStand = part.kind !== 'amount' || part.readings.some((amount) => mayHoldAmount(text, amount));
  return mayStand && !text.instructed;
}

/** Lists an entry and what is within it. Messages within a record are of others. */
function allOf(entry: Entry): readonly Entry[] {
  return withInner([entry]).filter(({ kind }) => kind !== 'message' || entry.kind === 'message');
}

/** Whether the request names the output by an argument of its call, or speaks of it. `page`: the model chose a page of the web. */
function readingOf({ functionName = '', arguments: args = {} }: ForeignText, request: Pointers) {
  const values = leavesOf(args).map(({ value }) => String(value).trim().toLowerCase());
  if (values.some((value) => request.hasIdentifier(value) || request.phrases.some((one) => startsWithWord(value, one))))
    return 'named';
  if (keyWords(functionName).includes('web') || values.some((value) => isWeb(value))) return 'page';
  return request.hasThingsOf(functionName) ? 'spoken of' : undefined;
}

function leavesOf(args: object): readonly Value[] {
  return new BodyValues(args).all.filter(({ value, isName }) => !isName && typeof value !== 'boolean');
}

function isWeb(value: string): boolean {
  return new ValueText(value).isAddress(true, false) && partsOf(value).some(({ kind }) => kind === 'web');
}

function entriesByPhrase(entries: readonly Entry[], { phrases, hasIdentifier }: Pointers): readonly Entry[][] {
  const byPhrase = phrases.map((phrase) =>
    entries.filter(({ fields }) => fields.some(({ value }) => startsWithWord(value, phrase))),
  );
  const byIdentifier = entries.filter(({ fields }) => fields.some(({ value }) => hasIdentifier(value)));
  return [...byPhrase, byIdentifier].filter((group) => group.length > 0);
}

/** Groups the entries in a field that the user says, and such fields: the guest of a room, `mailing_list`, `Lisa`. */
function entriesByField(entries: readonly Entry[], { saysField }: Pointers): readonly Entry[][] {
  const groups = new Map<string, Entry[]>();
  const add = ({ name }: Place, entry: Entry): void => {
    if (name === '' || !saysField(name)) return;
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  };
  for (const entry of entries) {
    if (entry.kind !== 'record') continue;
    add(entry.place, entry);
    for (const field of entry.fields) add(field.place, { ...entry, fields: [field], inner: [] });
  }
  return [...groups.values()];
}

/** Groups the entries with a name that the user said; one with more words of it said is meant rather than another. */
function entriesByName(entries: readonly Entry[], { saidOf, isName, hasAmount }: Pointers): readonly Entry[][] {
  const groups = new Map<string, { said: number; entries: Entry[] }>();
  const found: Entry[][] = [];
  for (const entry of entries) {
    if (entry.kind === 'message') continue;
    for (const { place, value } of entry.fields) {
      const [firstWord = ''] = value.split(' ', 1);
      const parts = AMOUNTS.fits(place) ? partsOf(value) : [];
      const isAmount = parts.some((part) => part.kind === 'amount' && hasAmount(part.readings));
      const isOwn = TITLES.fits(place) || (NAMES.fits(place) && isName(firstWord));
      const said = isAmount ? 1 : isOwn || SHARED.fits(place) ? saidOf(value) : 0;
      if (said === 0) continue;
      if (!isAmount && !isOwn) {
        found.push([entry]);
        continue;
      }
      const name = isAmount ? `amount ${value}` : firstWord;
      const group = groups.get(name);
      if (!group || group.said < said) groups.set(name, { said, entries: [entry] });
      else if (group.said === said) group.entries.push(entry);
    }
  }
  return [...found, ...[...groups.values()].map((group) => group.entries)];
}
