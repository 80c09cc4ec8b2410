import type { ModelStep, ScriptedCall } from '../script.ts';

/** Why the Assistants API cannot take a step of the script, in a sentence; undefined when it can. */
export function unsupported(step: ModelStep): string | undefined {
  switch (step.step) {
    case 'emit-items':
      return 'The Assistants API has no items: emitItems is for the Responses API alone.';
    case 'stop-short':
      return step.calls.length > 0
        ? 'A run of the Assistants API that stops short holds no calls: give stopShort its reason alone.'
        : undefined;
    case 'call-tools':
    case 'request-approvals':
      return step.calls.map(unsupportedCall).find((complaint) => complaint !== undefined);
    case 'say':
    case 'fail':
    case 'report-status':
      return undefined;
  }
}

function unsupportedCall({ name, kind = 'function', namespace, async, caller }: ScriptedCall): string | undefined {
  const feature =
    kind === 'text'
      ? 'kind "text"'
      : namespace !== undefined
        ? 'namespace'
        : async !== undefined
          ? 'async'
          : caller && 'caller';
  return feature && `The Assistants API has no ${feature}: the call of "${name}" is for the Responses API alone.`;
}
