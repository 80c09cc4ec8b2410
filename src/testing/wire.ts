import { randomUUID } from 'node:crypto';
import { checkNumber, unknownValue, wrongType } from './request-checks.ts';

/** Shared by the fake APIs: routes, lists, times and ids. */

export type Json = Record<string, unknown>;

/** The model of seeded assistants and sessions, and of runs and responses without a model. */
export const DEFAULT_MODEL = 'gpt-6.1-sol';

export type Query = Readonly<Record<string, string>>;

/** One request that the fake serves. */
export interface Route<Operation extends string = string> {
  /** The SDK's name of the request. */
  readonly operation: Operation;
  /** Such as `GET /threads/:thread`. */
  readonly place: string;
  /** The name of the rule for its body, for a request with a body. */
  readonly rule: string | undefined;
  /** Returns a `Response`, or the value of a JSON response. */
  serve(given: Given): unknown;
}

interface Given<Id extends string = string> {
  /** The ids in the request's path. */
  readonly ids: Readonly<Record<Id, string>>;
  readonly body: Json;
  readonly query: Query;
  readonly request: Request;
}

/** The names of the ids in a path. */
type IdsIn<Path extends string> = Path extends `${string}:${infer Id}/${infer Rest}`
  ? Id | IdsIn<Rest>
  : Path extends `${string}:${infer Id}`
    ? Id
    : never;

export function route<Operation extends string, Place extends `${'GET' | 'POST' | 'DELETE'} /${string}`>(
  operation: Operation,
  place: Place,
  serve: (given: Given<IdsIn<Place>>) => unknown,
  rule?: string,
): Route<Operation> {
  return { operation, place, serve, rule };
}

export function page(oldestFirst: readonly Json[], query: Query): Json {
  const { order = 'desc', limit = '20', after, before } = query;
  checkPage(order, limit);
  const all = order === 'asc' ? oldestFirst : [...oldestFirst].reverse();
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const end = before === undefined ? all.length : all.findIndex(({ id }) => id === before);
  const ordered = all.slice(start, end);
  return list(ordered.slice(0, Number(limit)), ordered.length > Number(limit));
}

export function list(data: readonly Json[], hasMore = false): Json {
  const idOf = (item: Json | undefined): unknown => item?.['id'] ?? null;
  return { object: 'list', data, first_id: idOf(data[0]), last_id: idOf(data.at(-1)), has_more: hasMore };
}

function checkPage(order: string, limit: string): void {
  if (order !== 'asc' && order !== 'desc') throw unknownValue(order, ['asc', 'desc'], 'order');
  if (!/^-?\d+$/.test(limit)) throw wrongType('limit', 'an integer', limit);
  checkNumber(Number(limit), 'integer', { min: 1, max: 100 }, 'limit');
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

export type NewId = (prefix: string) => string;

/** Creates a generator of ids such as `run_fake7_1f9c2e4a`. No other generator creates them, in any process. */
export function idMaker(): NewId {
  const own = randomUUID().slice(0, 8);
  let made = 0;
  return (prefix) => {
    made += 1;
    return `${prefix}_fake${made}_${own}`;
  };
}

/** Splits a string into the deltas in which a model would stream it. */
export function partsOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\S)(?=\s)|(?<=[,:])(?=\S)/);
}
