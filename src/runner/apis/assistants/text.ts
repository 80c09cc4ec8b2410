import { Limit } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { entriesOf, NO_MESSAGE, refusalOf, type FinalMessage } from '../api.ts';
import type { Fields } from '../event-stream.ts';
import type { AssistantRun, AssistantsClient, ThreadMessage } from './client.ts';

/**
 * Emits the text of a `thread.message.*` event.
 *
 * @returns the message, if the event completes it
 */
export function emitText(name: string, data: Fields, { text }: Loop): ThreadMessage | undefined {
  const { id, delta, content } = data;
  if (typeof id !== 'string') return undefined;
  if (name === 'thread.message.completed' || name === 'thread.message.incomplete') {
    const parts = partsOf(content);
    text?.whole(id, parts.map(valueOf), refusalOf(parts));
    return data as unknown as ThreadMessage;
  }
  if (name === 'thread.message.created') text?.begin(id);
  else if (name === 'thread.message.delta') {
    for (const part of partsOf((delta as Fields | null | undefined)?.['content'])) {
      text?.delta(id, Number(part['index'] ?? 0), valueOf(part));
    }
  }
  return undefined;
}

/**
 * Reads the run's last message, and emits the text not emitted yet. If reading fails, the last message that was streamed
 * counts.
 */
export async function finalMessage(
  client: AssistantsClient,
  threadId: string,
  run: AssistantRun,
  streamed: ThreadMessage | undefined,
  loop: Pick<Loop, 'signal' | 'text'>,
): Promise<FinalMessage> {
  if (run.status !== 'completed' && run.status !== 'incomplete') return NO_MESSAGE;
  // A finished run does not fail for its text.
  const listed = await listMessages(client, threadId, run, loop).catch(() => []);
  const last = listed[0] ?? (streamed && isOf(run, streamed) ? streamed : undefined);
  const texts: string[] = [];
  for (const part of partsOf(last?.content)) if (part['type'] === 'text') texts.push(valueOf(part));
  return { text: texts.length > 0 ? texts.join('\n') : null, refusal: refusalOf(last?.content) };
}

/** Lists the run's messages, newest first. */
async function listMessages(
  { beta }: AssistantsClient,
  threadId: string,
  run: AssistantRun,
  { signal, text }: Pick<Loop, 'signal' | 'text'>,
): Promise<readonly ThreadMessage[]> {
  const { messages } = beta.threads;
  if (!messages) return [];
  const query = { run_id: run.id, order: 'desc', limit: 20 } as const;
  const page = await new Limit(signal, limits.assistantsTextMs).within(({ signal: limited }) =>
    messages.list(threadId, query, { signal: limited }),
  );
  const written: ThreadMessage[] = [];
  // Compatible servers may ignore the query's `run_id`.
  for (const message of entriesOf(page)) if (isOf(run, message)) written.push(message);
  for (const { id, content } of text ? written.toReversed() : []) {
    if (typeof id === 'string') text?.whole(id, content.map(valueOf), refusalOf(content));
  }
  return written;
}

function isOf(run: AssistantRun, { role, run_id: runId }: ThreadMessage): boolean {
  return role === 'assistant' && runId === run.id;
}

function partsOf(content: unknown): Fields[] {
  return Array.isArray(content) ? (content as Fields[]) : [];
}

function valueOf({ type, text }: { readonly type?: unknown; readonly text?: unknown }): string {
  const value = type === 'text' ? (text as Fields | null | undefined)?.['value'] : undefined;
  return typeof value === 'string' ? value : '';
}
