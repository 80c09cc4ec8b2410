import { withTimeLimit } from '../../../internal/abort.ts';
import type { TextFeed } from '../../run/text-feed.ts';
import type { SessionsApi } from './client.ts';
import type { TurnEvent } from './items.ts';
import { limits } from '../../limits.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Tells what the agent itself says, as it says it; what its subagents say is between them. */
export function tellText(
  { type, item, item_id: itemId, ...event }: TurnEvent,
  rootId: string | undefined,
  text: TextFeed,
): void {
  if (type === 'agent.session.turn.output_text.delta') {
    const { content_index: part, delta } = event;
    text.delta(String(itemId), Number(part ?? 0), typeof delta === 'string' ? delta : '');
    return;
  }
  if (!item || !isSaidBy(item, rootId)) return;
  const id = String(item['id']);
  if (type === 'agent.session.turn.item.added') text.begin(id);
  else text.whole(id, textsOf(item['content']));
}

/** The final words of a turn, and what of its words was not told yet; null when there are none or when they cannot be had: an ended turn is not lost for them. */
export async function finalText(
  { items }: SessionsApi,
  sessionId: string,
  turnId: string | undefined,
  told: TextFeed | undefined,
): Promise<string | null> {
  if (!items || turnId === undefined) return null;
  try {
    const query = { order: 'desc', limit: 50 } as const;
    const { data } = await withTimeLimit(limits.sessionTextMs, undefined, (own) =>
      items.list(sessionId, query, { signal: own }),
    );
    const said = (data as readonly Fields[]).filter((item) => isSaidBy(item, turnId));
    for (const { id, content } of told ? said.toReversed() : []) told?.whole(String(id), textsOf(content));
    const last = said.find(({ phase }) => phase === 'final_answer') ?? said[0];
    const texts = textsOf(last?.['content']).filter((text) => text !== '');
    return texts.length > 0 ? texts.join('') : null;
  } catch {
    return null;
  }
}

function isSaidBy({ type, role, turn_id: of }: Fields, turnId: string | undefined): boolean {
  return type === 'message' && role === 'assistant' && turnId !== undefined && of === turnId;
}

/** One for each part. */
function textsOf(content: unknown): readonly string[] {
  const parts = Array.isArray(content) ? (content as Fields[]) : [];
  return parts.map(({ type, text }) => (type === 'output_text' && typeof text === 'string' ? text : ''));
}
