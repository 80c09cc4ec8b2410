import { withTimeLimit } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import type { Fields } from '../event-stream.ts';
import type { AssistantRun, AssistantsClient } from './client.ts';

/** Emits the text of a `thread.message.*` event. */
export function emitText(name: string, data: Fields, { text }: Loop): void {
  const { id, delta, content } = data;
  if (typeof id !== 'string' || !text) return;
  if (name === 'thread.message.created') text.begin(id);
  else if (name === 'thread.message.delta') {
    for (const part of partsOf((delta as Fields | null | undefined)?.['content'])) {
      text.delta(id, Number(part['index'] ?? 0), valueOf(part));
    }
  } else if (name === 'thread.message.completed' || name === 'thread.message.incomplete') {
    text.whole(id, partsOf(content).map(valueOf));
  }
}

/**
 * Returns the text of the run's last message, and emits the text not emitted yet. Returns null when the run has no
 * text, or when reading it fails: a finished run does not fail for its text.
 */
export async function finalText(
  client: AssistantsClient,
  threadId: string,
  run: AssistantRun,
  { signal, text }: Pick<Loop, 'signal' | 'text'>,
): Promise<string | null> {
  const { messages } = client.beta.threads;
  if (!messages || (run.status !== 'completed' && run.status !== 'incomplete')) return null;
  try {
    const query = { run_id: run.id, order: 'desc', limit: 20 } as const;
    const { data } = await withTimeLimit(limits.assistantsTextMs, signal, (limited) =>
      messages.list(threadId, query, { signal: limited }),
    );
    const written = data.filter(({ role, run_id }) => role === 'assistant' && run_id === run.id);
    for (const message of text ? written.toReversed() : []) {
      if (typeof message.id === 'string') text?.whole(message.id, message.content.map(valueOf));
    }
    const parts = (written[0]?.content ?? []).filter(({ type }) => type === 'text').map(valueOf);
    return parts.length > 0 ? parts.join('\n') : null;
  } catch {
    return null;
  }
}

function partsOf(content: unknown): Fields[] {
  return Array.isArray(content) ? (content as Fields[]) : [];
}

function valueOf({ type, text }: { readonly type?: unknown; readonly text?: unknown }): string {
  const value = type === 'text' ? (text as Fields | null | undefined)?.['value'] : undefined;
  return typeof value === 'string' ? value : '';
}
