import { argumentsOf, type ModelStep, type ScriptedCall } from '../script.ts';
import type { Json } from '../wire.ts';
import type { ItemStore } from './item-store.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** Creates the output items of a script's step. */
export function outputItems(step: ModelStep, store: ItemStore): Json[] {
  switch (step.step) {
    case 'call-tools':
      return step.calls.map((call) => callItem(call, store));
    case 'stop-short':
      return step.calls.map((call, index) => callItem(call, store, index === step.calls.length - 1));
    case 'request-approvals':
      return step.calls.map((call) => ({
        id: call.id ?? store.idFor('mcp_approval_request'),
        type: 'mcp_approval_request',
        server_label: call.server ?? 'fake',
        name: call.name,
        arguments: argumentsOf(call),
      }));
    case 'say':
      return [
        {
          id: store.idFor('message'),
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: step.text, annotations: [], logprobs: [] }],
        },
      ];
    case 'emit-items':
      return step.items.map((item) => ({ ...item, id: item['id'] ?? store.idFor(String(item['type'])) }));
    case 'fail':
    case 'report-status':
    case 'require-action':
      return [];
  }
}

function callItem(call: ScriptedCall, store: ItemStore, isCut = false): Json {
  const { name, kind = 'function', namespace, async, caller } = call;
  const type = kind === 'text' ? 'custom_tool_call' : 'function_call';
  const whole = argumentsOf(call);
  const text = isCut ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  return {
    id: store.idFor(type),
    type,
    status: isCut ? 'incomplete' : 'completed',
    call_id: call.id ?? store.newId('call'),
    name,
    ...(kind === 'text' ? { input: text } : { arguments: text }),
    ...omitUndefined({ namespace, async, caller }),
  };
}

/** Creates the item of an approved MCP call, which the server ran. */
export function approvedCall(request: Json, store: ItemStore): Json {
  const { id, server_label: server, name, arguments: args } = request;
  return {
    id: store.idFor('mcp_call'),
    type: 'mcp_call',
    status: 'completed',
    server_label: server,
    name,
    arguments: args,
    output: `The fake ran ${String(name)}.`,
    error: null,
    approval_request_id: id,
  };
}
