import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { Condition, Policy } from './policy.ts';
import { BodyValues } from './body-values.ts';
import { readConversation, userTextOf, type ForeignText } from './provenance/conversation-index.ts';
import { isCompoundName } from './provenance/origins.ts';
import type { Part } from './provenance/value-text.ts';
import { isInToolOutputs, isInUserMessages, SearchBudget } from './provenance/find-part.ts';

const ABOUT_CONVERSATIONS: ReadonlySet<string> = new Set<keyof Condition>([
  'fromToolOutput',
  'fromToolProse',
  'fromToolUnasked',
  'notFromUser',
  'askedByUser',
  'secretsFromUser',
  'dataFromUser',
  'instructionsInToolOutput',
]);

interface Needs {
  readonly conversation: boolean;
  /** `followed`: only of outputs that a call takes something from. */
  readonly instructions: 'none' | 'followed' | 'all';
}

const needs = new WeakMap<readonly Policy[], Needs>();

/**
 * Reads what the conditions of policies need of a conversation before they are evaluated at once, and lets other work run
 * in between. A long conversation is read once: later calls of the run find it read.
 */
export async function readAhead(policies: readonly Policy[], request: ScanRequest): Promise<void> {
  const { conversation } = request;
  if (!conversation) return;
  const needed = needs.get(policies) ?? needsOf(policies);
  needs.set(policies, needed);
  if (needed.conversation)
    await readConversation(conversation, (texts) => instructingTexts(texts, request, needed.instructions));
}

function needsOf(policies: readonly Policy[]): Needs {
  const all = policies.flatMap(({ rules }) => rules.flatMap(({ condition }) => [condition, condition.not ?? {}]));
  const instructions = all.flatMap(({ instructionsInToolOutput }) => instructionsInToolOutput ?? []);
  return {
    conversation: all.some((condition) => Object.keys(condition).some((key) => ABOUT_CONVERSATIONS.has(key))),
    instructions:
      instructions.length === 0 ? 'none' : instructions.every((wanted) => wanted === 'followed') ? 'followed' : 'all',
  };
}

/** Characters of outputs that are read as quickly as searched. */
const MAX_SHORT = 65_536;
/** Longer texts of a call are rarely from an output as a whole. */
const MAX_VALUE = 4_000;
const MAX_VALUES = 200;
const MAX_NAMES = 100;

/**
 * Chooses the texts that have a value that the user's messages do not have, the function's name, or the name of a function
 * that returned such a value. That it misses none is not certain, and need not be: those are read when a condition asks.
 */
function* instructingTexts(
  texts: readonly ForeignText[],
  { body, functionName, conversation }: ScanRequest,
  needed: Needs['instructions'],
): Generator<undefined, readonly ForeignText[]> {
  if (needed === 'none' || !conversation) return [];
  const unread = texts.filter(({ mayAddressModel }) => mayAddressModel);
  const length = unread.reduce((sum, { written }) => sum + written.length, 0);
  if (needed === 'all' || conversation.isCut || length < MAX_SHORT) return unread;
  const user = userTextOf(conversation.userMessages).strict;
  const parts = partsIn(body);
  if (!parts) return unread;
  const budget = new SearchBudget();
  const others = parts.filter((part) => !isInUserMessages(part, user, budget));
  const used = new Set<ForeignText>();
  for (const text of texts) {
    yield;
    if (others.some((part) => isInToolOutputs(part, [text.index], budget))) used.add(text);
  }
  const tools = [...new Set([functionName, ...[...used].map((text) => text.functionName ?? '')])];
  if (tools.length > MAX_NAMES) return unread;
  const names = tools.filter(isCompoundName).map((name) => name.toLowerCase());
  for (const text of unread) {
    yield;
    if (names.some((name) => text.index.hasName(name))) used.add(text);
  }
  return [...used];
}

/** Undefined if there are many. */
function partsIn(body: unknown): readonly Part[] | undefined {
  try {
    const values = new BodyValues(body).all.filter(({ isName }) => !isName);
    if (values.length > MAX_VALUES) return undefined;
    const texts = values.flatMap(({ text }) => (text && text.written.length <= MAX_VALUE ? text : []));
    return texts.flatMap(({ entries }) => entries).flatMap(({ parts }) => parts);
  } catch {
    // Nested too deep for conditions, too.
    return undefined;
  }
}
