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
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** The name of the rule for its body, for a request with a body. */
  readonly rule?: string;
  /** Returns a `Response`, or the value of a JSON response. */
  readonly serve: (parameters: RouteParameters, body: Json, query: Query, request: Request) => unknown;
}

/** The ids in a request's path. */
export interface RouteParameters {
  readonly assistant?: string;
  readonly thread?: string;
  readonly message?: string;
  readonly run?: string;
  readonly step?: string;
  readonly response?: string;
  readonly conversation?: string;
  readonly item?: string;
  readonly agent?: string;
  readonly session?: string;
  readonly turn?: string;
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
