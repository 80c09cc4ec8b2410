import type { Limited } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import type { Page } from '../api.ts';
import type { Fields } from '../event-stream.ts';
import { emitMessage, textAndRefusalOf, NO_MESSAGE, readMessages, type FinalMessage } from '../message.ts';
import type { AssistantRun, AssistantsClient } from './client.ts';

/**
 * Emits the text of a `thread.message.*` event.
 *
 * @returns the message, if the event completes it
 */
export function emitText(name: string, data: Fields, { text }: Loop): Fields | undefined {
  const { id, delta } = data;
  if (typeof id !== 'string') return undefined;
  if (name === 'thread.message.completed' || name === 'thread.message.incomplete') {
    emitMessage(data, text);
    return data;
  }
  if (name === 'thread.message.created') text?.begin(id);
  if (name !== 'thread.message.delta') return undefined;
  const { content } = Object(delta) as Fields;
  for (const part of Array.isArray(content) ? (content as Fields[]) : [])
    text?.delta(id, Number(part['index'] ?? 0), textAndRefusalOf([part]).text ?? '');
  return undefined;
}

/** Reads the run's last message. */
export async function finalMessage(
  { beta }: AssistantsClient,
  threadId: string,
  run: AssistantRun,
  streamed: Fields | undefined,
  { signal, text }: Pick<Loop, 'signal' | 'text'>,
): Promise<FinalMessage> {
  if (run.status !== 'completed' && run.status !== 'incomplete') return NO_MESSAGE;
  const query = { run_id: run.id, order: 'desc', limit: 20 } as const;
  const list = async (limit: Limited): Promise<Page<object>> =>
    (await beta.threads.messages?.list(threadId, query, { signal: limit.signal })) ?? { data: [] };
  const isOurs = ({ role, run_id: runId }: Fields): boolean => role === 'assistant' && runId === run.id;
  const [last] = await readMessages(list, isOurs, streamed, text, { signal, ms: limits.assistantsTextMs });
  return textAndRefusalOf(last?.['content'], '\n');
}
