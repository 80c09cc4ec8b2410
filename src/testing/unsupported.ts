import type { ModelStep, ScriptedCall } from './script.ts';

type Api = 'Assistants' | 'Responses' | 'Agents';

interface Feature {
  readonly name: string;
  readonly owner: Api;
  readonly isUsed: (call: ScriptedCall) => boolean;
}

const FEATURES: readonly Feature[] = [
  { name: 'kind "text"', owner: 'Responses', isUsed: ({ kind }) => kind === 'text' },
  { name: 'namespace', owner: 'Responses', isUsed: ({ namespace }) => namespace !== undefined },
  { name: 'async', owner: 'Responses', isUsed: (call) => call.async !== undefined },
  { name: 'caller', owner: 'Responses', isUsed: ({ caller }) => caller !== undefined },
  { name: 'subagent', owner: 'Agents', isUsed: ({ subagent }) => subagent !== undefined },
  { name: 'afterMs', owner: 'Agents', isUsed: ({ afterMs }) => afterMs !== undefined },
  { name: 'pendingAfterMs', owner: 'Agents', isUsed: ({ pendingAfterMs }) => pendingAfterMs !== undefined },
];

/** Returns the reason why an API of the fake does not support a step of the script; undefined if it does. */
export function unsupported(step: ModelStep, api: Api): string | undefined {
  switch (step.step) {
    case 'emit-items':
      return api === 'Responses'
        ? undefined
        : `The ${api} API takes no items from the script: emitItems is for the Responses API alone.`;
    case 'require-action':
      return api === 'Agents'
        ? undefined
        : `The ${api} API requires no such actions: requireAction and requireConnection are for the Agents API alone.`;
    case 'stop-short':
      return api === 'Responses' || step.calls.length === 0
        ? undefined
        : `A run of the ${api} API that stops short holds no calls: give stopShort its reason alone.`;
    case 'call-tools':
    case 'request-approvals':
      return step.calls.map((call) => unsupportedCall(call, api)).find((complaint) => complaint !== undefined);
    case 'say':
    case 'fail':
    case 'report-status':
      return undefined;
  }
}

function unsupportedCall(call: ScriptedCall, api: Api): string | undefined {
  const feature = FEATURES.find(({ owner, isUsed }) => owner !== api && isUsed(call));
  if (!feature) return undefined;
  const { name, owner } = feature;
  return `The ${api} API has no ${name}: the call of "${call.name}" is for the ${owner} API alone.`;
}
