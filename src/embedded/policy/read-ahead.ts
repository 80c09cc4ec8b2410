import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { Condition, Policy } from './policy.ts';
import { readConversation } from './provenance/conversation-index.ts';

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
  readonly instructions: boolean;
}

const needs = new WeakMap<readonly Policy[], Needs>();

/**
 * Reads what the conditions of policies need of a conversation before they are evaluated at once, and lets other work run
 * in between. A long conversation is read once: later calls of the run find it read.
 */
export async function readAhead(policies: readonly Policy[], { conversation }: ScanRequest): Promise<void> {
  if (!conversation) return;
  const needed = needs.get(policies) ?? needsOf(policies);
  needs.set(policies, needed);
  if (needed.conversation) await readConversation(conversation, needed.instructions);
}

function needsOf(policies: readonly Policy[]): Needs {
  const keys = new Set(policies.flatMap(({ rules }) => rules.flatMap(({ condition }) => keysOf(condition))));
  return {
    conversation: [...keys].some((key) => ABOUT_CONVERSATIONS.has(key)),
    instructions: keys.has('instructionsInToolOutput'),
  };
}

function keysOf(condition: Condition): readonly string[] {
  return [...Object.keys(condition), ...Object.keys(condition.not ?? {})];
}
