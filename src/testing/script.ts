/** What the scripted model does at one stop: the same steps for every API that the fake serves. */
export type ModelStep =
  | { readonly step: 'call-tools'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'request-approvals'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'say'; readonly text: string }
  | { readonly step: 'fail'; readonly code: string; readonly message: string }
  | { readonly step: 'stop-short'; readonly reason: string; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'emit-items'; readonly items: readonly Readonly<Record<string, unknown>>[] }
  | { readonly step: 'require-action'; readonly action: Readonly<Record<string, unknown>> }
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
  /** Of the Agents API: a subagent of that name makes the call, in a turn of its own. */
  readonly subagent?: string;
  /** Of the Agents API, which writes arguments either way; arguments given as a string stay one. Default `object`. */
  readonly argumentsAs?: 'object' | 'string';
  /** Of the Agents API: the call appears this much later than the step, in milliseconds. Default 0. */
  readonly afterMs?: number;
  /** Of the Agents API: the call's item appears, and this much later the call is pending. Default 0. */
  readonly pendingAfterMs?: number;
}

/** What the scripted model sees when it decides its next step. */
export interface ModelTurn {
  /**
   * Of the Responses API: the first response since the last request that brought no outputs. Of the Agents API: the
   * root turn.
   */
  readonly runId: string;
  /** Of the Responses API: the conversation, or else the first response of the chain. Of the Agents API: the session. */
  readonly threadId: string;
  /** Counted from 1 in each run. */
  readonly turn: number;
  /** All messages so far, oldest first. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** The outputs of the calls of the step before, in the calls' order. A failure is told by its error's text. */
  readonly outputs: readonly { readonly callId: string; readonly name: string; readonly output: string }[];
}

/** The model's steps in order, over all runs; or a function that decides each one. */
export type Script = readonly ModelStep[] | ((turn: ModelTurn) => ModelStep | Promise<ModelStep>);

/** The model calls tools, all in one turn. */
export function callTools(...calls: ScriptedCall[]): ModelStep {
  return { step: 'call-tools', calls };
}

/** The server wants to run MCP calls and asks for their approval: Azure Foundry's runs, the Responses and Agents APIs. */
export function requestApprovals(...calls: ScriptedCall[]): ModelStep {
  return { step: 'request-approvals', calls };
}

/** The model says its final words, and the run completes. */
export function say(text: string): ModelStep {
  return { step: 'say', text };
}

/** The run fails at the API. Of the Agents API: with the code `session_failed` its session fails, too. */
export function fail(message: string, code = 'server_error'): ModelStep {
  return { step: 'fail', code, message };
}

/** The run ends `incomplete`; of the Agents API: `failed`, for that reason. Calls are of the Responses API: the last one is cut off. */
export function stopShort(reason = 'max_completion_tokens', ...calls: ScriptedCall[]): ModelStep {
  return { step: 'stop-short', reason, calls };
}

/** Of the Responses API: the response completes with these items as they are; an `id` is filled in where none is. */
export function emitItems(...items: Record<string, unknown>[]): ModelStep {
  return { step: 'emit-items', items };
}

/** Of the Agents API: the session waits for its environment to connect, until its turn is ended. */
export function requireConnection(environmentId: string): ModelStep {
  return { step: 'require-action', action: { type: 'environment_connection', environment_id: environmentId } };
}

/** Of the Agents API: the session requires this action, of whatever kind; a `turn_id` is filled in where none is. */
export function requireAction(action: Record<string, unknown>): ModelStep {
  return { step: 'require-action', action };
}

/** The run, or the session of the Agents API, reports a status of your choice, such as one that nobody knows. */
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
