import { badRequest } from './api-fault.ts';
import { checkLength, checkString, objectAt } from './request-checks.ts';
import { checkSchema, checkStrictSchema, type Refuse } from './schema-checks.ts';
import type { Json } from './wire.ts';

/** Checks of a function that the model may call, alike in all APIs. */

const NAME = /^[a-zA-Z0-9_-]+$/;

/** In characters. */
export interface FunctionLimits {
  readonly name: number;
  readonly description: number;
}

/** @param at the path of the function, such as `tools[0].function` */
export function checkFunction(
  { name, description, parameters, strict }: Json,
  at: string,
  limits: FunctionLimits,
): void {
  checkName(name, `${at}.name`, limits.name);
  if ((description ?? undefined) !== undefined) {
    checkString(description, `${at}.description`);
    checkLength(description, limits.description, `${at}.description`);
  }
  if ((parameters ?? undefined) === undefined) return;
  const refuse: Refuse = (problem) => {
    throw badRequest(`Invalid schema for function '${name}': ${problem}`, {
      param: `${at}.parameters`,
      code: 'invalid_function_parameters',
    });
  };
  const root = objectAt(parameters, `${at}.parameters`);
  checkRoot(root, refuse);
  checkSchema(root, refuse);
  if (strict === true) checkStrictSchema(root, refuse);
}

export function checkName(name: unknown, param: string, max: number): asserts name is string {
  checkString(name, param);
  checkLength(name, max, param);
  if (NAME.test(name)) return;
  throw badRequest(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${NAME.source}'.`,
    { param, code: 'invalid_value' },
  );
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
