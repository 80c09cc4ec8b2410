import { z } from 'zod';
import { schemaError } from '../call/argument-problems.ts';
import { targetOfTool } from '../call/describe.ts';
import type { RegisteredTool, Target } from '../call/registered-tool.ts';
import { isError } from '../call/returned-value.ts';
import { shown, readOptions } from '../../internal/checks.ts';
import { copyJson } from '../../internal/json.ts';
import { convertToBigInts, takesBigInt } from './big-integers.ts';
import { declaredProperties, jsonSchemaOf, zod4Schema } from './schema.ts';
import { TOOL_SETTINGS, type Handler, type TextFormat, type Tool, type ToolSettings } from './tool.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** Description of a tool for the model, independent of the API. */
export interface DescribedTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly parameters?: Record<string, unknown>;
  readonly strict?: boolean | undefined;
  /** The input's format; only for a text tool. */
  readonly format?: TextFormat;
}

export interface ToolRegistry {
  /** @throws TypeError for a duplicate or invalid name, and for a definition that OpenAI refuses */
  register(name: string, toolOrHandler: Tool<never> | Handler<never>): void;
  readonly tools: ReadonlyMap<string, RegisteredTool>;
  described(): readonly DescribedTool[];
}

/** Function name that OpenAI accepts, optionally after a namespace of the Responses API. */
const FUNCTION_NAME = /^([A-Za-z0-9_-]{1,64}\.)?[A-Za-z0-9_-]{1,64}$/;

/** @param check throws for a tool that the runner cannot serve */
export function createToolRegistry(check: (tool: RegisteredTool) => void = () => undefined): ToolRegistry {
  const tools = new Map<string, RegisteredTool>();
  const described: DescribedTool[] = [];
  return {
    tools,
    described: () => described,
    register(name, toolOrHandler) {
      if (!FUNCTION_NAME.test(name)) {
        throw new TypeError(
          `Tool name "${name}" is not valid for OpenAI. Use 1 to 64 of A-Z, a-z, 0-9, "_" and "-", with "namespace." before it if needed.`,
        );
      }
      const [member, namespace] = name.split('.').reverse();
      if (member === namespace) {
        throw new TypeError(
          `Tool name "${name}" repeats its namespace, which the API ignores. Use "${member}" or another namespace.`,
        );
      }
      if (tools.has(name))
        throw new TypeError(`Tool "${name}" is already registered. Choose another name: each name has one handler.`);
      const [registered, description] =
        typeof toolOrHandler === 'function' ? fromHandler(name, toolOrHandler) : fromTool(name, toolOrHandler);
      check(registered);
      tools.set(name, registered);
      described.push(description);
    },
  };
}

type Registration = readonly [RegisteredTool, DescribedTool];

function fromHandler(name: string, handler: Handler<never>): Registration {
  const registered: RegisteredTool = {
    ...checkedSettings(name, {}),
    takes: 'json',
    check: async (args) => copyJson(args),
    declares: () => true,
    target: targetOfTool(name),
    takesLongIntegers: false,
    run: handler as RegisteredTool['run'],
    needsApproval: false,
  };
  return [registered, { name, description: undefined }];
}

function fromTool(name: string, made: Tool<never>): Registration {
  // Widened: in JavaScript, a tool may be anything.
  const { execute, settings, text, output, needsApproval = false } = Object(made) as Partial<Tool<never>>;
  if (typeof execute !== 'function' || settings === undefined) {
    throw new TypeError(
      `Tool "${name}" is ${shown(made)}; it must be a function or the result of tool({ description, parameters, execute }).`,
    );
  }
  const run = execute as RegisteredTool['run'];
  const base = {
    ...checkedSettings(name, settings),
    run: output === undefined ? run : checkingOutput(zod4Schema(name, 'output', output), run),
    needsApproval: needsApproval as RegisteredTool['needsApproval'],
  };
  return text === undefined ? fromSchema(name, made, base) : fromText(name, text, settings, base);
}

/** Checks what the handler returns. Its error names paths and rules, never a value. */
function checkingOutput(schema: z.core.$ZodType, run: RegisteredTool['run']): RegisteredTool['run'] {
  return async (input, call) => {
    const returned = await run(input, call);
    if (isError(returned)) return returned;
    const { success, data, error } = await z.core.safeParseAsync(schema, returned);
    if (success) return data;
    throw new TypeError(`The handler's result does not fit its output schema: ${schemaError(error, returned).message}`);
  };
}

type BaseTool = Omit<RegisteredTool, 'takes' | 'check' | 'declares' | 'takesLongIntegers' | 'target'> & {
  readonly target: Target | undefined;
};
type Settings = Omit<BaseTool, 'run' | 'needsApproval'>;

function fromSchema(name: string, { parameters, settings }: Tool<never>, base: BaseTool): Registration {
  const { description, strict } = settings;
  const [jsonSchema, schema] = jsonSchemaOf(name, parameters, strict ?? false);
  const declared = declaredProperties(jsonSchema);
  const takesLongIntegers = takesBigInt(schema);
  const registered: RegisteredTool = {
    ...base,
    takes: 'json',
    async check(args) {
      // A copy: the handler may change its input, but `args` must stay as scanned.
      const copy = copyJson(args);
      let parsed = await z.core.safeParseAsync(schema, copy);
      if (parsed.error && takesLongIntegers && convertToBigInts(copy, parsed.error.issues))
        parsed = await z.core.safeParseAsync(schema, copy);
      if (parsed.success) return parsed.data;
      throw schemaError(parsed.error, args);
    },
    declares: (argument) => declared.has(argument),
    target: targetOfTool(name, base.target, declared.has('url') || declared.has('method')),
    takesLongIntegers,
  };
  return [registered, { name, description: description?.toWellFormed(), parameters: jsonSchema, strict }];
}

function fromText(name: string, format: TextFormat, { description }: ToolSettings, base: BaseTool): Registration {
  const registered: RegisteredTool = {
    ...base,
    takes: 'text',
    // After SANITIZE, the body may have any shape.
    async check({ input, ...others }) {
      if (typeof input === 'string' && Object.keys(others).length === 0) return input;
      throw new TypeError(`The input of "${name}" is not a string.`);
    },
    declares: () => false,
    target: targetOfTool(name, base.target, false),
    takesLongIntegers: false,
  };
  return [registered, { name, description: description?.toWellFormed(), format }];
}

function checkedSettings(name: string, settings: ToolSettings): Settings {
  const reading = { owner: `Tool "${name}"`, nameOf: (key: string) => `${key} of tool "${name}"` };
  const checked = readOptions(TOOL_SETTINGS, settings, reading);
  const { target, timeoutMs } = checked;
  return {
    ...checked,
    name,
    target: target && omitUndefined({ ...target, method: target.method?.toUpperCase() }),
    handlerTimeoutMs: timeoutMs,
  };
}
