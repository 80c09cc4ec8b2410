/** What the scripted model does at one stop: the same steps for every API that the fake serves. */
export type ModelStep =
  | { readonly step: 'call-tools'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'request-approvals'; readonly calls: readonly ScriptedCall[] }
  | { readonly step: 'say'; readonly text: string }
  | { readonly step: 'fail'; readonly code: string; readonly message: string }
  | { readonly step: 'stop-short'; readonly reason: string }
  | { readonly step: 'report-status'; readonly status: string };

export interface ScriptedCall {
  readonly name: string;
  /** An object is written as JSON; a string is sent as it is, however broken. Default `{}`. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  /** Default: a fresh id. */
  readonly id?: string;
}

/** What the scripted model sees when it decides its next step. */
export interface ModelTurn {
  readonly runId: string;
  readonly threadId: string;
  /** Counted from 1 in each run. */
  readonly turn: number;
  /** The thread's messages, oldest first. */
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

/** Azure Foundry's server wants to run MCP calls and asks for their approval. */
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

/** The run ends `incomplete`. */
export function stopShort(reason = 'max_completion_tokens'): ModelStep {
  return { step: 'stop-short', reason };
}

/** The run reports a status of your choice, such as one that nobody knows. */
export function reportStatus(status: string): ModelStep {
  return { step: 'report-status', status };
}

export interface ScriptReader {
  next(turn: ModelTurn): Promise<ModelStep>;
  /** What is wrong with how the script was used so far; empty when nothing is. */
  complaints(): string[];
}

export function readScript(script: Script): ScriptReader {
  if (typeof script === 'function') {
    return { next: async (turn) => script(turn), complaints: () => [] };
  }
  let taken = 0;
  const overruns: string[] = [];
  return {
    async next({ runId, turn }) {
      const step = script[taken];
      if (!step) {
        overruns.push(`Turn ${turn} of ${runId} came after the script's ${script.length} steps were used up.`);
        return fail('The script of the fake model has no step left.');
      }
      taken += 1;
      return step;
    },
    complaints: () => {
      const unused = script.slice(taken).map(({ step }) => step);
      return [
        ...overruns,
        ...(unused.length > 0 ? [`${unused.length} steps of the script were never used: ${unused.join(', ')}.`] : []),
      ];
    },
  };
}
