import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { detect, type Detection } from '../../detection/detect.ts';
import { keyWords } from '../../detection/key-words.ts';
import type { BodyValues } from '../body-values.ts';
import { isAsked, type Effect } from './asked.ts';
import { foreignText, foreignTextsOf, trustedTextsOf, userTextOf, type ForeignText } from './conversation-index.ts';
import { isInToolOutputs, isInUserMessages, isVerbatim, SearchBudget } from './find-part.ts';
import { pointedFinder } from './pointed.ts';
import { replaceLinks } from './replace-links.ts';
import type { TextIndex } from './text-index.ts';
import type { Entry, Part, ValueText } from './value-text.ts';
import { isNamedByWord, isReferenceSite } from './web-address.ts';

/** What a search for the origins of a call's values is about. */
export interface OriginsOf {
  readonly values: BodyValues;
  readonly conversation: Conversation;
  readonly effect: Effect;
  /** Returns true for an address or a host of your own domains. */
  readonly isOwn: (principal: string) => boolean;
}

/** A part of a value that a tool returned, or that stands where the user quotes, and that the user did not write. */
export interface ForeignPart {
  readonly part: Part;
  readonly entry: Entry;
}

/**
 * Where the values of a call come from. Each part of a value is searched once, when the first rule asks for it, whatever
 * the number of rules.
 */
export class Origins {
  readonly values: BodyValues;
  readonly conversation: Conversation;
  readonly isOwn: (principal: string) => boolean;
  /** True if the user's messages ask for such a call. */
  readonly isAsked: () => boolean;
  /** True if a tool returned something, or the user quotes something. */
  readonly hasForeign: boolean;
  /** Lists the parts of a value that are a tool's. */
  readonly foreignParts: (text: ValueText) => readonly ForeignPart[];
  /** The same if outputs are missing, which may have had any value. */
  readonly partsOfAnyone: (text: ValueText) => readonly ForeignPart[];
  /** Returns true for an entry that stands alone in an output: in a field, a line or a cell. */
  readonly isAlone: (entry: Entry) => boolean;
  /** Returns true for a URL that the user did not write and no tool returned as it is, with a host that anyone can run. */
  readonly isComposedUrl: (part: Part) => boolean;
  /** The same if outputs are missing. */
  readonly isUrlOfAnyone: (part: Part) => boolean;
  /** Returns true for a part to which the user's request for such a call points. */
  readonly isMeant: (part: Part) => boolean;
  /** The same, and for an own host and an address that is only downloaded from. */
  readonly isPointed: (part: Part) => boolean;
  readonly isUsers: (part: Part) => boolean;
  /** Returns true for a part that the user wrote or a tool returned in any form, or that the user names. */
  readonly isSeen: (part: Part) => boolean;
  /** Returns what is detected without the links that the user or a tool gave as they are. */
  readonly withoutKnownLinks: (detection: Detection) => Detection;
  /** True if a tool output addresses the model. Reads all of them. */
  readonly hasInstructions: () => boolean;
  /** False if it is known that none does. */
  readonly mayHaveInstructions: () => boolean;
  /** Returns true for the name of a function that such an output contains. */
  readonly isNamedByInstruction: (name: string) => boolean;
  /** Returns true for a value that such an output contains, or one that it names, and that the user did not write. */
  readonly isInstructed: (text: ValueText) => boolean;
  /** Returns true for a value that also stands alone in an output that has nothing to do with instructions. */
  readonly isReturnedElsewhere: (text: ValueText) => boolean;

  constructor({ values, conversation, effect, isOwn }: OriginsOf) {
    this.values = values;
    this.conversation = conversation;
    this.isOwn = isOwn;
    const texts = foreignTextsOf(conversation);
    const user = userTextOf(conversation.userMessages);
    const trusted = trustedTextsOf(conversation);
    const returned = lazy((): readonly TextIndex[] => texts.map(({ index }) => index));
    this.hasForeign = texts.length > 0;

    const isUsers = once((part: Part, budget) => isInUserMessages(part, user.strict, budget));
    const isTrusted = once((part: Part, budget) => trusted.some((index) => isInUserMessages(part, index, budget)));
    const isReturned = once((part: Part, budget) => isInToolOutputs(part, returned(), budget));
    /** A lenient reader sees the entry without disguises. */
    const isReturnedPlain = (entry: Entry): boolean => entry.plainParts.length > 0 && isAnyReturned(entry);
    const isAnyReturned = once((entry: Entry) => entry.plainParts.some(isReturned));
    const isOfUser = (part: Part): boolean => isUsers(part) || isTrusted(part);
    this.isUsers = isUsers;
    this.foreignParts = once((text) =>
      partsIn(text, (part, entry) => (isReturned(part) || isReturnedPlain(entry)) && !isOfUser(part)),
    );
    this.partsOfAnyone = once((text) => partsIn(text, (part) => !isOfUser(part)));

    // What anyone can write weighs as a sentence does.
    const withFields = texts.filter(({ returns }) => returns !== 'untrusted');
    this.isAlone = once((entry) => withFields.some(({ index }) => index.hasEntry(entry.plain)));
    this.isUrlOfAnyone = once(
      (part, budget) =>
        part.kind === 'web' &&
        !isOwn(part.address.host) &&
        !isReferenceSite(part.address) &&
        ![user.strict, ...trusted].some((index) => isVerbatim(part, index, budget)),
    );
    const isReturnedVerbatim = once((part: Part, budget) =>
      returned().some((index) => isVerbatim(part, index, budget)),
    );
    this.isComposedUrl = (part) => this.isUrlOfAnyone(part) && !isReturnedVerbatim(part);

    this.isAsked = lazy(() => isAsked(conversation, effect));
    const pointed = lazy(() => pointedFinder(conversation));
    // What goes to an own host stays there.
    const isAtOwn = (part: Part): boolean =>
      (part.kind === 'web' && isOwn(part.address.host)) ||
      (part.kind === 'address' && isOwn(part.address) && this.isAsked());
    // It is where data comes from, and no one learns more of it than of a read.
    const isFetched = (part: Part): boolean => effect.names.some(isFetching) && isReturnedVerbatim(part);
    this.isMeant = once((part) => this.isAsked() && pointed()(part));
    this.isPointed = once((part) => isAtOwn(part) || this.isMeant(part) || (this.isAsked() && isFetched(part)));

    // A known address is read again without it, because what is decoded of it is not found as written.
    this.withoutKnownLinks = once((detection, budget) => {
      const known = [user.strict, ...trusted, ...returned()];
      const rest = replaceLinks(values.body, (address) =>
        known.some((index) => isVerbatim({ kind: 'web', address }, index, budget)) ? '' : undefined,
      );
      return rest ? detect(rest.body, { regions: [] }) : detection;
    });

    const inAnyForm = lazy(() => [user.lenient, ...trusted]);
    this.isSeen = once(
      (part, budget) =>
        (part.kind === 'web' && (isReferenceSite(part.address) || isNamedByWord(part.address, user.lenient))) ||
        isInToolOutputs(part, inAnyForm(), budget) ||
        isReturned(part),
    );

    // Which records address the model is read last, and of outputs only that have a value of the call.
    this.hasInstructions = lazy(() => texts.some(({ instructed }) => instructed));
    this.mayHaveInstructions = () => texts.some(({ mayAddressModel }) => mayAddressModel);
    this.isNamedByInstruction = once((name) => {
      const written = name.toLowerCase();
      return (
        isCompoundName(name) &&
        texts.some((text) => text.mayAddressModel && text.index.hasName(written) && text.instructed?.hasName(written))
      );
    });
    const trustedOutputs = conversation.toolOutputs.filter(({ returns }) => returns === 'trusted');
    const isInInstructions = once((part: Part, budget) => {
      const isIn = (index: TextIndex | undefined): boolean =>
        index !== undefined && isInToolOutputs(part, [index], budget);
      const isNamed = (functionName = ''): boolean => this.isNamedByInstruction(functionName);
      return (
        texts.some((text) => isIn(text.index) && (isIn(text.instructed) || isNamed(text.functionName))) ||
        trustedOutputs.some((output) => isNamed(output.functionName) && isIn(foreignText(output).index))
      );
    });
    const isInInstructionsPlain = once((entry: Entry) => entry.plainParts.some(isInInstructions));
    const isElsewhere = ({ plain }: Entry, from: ForeignText): boolean =>
      from.index.mayContain(plain) &&
      !from.instructed &&
      !this.isNamedByInstruction(from.functionName ?? '') &&
      from.index.hasEntry(plain);
    this.isReturnedElsewhere = (text) =>
      text.entries.every((entry) => withFields.some((from) => isElsewhere(entry, from)));
    this.isInstructed = once((text) =>
      text.entries.some((entry) =>
        entry.parts.some(
          (part) =>
            (trustedOutputs.length > 0 || isReturned(part) || isReturnedPlain(entry)) &&
            !isUsers(part) &&
            (isInInstructions(part) || isInInstructionsPlain(entry)),
        ),
      ),
    );
  }
}

/** Returns true for a name that is no ordinary word: `send_money`, `sendMoney`. */
export function isCompoundName(name: string): boolean {
  return /[a-z0-9](?:[_.-]|(?=[A-Z]))[A-Za-z0-9]/.test(name);
}

function isFetching(name: string): boolean {
  return keyWords(name).some((word) => word === 'download' || word === 'clone');
}

const NOTHING: readonly ForeignPart[] = [];

function partsIn(text: ValueText, isForeign: (part: Part, entry: Entry) => boolean): readonly ForeignPart[] {
  let found: ForeignPart[] | undefined;
  for (const entry of text.entries) {
    for (const part of entry.parts) if (isForeign(part, entry)) (found ??= []).push({ part, entry });
  }
  return found ?? NOTHING;
}

/** Answers a question once for each thing that it is asked about. All answers share a budget for searches. */
function once<Thing, Answer extends object | boolean>(
  answer: (thing: Thing, budget: SearchBudget) => Answer,
): (thing: Thing) => Answer {
  const known = new Map<Thing, Answer>();
  const budget = new SearchBudget();
  return (thing) => {
    let found = known.get(thing);
    if (found === undefined) known.set(thing, (found = answer(thing, budget)));
    return found;
  };
}

function lazy<Result extends object | boolean>(make: () => Result): () => Result {
  let made: Result | undefined;
  return () => (made ??= make());
}
