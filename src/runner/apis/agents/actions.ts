import { RunFailure } from '../../errors.ts';
import { hasReturned } from '../../call/outcome.ts';
import { noteOf, type ContentPart } from '../../call/content.ts';
import type { ToolOutput } from '../../run/driver.ts';
import { writtenArguments, type ToolCall } from '../../call/tool-call.ts';
import { labelString } from '../api.ts';
import type { Fields } from '../event-stream.ts';

/** An action that a session requires. */
export interface Action {
  readonly turnId: string;
  readonly call: ToolCall;
  /** Builds the input event with the result. */
  readonly answer: (output: ToolOutput) => object;
}

/** Identifies an action within its session. */
export function keyOf({ type, turn_id: turnId, call_id: callId, request_id: requestId }: Fields): string {
  return JSON.stringify([type, turnId, callId ?? requestId]);
}

/** @throws RunFailure for an action that is unknown or not supported */
export function actionOf(required: Fields): Action {
  const action = supportedAction(required);
  if (action) return action;
  const { type, environment_id: environmentId, call_id: callId, request_id: requestId } = required;
  const which = [environmentId, callId, requestId].find((id) => typeof id === 'string') ?? 'without an id';
  throw new RunFailure(
    'unknown_action',
    `The session requires "${String(type)}" (${which}), which is not supported by this runner.`,
  );
}

function supportedAction(required: Fields): Action | undefined {
  switch (required['type']) {
    case 'function_call':
      return functionCall(required);
    case 'mcp_approval_request':
      return mcpApproval(required, fieldsOf(required['request']));
    case 'computer_use_approval_request':
      return computerUseApproval(required, fieldsOf(required['request']));
    default:
      return undefined;
  }
}

function functionCall(required: Fields): Action | undefined {
  const { turn_id: turnId, call_id: callId, name, arguments: args } = required;
  return action(
    turnId,
    { callId, name, ...writtenArguments(args), kind: 'function' },
    ({ outcome, output, content }) => ({
      type: 'agent.session.input.tool_result',
      turn_id: turnId,
      call_id: callId,
      ...(hasReturned(outcome) ? { success: true, output: content ?? output } : { success: false, error: output }),
    }),
  );
}

/** The API takes text, and images by their URL only. */
export function fitPart(part: ContentPart): ContentPart {
  if (part.type === 'input_text') return { type: 'input_text', text: part.text };
  return part.type === 'input_image' && part.image_url !== undefined
    ? { type: 'input_image', image_url: part.image_url }
    : { type: 'input_text', text: noteOf(part) };
}

function mcpApproval({ turn_id: turnId, request_id: callId }: Fields, request: Fields): Action | undefined {
  const { name, server_label: label, arguments: args, type } = request;
  const server = labelString(label);
  const call = { callId, name: name ?? server, ...writtenArguments(args), kind: 'approval', server } as const;
  return action(turnId, call, ({ outcome }) => ({
    type: 'agent.session.input.mcp_approval_request_result',
    request_id: callId,
    response: { type, decision: outcome === 'allowed' ? 'approve' : 'deny' },
  }));
}

/** An origin can be approved. A login needs credentials, which no gateway has. */
function computerUseApproval({ turn_id: turnId, request_id: callId }: Fields, request: Fields): Action | undefined {
  const { type, ...details } = request;
  const isOrigin = type === 'browser_origin_access';
  if (!isOrigin && type !== 'browser_authentication') return undefined;
  const refused = isOrigin ? {} : { refused: 'unknown_tool' as const };
  const call = { callId, name: type, arguments: JSON.stringify(details), kind: 'approval', ...refused } as const;
  return action(turnId, call, ({ outcome }) => ({
    type: 'agent.session.input.computer_use_approval_request_result',
    request_id: callId,
    response: isOrigin ? { type, decision: outcome === 'allowed' ? 'approve' : 'deny' } : { type, action: 'cancel' },
  }));
}

/** Returns undefined for a malformed call, without an id or a name. */
function action(
  turnId: unknown,
  call: Omit<ToolCall, 'callId' | 'name'> & { readonly callId: unknown; readonly name: unknown },
  answer: Action['answer'],
): Action | undefined {
  const { callId, name } = call;
  if (typeof turnId !== 'string' || typeof callId !== 'string' || callId === '' || typeof name !== 'string')
    return undefined;
  return { turnId, call: { ...call, callId, name }, answer };
}

function fieldsOf(value: unknown): Fields {
  return (value ?? {}) as Fields;
}
