import { z } from 'zod';
import type { RegisteredTool } from './core/registered-tool.ts';
import { isJsonObject, type JsonObject } from './internal/json.ts';
import { checkChoice, checkCount, checkKeys, checkMs } from './internal/checks.ts';
import type { Handler, Tool, ToolSettings } from './tool.ts';

/** An element of the `tools` array of an assistant or a run. */
export interface ToolDefinition {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

export interface ToolRegistry {
  /** @throws TypeError for a name that is taken or that OpenAI does not take, and for a schema that cannot be used */
  register(name: string, toolOrHandler: Tool<never> | Handler<never>): void;
  readonly tools: ReadonlyMap<string, RegisteredTool>;
  definitions(): ToolDefinition[];
}

const SETTINGS: readonly (keyof ToolSettings)[] = [
  'description',
  'target',
  'sequential',
  'limit',
  'timeoutMs',
  'approval',
  'approvalTimeoutMs',
  'onGatewayError',
  'strict',
];

/** What OpenAI takes as a function's name. */
const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export function createToolRegistry(): ToolRegistry {
  const tools = new Map<string, RegisteredTool>();
  const definitions = new Map<string, ToolDefinition>();
  return {
    tools,
    definitions: () => structuredClone([...definitions.values()]),
    register(name, toolOrHandler) {
      if (!FUNCTION_NAME.test(name)) {
        throw new TypeError(
          `Tool name "${name}" is not a function name for OpenAI: 1 to 64 of A-Z, a-z, 0-9, "_", "-".`,
        );
      }
      if (tools.has(name)) throw new TypeError(`Tool "${name}" is registered already: a name belongs to one handler.`);
      const { registered, definition } =
        typeof toolOrHandler === 'function' ? fromHandler(name, toolOrHandler) : fromTool(name, toolOrHandler);
      tools.set(name, registered);
      definitions.set(name, definition);
    },
  };
}

type Registration = { readonly registered: RegisteredTool; readonly definition: ToolDefinition };

function fromHandler(name: string, handler: Handler<never>): Registration {
  return {
    registered: {
      ...checkedSettings(name, {}),
      check: async (args) => ({ fits: true, input: structuredClone(args) }),
      declares: () => true,
      run: handler as RegisteredTool['run'],
    },
    definition: { type: 'function', function: { name } },
  };
}

function fromTool(name: string, made: Tool<never>): Registration {
  // Widened: a tool of plain JavaScript may be anything.
  const { parameters, execute, settings }: Partial<Tool<never>> = Object(made) as Partial<Tool<never>>;
  if (typeof execute !== 'function' || settings === undefined) {
    throw new TypeError(
      `Tool "${name}" is neither a function nor made with tool({ description, parameters, execute }).`,
    );
  }
  const jsonSchema = jsonSchemaOf(name, parameters, settings.strict ?? false);
  const declared = declaredProperties(jsonSchema);
  const { description, strict } = settings;
  return {
    registered: {
      ...checkedSettings(name, settings),
      async check(args) {
        try {
          // A copy, because the handler may change its input, and `args` is what the gateway was shown.
          const parsed = await z.core.safeParseAsync(made.parameters, structuredClone(args));
          return parsed.success ? { fits: true, input: parsed.data } : { fits: false, error: parsed.error };
        } catch (error) {
          return { fits: false, error };
        }
      },
      declares: (argument) => declared.has(argument),
      run: execute as RegisteredTool['run'],
    },
    definition: {
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: jsonSchema,
        ...(strict === undefined ? {} : { strict }),
      },
    },
  };
}

function checkedSettings(name: string, settings: ToolSettings): Omit<RegisteredTool, 'check' | 'declares' | 'run'> {
  const option = (key: keyof ToolSettings): string => `${key} of tool "${name}"`;
  const { target, sequential = false, limit, timeoutMs, approval, approvalTimeoutMs, onGatewayError } = settings;
  if (target && !(URL.canParse(target.url) && /^https?:$/.test(new URL(target.url).protocol))) {
    throw new TypeError(`target.url of tool "${name}" is "${target.url}"; it must be an absolute http(s) URL.`);
  }
  checkKeys(`Tool "${name}"`, settings, SETTINGS);
  return {
    name,
    target: target && { ...target, ...(target.method === undefined ? {} : { method: target.method.toUpperCase() }) },
    sequential,
    limit: checkCount(option('limit'), limit) ?? Infinity,
    handlerTimeoutMs: checkMs(option('timeoutMs'), timeoutMs),
    approval: checkChoice(option('approval'), approval, ['message', 'wait']),
    approvalTimeoutMs: checkMs(option('approvalTimeoutMs'), approvalTimeoutMs),
    onGatewayError: checkChoice(option('onGatewayError'), onGatewayError, ['block', 'allow']),
  };
}

/** What the model may send (`io: 'input'`): a default makes an argument optional, a transform comes after it. */
function jsonSchemaOf(name: string, parameters: unknown, strict: boolean): Record<string, unknown> {
  const has = (key: string): boolean => typeof parameters === 'object' && parameters !== null && key in parameters;
  if (!has('_zod')) {
    const remedy = has('_def')
      ? "is a zod 3 schema; zod 4 is needed: npm install zod@4, and import { z } from 'zod'."
      : 'must be a zod 4 schema, such as z.object({ … }).';
    throw new TypeError(`parameters of tool "${name}" ${remedy}`);
  }
  let schema: Record<string, unknown>;
  try {
    schema = z.toJSONSchema(parameters as z.core.$ZodType, {
      io: 'input',
      override: ({ jsonSchema }) => {
        if (strict) makeStrict(name, jsonSchema);
      },
    });
  } catch (error) {
    if (error instanceof StrictError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(
      `parameters of tool "${name}" cannot be told to a model (${reason}): arguments arrive as JSON, so describe them in JSON's types, such as z.iso.datetime() for a date.`,
      { cause: error },
    );
  }
  if (schema['type'] !== 'object' && !alternatives(schema).some((branch) => branch['type'] === 'object')) {
    throw new TypeError(`parameters of tool "${name}" must describe an object, as a function's arguments are one.`);
  }
  delete schema['$schema'];
  return schema;
}

class StrictError extends TypeError {}

/** OpenAI's structured outputs want every object closed and every property of it required. */
function makeStrict(name: string, schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type !== 'object') return;
  schema.additionalProperties = false;
  const optional = Object.keys(schema.properties ?? {}).filter((key) => !schema.required?.includes(key));
  if (optional.length > 0) {
    throw new StrictError(
      `Tool "${name}" is strict, but ${optional.join(', ')} may be left out: say .nullable() instead, which the model can answer.`,
    );
  }
}

function declaredProperties(schema: JsonObject): ReadonlySet<string> {
  const own = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return new Set([...own, ...alternatives(schema).flatMap((branch) => [...declaredProperties(branch)])]);
}

function alternatives(schema: JsonObject): JsonObject[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    Array.isArray(schema[key]) ? schema[key].filter(isJsonObject) : [],
  );
}
