import { withTimeLimit } from '../../../internal/abort.ts';
import type { Loop } from '../../run/driver.ts';
import type { AssistantRun, AssistantsClient, ThreadMessage } from './client.ts';
import { limits } from '../../limits.ts';

/**
 * The text of the run's last message, and what of its messages was not told yet; null when there is none or when it cannot be had: a finished run is not lost for
 * its text.
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
    const said = data.filter(({ role, run_id }) => role === 'assistant' && run_id === run.id);
    for (const message of text ? said.toReversed() : []) {
      if (typeof message.id === 'string') text?.whole(message.id, message.content.map(valueOf));
    }
    return textOf(said[0]);
  } catch {
    return null;
  }
}

function textOf(message: ThreadMessage | undefined): string | null {
  const texts = (message?.content ?? []).filter(({ type }) => type === 'text').map(valueOf);
  return texts.length > 0 ? texts.join('\n') : null;
}

function valueOf({ type, text }: ThreadMessage['content'][number]): string {
  const value = type === 'text' ? (text as { value?: unknown } | null | undefined)?.value : undefined;
  return typeof value === 'string' ? value : '';
}
