import { BOOLEAN, checkFields, checkNames, MS, isObject, isString, wrongValue, type ValueRule } from './checks.ts';

/** One step of the scripted model. The steps are the same for all APIs of the fake. */
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
  /** The arguments: an object is sent as JSON, a string is sent as it is, even if it is invalid. Default `{}`. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  /** The call's id. Default: a new id. */
  readonly id?: string;
  /** Label of the MCP server that asks for an approval. Default `fake`. */
  readonly server?: string;
  /** Responses API: `text` is a custom tool, whose input is the `arguments` as free text. Default `function`. */
  readonly kind?: 'function' | 'text';
  /** Responses API: the tool's namespace. */
  readonly namespace?: string;
  /** Responses API: the model continues without the output. */
  readonly async?: boolean;
  /** Responses API: the caller of the tool. */
  readonly caller?: { readonly type: 'program'; readonly caller_id: string } | { readonly type: 'direct' };
  /** Agents API: the name of the subagent that makes the call, in its own turn. */
  readonly subagent?: string;
  /** Agents API: the form of the arguments on the wire. A string stays a string. Default `object`. */
  readonly argumentsAs?: 'object' | 'string';
  /** Agents API: milliseconds between the step and the call. Default 0. */
  readonly afterMs?: number;
  /** Agents API: milliseconds between the call's item and the moment it is pending. Default 0. */
  readonly pendingAfterMs?: number;
}

/** The scripted model's input when it decides its next step. */
export interface ModelTurn {
  /** Responses API: the first response since the last request without outputs. Agents API: the root turn. */
  readonly runId: string;
  /** Responses API: the conversation, or the first response of the chain. Agents API: the session. */
  readonly threadId: string;
  /** The turn's number, counted from 1 in each run. */
  readonly turn: number;
  /** All messages so far, oldest first. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** Outputs of the previous step's calls, in the calls' order; for a failed call, the text of its error. */
  readonly outputs: readonly { readonly callId: string; readonly name: string; readonly output: string }[];
}

/** The model's steps in order, over all runs; or a function that decides each one. */
export type Script = readonly ModelStep[] | ((turn: ModelTurn) => ModelStep | Promise<ModelStep>);

/** Creates a step in which the model calls tools, all in one turn. */
export function callTools(...calls: ScriptedCall[]): ModelStep {
  return checked('callTools', { step: 'call-tools', calls });
}

/**
 * Creates a step in which the server requests approval of MCP calls: Azure Foundry's runs, the Responses and Agents
 * APIs.
 */
export function requestApprovals(...calls: ScriptedCall[]): ModelStep {
  return checked('requestApprovals', { step: 'request-approvals', calls });
}

/** Creates a step in which the model writes its final text and the run completes. */
export function say(text: string): ModelStep {
  return checked('say', { step: 'say', text });
}

/**
 * Creates a step in which the run fails at the API. Agents API: with the code `session_failed`, its session fails too.
 */
export function fail(message: string, code = 'server_error'): ModelStep {
  return checked('fail', { step: 'fail', code, message });
}

/**
 * Creates a step in which the run ends `incomplete`, or `failed` on the Agents API, with that reason.
 *
 * @param calls Responses API only: calls of the incomplete response, of which the last one is cut off
 */
export function stopShort(reason = 'max_completion_tokens', ...calls: ScriptedCall[]): ModelStep {
  return checked('stopShort', { step: 'stop-short', reason, calls });
}

/** Creates a step of the Responses API: the response completes with these items. A missing `id` is filled in. */
export function emitItems(...items: Record<string, unknown>[]): ModelStep {
  return checked('emitItems', { step: 'emit-items', items });
}

/** Creates a step of the Agents API: the session waits for its environment to connect, until its turn ends. */
export function requireConnection(environmentId: string): ModelStep {
  if (typeof environmentId !== 'string')
    throw wrongValue('requireConnection: environmentId', environmentId, 'a string');
  return requireAction({ type: 'environment_connection', environment_id: environmentId });
}

/**
 * Creates a step of the Agents API: the session requires this action, of any kind. A missing `turn_id` is filled in.
 */
export function requireAction(action: Record<string, unknown>): ModelStep {
  return checked('requireAction', { step: 'require-action', action });
}

/**
 * Creates a step after which the run, or the session of the Agents API, reports this status, known or unknown. A session
 * with the status `budget_reached` continues with the next step once `sessions.update` sets its `spend_control`.
 */
export function reportStatus(status: string): ModelStep {
  return checked('reportStatus', { step: 'report-status', status });
}

const CALLS: ValueRule = ['an array of calls', Array.isArray];
const STRING: ValueRule = ['a string', isString];
const OBJECT: ValueRule = ['an object', isObject];

/** The fields of each step. */
const STEPS: Readonly<Record<ModelStep['step'], Readonly<Record<string, ValueRule>>>> = {
  'call-tools': { calls: CALLS },
  'request-approvals': { calls: CALLS },
  say: { text: STRING },
  fail: { code: STRING, message: STRING },
  'stop-short': { reason: STRING, calls: CALLS },
  'emit-items': { items: ['an array of objects', (value) => Array.isArray(value) && value.every(isObject)] },
  'require-action': { action: OBJECT },
  'report-status': { status: STRING },
};

const CALL: { readonly [Field in keyof ScriptedCall]-?: ValueRule } = {
  name: STRING,
  arguments: ['an object or a string', (value) => isString(value) || (typeof value === 'object' && value !== null)],
  id: STRING,
  server: STRING,
  kind: ['"function" or "text"', (value) => value === 'function' || value === 'text'],
  namespace: STRING,
  async: BOOLEAN,
  caller: OBJECT,
  subagent: STRING,
  argumentsAs: ['"object" or "string"', (value) => value === 'object' || value === 'string'],
  afterMs: MS,
  pendingAfterMs: MS,
};

/** @throws TypeError unless it is a valid step */
function checked(owner: string, step: ModelStep): ModelStep {
  if (!isObject(step)) throw wrongValue(owner, step, "a step such as callTools({ name: 'get_time' }) or say('Done.')");
  const { step: name } = step;
  checkNames(owner, 'step', [name], Object.keys(STEPS));
  const fields = STEPS[name];
  checkFields(owner, 'field', step, { step: STRING, ...fields }, Object.keys(fields));
  if (!('calls' in step)) return step;
  for (const [index, call] of step.calls.entries()) {
    const at = `${owner}: call ${index + 1}`;
    if (!isObject(call)) throw wrongValue(at, call, "an object such as { name: 'get_time' }");
    checkFields(at, 'field', call, CALL, ['name']);
  }
  return step;
}

/** Returns a call's arguments in the API's format. */
export function argumentsOf({ arguments: args = {} }: ScriptedCall): string {
  return typeof args === 'string' ? args : JSON.stringify(args);
}

export interface ScriptReader {
  next(turn: ModelTurn): Promise<ModelStep>;
  /** Keeps a complaint for {@link complaints}. */
  complain(complaint: string): void;
  /** Every problem with the use of the script so far. */
  complaints(): string[];
}

/** The model behind all APIs of the fake. */
export interface Model {
  readonly script: ScriptReader;
  /** Milliseconds that it thinks at each step; 0 for only as long as the script takes. */
  readonly thinkMs: number;
}

/** @throws TypeError unless it is an array of steps or a function */
export function readScript(script: Script): ScriptReader {
  const noted: string[] = [];
  const complain = (complaint: string): void => {
    noted.push(complaint);
  };
  if (typeof script === 'function') {
    const next = async (turn: ModelTurn): Promise<ModelStep> => {
      const step = await script(turn);
      try {
        return checked("The script's function", step);
      } catch (error) {
        complain((error as TypeError).message);
        throw error;
      }
    };
    return { next, complain, complaints: () => [...noted] };
  }
  if (!isSteps(script)) throw wrongValue('script', script, 'an array of steps or a function');
  for (const [index, step] of script.entries()) checked(`script[${index}]`, step);
  let position = 0;
  return {
    async next({ runId, turn }) {
      const step = script[position];
      if (!step) {
        complain(`The script has ${script.length} steps, but turn ${turn} of ${runId} needed one more.`);
        return fail('The script of the fake model has no step left.');
      }
      position += 1;
      return step;
    },
    complain,
    complaints: () => {
      const unused = script.slice(position).map(({ step }) => step);
      return [...noted, ...(unused.length > 0 ? [`Unused steps of the script: ${unused.join(', ')}.`] : [])];
    },
  };
}

function isSteps(script: unknown): script is readonly ModelStep[] {
  return Array.isArray(script);
}
