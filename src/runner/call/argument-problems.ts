import { pathText, valueAt, type Path } from '../../internal/json-path.ts';

/** What is wrong with the arguments at a path: the rule, never a value. */
export interface ArgumentProblem {
  readonly path: Path;
  readonly problem: string;
}

const MAX_LINES = 10;
const MAX_LINE_LENGTH = 300;

/** The arguments of a call are not JSON, or not what the tool takes. Its message has paths and rules, never a value. */
export class ArgumentsError extends TypeError {
  override readonly name: string = 'ArgumentsError';
  /** The problems, such as `todos: expected array, received string`. */
  readonly lines: readonly string[];

  constructor(problems: readonly ArgumentProblem[], options?: ErrorOptions) {
    const lines = problems.slice(0, MAX_LINES).map(lineOf);
    const more = problems.length > MAX_LINES ? [`and ${problems.length - MAX_LINES} more`] : [];
    super([...lines, ...more].join('; '), options);
    this.lines = [...lines, ...more];
  }
}

function lineOf({ path, problem }: ArgumentProblem): string {
  const line = path.length === 0 ? problem : `${pathText(path.map(shownKey))}: ${problem}`;
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line;
}

/** Any other key, such as an address, may be a value that the model wrote. */
const NAME = /^[\p{L}_$][\p{L}\p{N}_$-]{0,63}$/u;

function shownKey(key: PropertyKey): PropertyKey {
  return typeof key === 'number' || NAME.test(String(key)) ? key : '*';
}

/**
 * Converts the error of a schema, zod's or a Standard Schema's. Of an issue it takes the path and the rule, but not the
 * message, which may quote the arguments.
 */
export function schemaError(cause: unknown, args: unknown): ArgumentsError {
  const { issues } = Object(cause) as { readonly issues?: unknown };
  const all = Array.isArray(issues) ? (issues as Issue[]) : [];
  // zod compares the length of a string with an array's limits, too.
  const ofWrongType = new Set(all.filter(({ code }) => code === 'invalid_type').map(placeOf));
  const issuesToName = all.filter((issue) => issue.code === 'invalid_type' || !ofWrongType.has(placeOf(issue)));
  return new ArgumentsError(
    issuesToName.flatMap((issue) => problemsOf(issue, args)),
    { cause },
  );
}

/** An issue of zod. That of another Standard Schema has only a path, whose steps may be objects. */
interface Issue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
  readonly code?: string;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly inclusive?: boolean;
  readonly exact?: boolean;
  readonly format?: unknown;
  readonly divisor?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  /** The issues of each member of a union. */
  readonly errors?: readonly (readonly Issue[])[];
}

function pathOf({ path = [] }: Issue): Path {
  return path.map((step) => (typeof step === 'object' ? step.key : step));
}

function placeOf(issue: Issue): string {
  return pathText(pathOf(issue));
}

function problemsOf(issue: Issue, args: unknown): readonly ArgumentProblem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map((key) => ({ path: [...path, key], problem: 'unknown field' }));
  const value = valueAt(args, path);
  const rule = ruleOf(issue) ?? 'invalid value';
  const received = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? `, received ${typeOf(value)}` : '';
  return [{ path, problem: value === undefined ? `missing, ${rule}` : `${rule}${received}` }];
}

/** Returns the rule of the schema that an issue is about; undefined for a rule of the developer's own. */
function ruleOf({ code, ...issue }: Issue): string | undefined {
  switch (code) {
    case 'invalid_type':
      return `expected ${TYPES[String(issue.expected)] ?? String(issue.expected)}`;
    case 'too_small':
      return `expected ${bound(issue, 'at least', 'more than', issue.minimum)}`;
    case 'too_big':
      return `expected ${bound(issue, 'at most', 'less than', issue.maximum)}`;
    case 'invalid_format':
      return `expected the format ${String(issue.format)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${String(issue.divisor)}`;
    case 'invalid_value':
      return `expected ${(issue.values ?? []).map(literal).join(' or ')}`;
    case 'invalid_union': {
      const rules = (issue.errors ?? []).map(([first]) => first && first.path?.length === 0 && ruleOf(first));
      return rules.every((rule) => typeof rule === 'string') && rules.length > 0
        ? rules.join(' or ').replaceAll(' or expected ', ' or ')
        : 'expected one of several forms';
    }
    case undefined:
    default:
      return undefined;
  }
}

const TYPES: Readonly<Partial<Record<string, string>>> = {
  bigint: 'integer',
  int: 'integer',
  record: 'object',
  tuple: 'array',
};
const UNITS: Readonly<Partial<Record<string, string>>> = { string: ' characters', array: ' items', record: ' fields' };

function bound({ origin, inclusive, exact }: Issue, within: string, beyond: string, limit: unknown): string {
  const relation = exact ? 'exactly' : inclusive ? within : beyond;
  return `${relation} ${String(limit)}${UNITS[String(origin)] ?? ''}`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
