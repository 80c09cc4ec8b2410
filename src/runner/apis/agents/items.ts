import { Limit, type Limited } from '../../../internal/abort.ts';
import { writtenArguments } from '../../call/tool-call.ts';
import type { Conversation } from '../../gateway/gateway.ts';
import { limits } from '../../limits.ts';
import type { TextFeed } from '../../run/text-feed.ts';
import { listNewest, type Page } from '../api.ts';
import { emitItem, textAndRefusalOf, readMessages, type FinalMessage } from '../message.ts';
import type { Fields } from '../event-stream.ts';
import { appendInput, extractConversation } from '../extract-conversation.ts';
import type { ListedCalls } from '../call-ids.ts';
import type { SessionsApi } from './client.ts';

/**
 * Reads the session's conversation and appends the input. The API lists the root agent's items: a subagent's
 * instructions are the model's words.
 *
 * @throws Error when the list cannot be read
 */
export async function readSessionHistory(
  { items }: SessionsApi,
  sessionId: string,
  input: readonly object[] | undefined,
  signal: AbortSignal,
): Promise<Conversation> {
  if (!items) throw new TypeError('The client has no sessions.items, which is needed to list the conversation.');
  const listed = await listNewest((query, own) => items.list(sessionId, query, { signal: own }), signal);
  return appendInput(extractConversation(listed), extractConversation(input ?? [], listed));
}

/**
 * Extracts the conversation from an event: user messages when an item is added, tool outputs when it is done.
 *
 * @param rootId the turn whose messages are the user's
 */
export function conversationOfEvent({ type, item }: TurnEvent, rootId: string | undefined): Partial<Conversation> {
  if (item === undefined) return {};
  const { userMessages, toolOutputs } = extractConversation([item]);
  const isUsers = rootId !== undefined && item['turn_id'] === rootId;
  if (type === 'agent.session.turn.item.added') return isUsers ? { userMessages } : {};
  return type === 'agent.session.turn.item.done' ? { toolOutputs } : {};
}

/** An event about an item of a turn. */
export interface TurnEvent extends Fields {
  readonly type: string;
  readonly item?: Fields;
}

/** Lists a turn's function calls. The API does not list those of a subagent. */
export async function listCalls(
  { items }: SessionsApi,
  sessionId: string,
  turnId: string,
  signal: AbortSignal,
): Promise<ListedCalls> {
  if (!items) return undefined;
  const read = async (own: AbortSignal): Promise<readonly object[]> =>
    listNewest((query, reading) => items.list(sessionId, query, { signal: reading }), own);
  const listed = await new Limit(signal, limits.sessionReadMs).within(({ signal }) => read(signal)).catch(() => []);
  const calls = (listed as readonly Fields[]).filter(
    ({ type, turn_id: of }) => type === 'function_call' && of === turnId,
  );
  if (calls.length === 0) return undefined;
  return calls.map(({ call_id: id, name, arguments: args }) => ({
    ...{ callId: String(id), name: String(name), kind: 'function' as const },
    ...writtenArguments(args),
  }));
}

/** Emits the agent's text as it arrives. The text of its subagents comes interleaved and is skipped. */
export function emitText(event: TurnEvent, rootId: string | undefined, text: TextFeed): void {
  emitItem(event, text, (item) => isMessageOf(item, rootId));
}

/** Returns the message that an event completes, if it is the followed turn's. */
export function completedMessage({ type, item }: TurnEvent, turnId: string | undefined): Fields | undefined {
  return type === 'agent.session.turn.item.done' && item && isMessageOf(item, turnId) ? item : undefined;
}

/** Reads the final message of a turn. */
export async function finalMessage(
  { items }: SessionsApi,
  sessionId: string,
  turnId: string | undefined,
  streamed: Fields | undefined,
  feed: TextFeed | undefined,
): Promise<FinalMessage> {
  const query = { order: 'desc', limit: 50 } as const;
  const list = async ({ signal }: Limited): Promise<Page<object>> =>
    (await items?.list(sessionId, query, { signal })) ?? { data: [] };
  const isOurs = (item: Fields): boolean => isMessageOf(item, turnId);
  const messages = await readMessages(list, isOurs, streamed, feed, { ms: limits.sessionTextMs });
  const last = messages.find(({ phase }) => phase === 'final_answer') ?? messages[0];
  const { text, refusal } = textAndRefusalOf(last?.['content']);
  return { text: text || null, refusal };
}

function isMessageOf({ type, role, turn_id: of }: Fields, turnId: string | undefined): boolean {
  return type === 'message' && role === 'assistant' && turnId !== undefined && of === turnId;
}
