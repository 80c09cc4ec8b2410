/** What the scripted model does at one stop: the same steps for every API that the fake serves. */
export type ModelStep =
  | { readonly step: 'call-tools'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'request-approvals'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'say'; readonly text: string }
  | { readonly step: 'fail'; readonly code: string; readonly message: string }
  | { readonly step: 'stop-short'; readonly reason: string; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'emit-items'; readonly items: readonly Readonly<Record<string, unknown>>[] }
  | { readonly step: 'report-status'; readonly status: string };

export interface ScriptedCall {
  readonly name: string;
  /** An object is written as JSON; a string is sent as it is, however broken. Default `{}`. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  /** Default: a fresh id. */
  readonly id?: string;
  /** The label of the MCP server that asks for an approval. Default `fake`. */
  readonly server?: string;
  /** Of the Responses API: `text` is a custom tool, whose input is the `arguments` as free text. Default `function`. */
  readonly kind?: 'function' | 'text';
  /** Of the Responses API. */
  readonly namespace?: string;
  /** Of the Responses API: the model goes on without the output. */
  readonly async?: boolean;
  /** Of the Responses API: who makes the call. */
  readonly caller?: { readonly type: 'program'; readonly caller_id: string } | { readonly type: 'direct' };
}

/** What the scripted model sees when it decides its next step. */
export interface ModelTurn {
  /** Of the Responses API: the first response since the last request that brought no outputs. */
  readonly runId: string;
  /** Of the Responses API: the conversation, or without one the first response of the chain. */
  readonly threadId: string;
  /** Counted from 1 in each run. */
  readonly turn: number;
  /** All messages so far, oldest first. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** The outputs of the calls of the step before, in the calls' order. */
  readonly outputs: readonly { readonly callId: string; readonly name: string; readonly output: string }[];
}

/** The model's steps in order, over all runs; or a function that decides each one. */
export type Script = readonly ModelStep[] | ((turn: ModelTurn) => ModelStep | Promise<ModelStep>);

/** The model calls tools, all in one turn. */
export function callTools(...calls: ScriptedCall[]): ModelStep {
  return { step: 'call-tools', calls };
}

/** The server wants to run MCP calls and asks for their approval: Azure Foundry's runs, or the Responses API. */
export function requestApprovals(...calls: ScriptedCall[]): ModelStep {
  return { step: 'request-approvals', calls };
}

/** The model says its final words, and the run completes. */
export function say(text: string): ModelStep {
  return { step: 'say', text };
}

/** The run fails at the API. */
export function fail(message: string, code = 'server_error'): ModelStep {
  return { step: 'fail', code, message };
}

/** The run ends `incomplete`. Calls are of the Responses API: the last one is cut off. */
export function stopShort(reason = 'max_completion_tokens', ...calls: ScriptedCall[]): ModelStep {
  return { step: 'stop-short', reason, calls };
}

/** Of the Responses API: the response completes with these items as they are; an `id` is filled in where none is. */
export function emitItems(...items: Record<string, unknown>[]): ModelStep {
  return { step: 'emit-items', items };
}

/** The run reports a status of your choice, such as one that nobody knows. */
export function reportStatus(status: string): ModelStep {
  return { step: 'report-status', status };
}

/** A call's arguments as the API writes them. */
export function argumentsOf({ arguments: args = {} }: ScriptedCall): string {
  return typeof args === 'string' ? args : JSON.stringify(args);
}

export interface ScriptReader {
  next(turn: ModelTurn): Promise<ModelStep>;
  /** Notes what is wrong with a step that was taken. */
  complain(complaint: string): void;
  /** What is wrong with how the script was used so far; empty when nothing is. */
  complaints(): string[];
}

export function readScript(script: Script): ScriptReader {
  const noted: string[] = [];
  const complain = (complaint: string): void => {
    noted.push(complaint);
  };
  if (typeof script === 'function') {
    return { next: async (turn) => script(turn), complain, complaints: () => [...noted] };
  }
  let taken = 0;
  return {
    async next({ runId, turn }) {
      const step = script[taken];
      if (!step) {
        complain(`Turn ${turn} of ${runId} came after the script's ${script.length} steps were used up.`);
        return fail('The script of the fake model has no step left.');
      }
      taken += 1;
      return step;
    },
    complain,
    complaints: () => {
      const unused = script.slice(taken).map(({ step }) => step);
      return [
        ...noted,
        ...(unused.length > 0 ? [`${unused.length} steps of the script were never used: ${unused.join(', ')}.`] : []),
      ];
    },
  };
}
