import { withTimeLimit } from '../../internal/abort.ts';
import type { SessionsApi } from './client.ts';

const LIST_MS = 5_000;

type Fields = Readonly<Record<string, unknown>>;

/** The final words of a turn; null when there are none or when they cannot be had: an ended turn is not lost for them. */
export async function finalText(
  { items }: SessionsApi,
  sessionId: string,
  turnId: string | undefined,
): Promise<string | null> {
  if (!items || turnId === undefined) return null;
  try {
    const query = { order: 'desc', limit: 50 } as const;
    const { data } = await withTimeLimit(LIST_MS, undefined, (own) => items.list(sessionId, query, { signal: own }));
    const said = (data as readonly Fields[]).filter(
      ({ type, role, turn_id: of }) => type === 'message' && role === 'assistant' && of === turnId,
    );
    const last = said.find(({ phase }) => phase === 'final_answer') ?? said[0];
    return textOf(last?.['content']);
  } catch {
    return null;
  }
}

function textOf(content: unknown): string | null {
  const parts = Array.isArray(content) ? (content as Fields[]) : [];
  const texts = parts.flatMap(({ type, text }) => (type === 'output_text' && typeof text === 'string' ? [text] : []));
  return texts.length > 0 ? texts.join('') : null;
}
