import type { Conversation } from '../../gateway/gateway.ts';
import { extractConversation, appendInput } from '../extract-conversation.ts';
import { listNewest } from '../api.ts';
import type { SessionsApi } from './client.ts';
import { withTimeLimit } from '../../../internal/abort.ts';
import type { TextFeed } from '../../run/text-feed.ts';
import { limits } from '../../limits.ts';

/**
 * What was said in the session, and with the input. The API lists the root agent's items: what a subagent is told is the
 * model's words.
 *
 * @throws Error when it cannot be listed
 */
export async function readSessionHistory(
  { items }: SessionsApi,
  sessionId: string,
  input: readonly object[] | undefined,
  signal: AbortSignal,
): Promise<Conversation> {
  if (!items) throw new TypeError('The client has no sessions.items, which is needed to list the conversation.');
  const listed = await listNewest((query, own) => items.list(sessionId, query, { signal: own }), signal);
  return appendInput(extractConversation(listed), extractConversation(input ?? []));
}

/**
 * What an event tells of what was said meanwhile: by whom an item is made known first, and by tools once they are done.
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

/** An event of a session's turn. */
export interface TurnEvent extends Fields {
  readonly type: string;
  readonly item?: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Tells what the agent itself says, as it says it; what its subagents say is between them. */
export function emitText(
  { type, item, item_id: itemId, ...event }: TurnEvent,
  rootId: string | undefined,
  text: TextFeed,
): void {
  if (type === 'agent.session.turn.output_text.delta') {
    const { content_index: part, delta } = event;
    text.delta(String(itemId), Number(part ?? 0), typeof delta === 'string' ? delta : '');
    return;
  }
  if (!item || !isMessageOf(item, rootId)) return;
  const id = String(item['id']);
  if (type === 'agent.session.turn.item.added') text.begin(id);
  else text.whole(id, textsOf(item['content']));
}

/** The final words of a turn, and what of its words was not told yet; null when there are none or when they cannot be had: an ended turn is not lost for them. */
export async function finalText(
  { items }: SessionsApi,
  sessionId: string,
  turnId: string | undefined,
  feed: TextFeed | undefined,
): Promise<string | null> {
  if (!items || turnId === undefined) return null;
  try {
    const query = { order: 'desc', limit: 50 } as const;
    const { data } = await withTimeLimit(limits.sessionTextMs, undefined, (own) =>
      items.list(sessionId, query, { signal: own }),
    );
    const messages = (data as readonly Fields[]).filter((item) => isMessageOf(item, turnId));
    for (const { id, content } of feed ? messages.toReversed() : []) feed?.whole(String(id), textsOf(content));
    const last = messages.find(({ phase }) => phase === 'final_answer') ?? messages[0];
    const texts = textsOf(last?.['content']).filter((text) => text !== '');
    return texts.length > 0 ? texts.join('') : null;
  } catch {
    return null;
  }
}

function isMessageOf({ type, role, turn_id: of }: Fields, turnId: string | undefined): boolean {
  return type === 'message' && role === 'assistant' && turnId !== undefined && of === turnId;
}

/** One for each part. */
function textsOf(content: unknown): readonly string[] {
  const parts = Array.isArray(content) ? (content as Fields[]) : [];
  return parts.map(({ type, text }) => (type === 'output_text' && typeof text === 'string' ? text : ''));
}
