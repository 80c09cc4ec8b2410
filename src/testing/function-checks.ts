import { badRequest } from './api-fault.ts';
import { isObject } from './checks.ts';
import { checkLength, checkPattern } from './request-checks.ts';
import { checkSchema, checkStrictSchema, type Refuse } from './schema-checks.ts';
import type { Json } from './wire.ts';

/** Checks of a function that the model may call, and of the format of its output, alike in all APIs. */

const NAME = /^[a-zA-Z0-9_-]+$/;

const MAX_FORMAT_NAME = 64;

/** In characters. */
export interface FunctionLimits {
  readonly name: number;
  readonly description: number;
}

/**
 * Checks a function of the right types.
 *
 * @param at its path, such as `tools[0].function`
 */
export function checkFunction(
  { name, description, parameters, strict }: Json,
  at: string,
  limits: FunctionLimits,
): void {
  checkName(name as string, `${at}.name`, limits.name);
  checkLength((description ?? '') as string, { min: 0, max: limits.description }, `${at}.description`);
  if ((parameters ?? undefined) === undefined) return;
  const refuse: Refuse = (problem) => {
    throw badRequest(`Invalid schema for function '${name as string}': ${problem}`, {
      param: `${at}.parameters`,
      code: 'invalid_function_parameters',
    });
  };
  const root = parameters as Json;
  checkRoot(root, refuse);
  checkSchema(root, refuse);
  if (strict === true) checkStrictSchema(root, refuse);
}

/**
 * Checks the JSON Schema of an output of the right types.
 *
 * @param at its path, such as `text.format`
 */
export function checkOutputFormat({ name, schema, strict }: Json, at: string): void {
  checkName(name as string, `${at}.name`, MAX_FORMAT_NAME);
  if (!isObject(schema)) return;
  const refuse: Refuse = (problem) => {
    throw badRequest(`Invalid schema for response_format '${name as string}': ${problem}`, {
      param: `${at}.schema`,
      code: 'invalid_json_schema',
    });
  };
  checkSchema(schema, refuse);
  if (strict !== true) return;
  checkRoot(schema, refuse);
  checkStrictSchema(schema, refuse);
}

export function checkName(name: string, param: string, max: number): void {
  checkLength(name, { min: 0, max }, param);
  checkPattern(name, NAME, param);
}

function checkRoot(root: Json, refuse: Refuse): void {
  const { type, properties } = root;
  if (type !== 'object') {
    const given = typeof type === 'string' ? type : 'None';
    refuse(`schema must be a JSON Schema of 'type: "object"', got 'type: "${given}"'.`);
  }
  if (['oneOf', 'anyOf', 'allOf', 'enum', 'not'].some((keyword) => keyword in root)) {
    refuse("schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.");
  }
  if (properties === undefined) refuse('In context=(), object schema missing properties.');
}
