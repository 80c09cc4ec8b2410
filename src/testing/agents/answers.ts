import { badRequest, conflict } from '../api-fault.ts';
import type { Json } from '../wire.ts';
import type { Ask } from './ask.ts';

/** Matches input events with the required actions that they answer, and rejects invalid answers. */

const ANSWERED: Readonly<Partial<Record<string, string>>> = {
  'agent.session.input.tool_result': 'function_call',
  'agent.session.input.mcp_approval_request_result': 'mcp_approval_request',
  'agent.session.input.computer_use_approval_request_result': 'computer_use_approval_request',
};

export interface Answer {
  readonly ask: Ask;
  readonly event: Readonly<Json>;
}

/**
 * Lists the answers among events, each with its action. Omits answers that were accepted before. Does not set
 * `accepted` of the new ones yet.
 *
 * @throws ApiFault for an answer to an action that is not pending, and for one that differs from the accepted answer
 */
export function answersOf(events: readonly Readonly<Json>[], asks: readonly Ask[]): Answer[] {
  const answers: Answer[] = [];
  for (const event of events) {
    const kind = ANSWERED[String(event['type'])];
    if (kind === undefined) continue;
    const ask = findAsk(event, kind, asks);
    const before = ask.accepted ?? answers.find((one) => one.ask === ask)?.event;
    if (before === undefined) answers.push({ ask, event });
    else if (contentOf(before) !== contentOf(event))
      throw conflict(`The ${nameOf(kind)} already has a different result.`);
  }
  return answers;
}

function findAsk(event: Readonly<Json>, kind: string, asks: readonly Ask[]): Ask {
  const { turn_id: turnId, call_id: callId, request_id: requestId } = event;
  const id = String(callId ?? requestId);
  const named = asks.filter((ask) => ask.action['type'] === kind && ask.id === id && isKnown(ask));
  const code = 'invalid_request_error';
  if (named.length === 0) {
    throw badRequest(`Unknown pending ${nameOf(kind)}: ${id}`, { code });
  }
  const ask = named.findLast(({ action }) => kind !== 'function_call' || action['turn_id'] === turnId);
  if (ask) return ask;
  throw badRequest(`The tool call ${id} belongs to a different turn.`, { code });
}

/** Returns true for an action that the API still knows: it forgets one that ended without an answer. */
function isKnown({ state, accepted }: Ask): boolean {
  return state === 'pending' || accepted !== undefined;
}

function contentOf({ success, output, error, response }: Readonly<Json>): string {
  // JSON writes an undefined entry of a list as null, which the API treats alike.
  return JSON.stringify([success, output, error, response]);
}

function nameOf(kind: string): string {
  return kind === 'function_call' ? 'tool call' : 'approval request';
}
