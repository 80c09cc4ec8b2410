import type { ModelStep, ModelTurn, ScriptedCall } from '../script.ts';
import type { Json, NewId } from '../wire.ts';
import type { FakeTurn } from './fake-turn.ts';

/** One action that a session requires of the client, before, while and after it is an entry of `required_actions`. */
export interface Ask {
  readonly turn: FakeTurn;
  readonly action: Readonly<Json>;
  /** The `call_id` or `request_id` that an answer contains. */
  readonly id: string;
  readonly name: string;
  /** True if a `function_call` item shows it. */
  readonly isCall: boolean;
  readonly afterMs: number;
  readonly pendingAfterMs: number;
  state: 'ahead' | 'pending' | 'answered' | 'gone';
  /** The accepted answer, which takes effect a moment later. */
  accepted?: Readonly<Json>;
}

/** @param turnOf returns the turn of a call: the root agent's, or that of the call's subagent */
export function asksOf(step: ModelStep, newId: NewId, turnOf: (subagent: string | undefined) => FakeTurn): Ask[] {
  switch (step.step) {
    case 'call-tools':
      return step.calls.map((call) => ask(callAction(call, turnOf(call.subagent), newId), call, turnOf));
    case 'request-approvals':
      return step.calls.map((call) => ask(approvalAction(call, turnOf(call.subagent), newId), call, turnOf));
    case 'require-action':
      return [ask(rawAction(step.action, turnOf(undefined)), undefined, turnOf)];
    case 'say':
    case 'fail':
    case 'stop-short':
    case 'emit-items':
    case 'report-status':
      return [];
  }
}

function ask(action: Json, call: ScriptedCall | undefined, turnOf: (subagent: string | undefined) => FakeTurn): Ask {
  const { type, call_id: callId, request_id: requestId, name } = action;
  return {
    turn: turnOf(call?.subagent),
    action,
    id: String(callId ?? requestId),
    name: call?.name ?? String(name ?? type),
    isCall: call !== undefined && type === 'function_call',
    afterMs: call?.afterMs ?? 0,
    pendingAfterMs: call?.pendingAfterMs ?? 0,
    state: 'ahead',
  };
}

function callAction(call: ScriptedCall, turn: FakeTurn, newId: NewId): Json {
  const { id = newId('call'), name } = call;
  return { type: 'function_call', turn_id: turn.id, call_id: id, name, arguments: writtenArguments(call) };
}

function approvalAction(call: ScriptedCall, turn: FakeTurn, newId: NewId): Json {
  const { id = newId('mcpr'), name, server = 'fake' } = call;
  return {
    type: 'mcp_approval_request',
    turn_id: turn.id,
    request_id: id,
    request: {
      type: 'mcp_tool_call',
      name,
      arguments: writtenArguments(call),
      server_label: server,
      message: `Allow ${server} to run ${name}?`,
    },
  };
}

/** Fills in the `turn_id`. Of all known kinds, only the connection of an environment belongs to no turn. */
function rawAction(action: Readonly<Json>, turn: FakeTurn): Json {
  return action['type'] === 'environment_connection' ? { ...action } : { turn_id: turn.id, ...action };
}

function writtenArguments({ arguments: args = {}, argumentsAs }: ScriptedCall): unknown {
  return argumentsAs === 'string' && typeof args !== 'string' ? JSON.stringify(args) : args;
}

/** Returns the output that the script receives for an answer. */
export function scriptOutput({ id: callId, name, accepted = {} }: Ask): ModelTurn['outputs'][number] {
  const { success, output, error, response } = accepted;
  const value =
    response === undefined
      ? success === false
        ? (error ?? output ?? '')
        : (output ?? '')
      : ((response as Json)['decision'] ?? response);
  return { callId, name, output: typeof value === 'string' ? value : JSON.stringify(value) };
}
