import type { Conversation } from '../../gateway/gateway.ts';
import { heardIn, withInput } from '../extract-conversation.ts';
import { listNewest } from '../api.ts';
import type { SessionsApi } from './client.ts';

/**
 * What was said in the session, and with the input. The API lists the root agent's items: what a subagent is told is the
 * model's words.
 *
 * @throws Error when it cannot be listed
 */
export async function heardInSession(
  { items }: SessionsApi,
  sessionId: string,
  input: readonly object[] | undefined,
  signal: AbortSignal,
): Promise<Conversation> {
  if (!items) throw new TypeError('The client has no sessions.items, which lists what was said.');
  const listed = await listNewest((query, own) => items.list(sessionId, query, { signal: own }), signal);
  return withInput(heardIn(listed), heardIn(input ?? []));
}

/**
 * What an event tells of what was said meanwhile: by whom an item is made known first, and by tools once they are done.
 *
 * @param rootId the turn whose messages are the user's
 */
export function heardInEvent({ type, item }: TurnEvent, rootId: string | undefined): Partial<Conversation> {
  if (item === undefined) return {};
  const { userMessages, toolOutputs } = heardIn([item]);
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
