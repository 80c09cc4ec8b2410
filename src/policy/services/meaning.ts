import { isJsonObject } from '../../internal/json.ts';
import type { Verb } from '../target.ts';
import { SERVICES } from './all.ts';
import { AWS, awsOperationName } from './aws.ts';
import { readGraphql } from './graphql.ts';
import { readName, type NameReading } from './read-name.ts';
import { remembering } from './remembering.ts';
import { isReadingMethod, type Operation, type Service } from './service.ts';

/** What a call does, whomever it is about. */
export interface Meaning {
  readonly operation: string;
  readonly operationAliases: readonly string[];
  readonly category: string | undefined;
  readonly verb: Verb;
  readonly isDestructive: boolean;
}

/** What a row of a service's table says. */
export function meaningOf({ name, category, verb, isDestructive }: Operation): Meaning {
  return { operation: name, operationAliases: [], category, verb, isDestructive };
}

/** What a function's name says of a service that it is known to be for. */
export function meaningOfName({ words, synonyms, operations }: Service, name: string, method: string): Meaning {
  const reading = readName(name, words);
  const operation = operationOf(reading, synonyms);
  const row = operations.find((each) => each.name === operation);
  const verb = row && !(row.verb === 'READ' && reading.does === 'changes') ? row.verb : verbOf(reading, method);
  return {
    operation,
    operationAliases: operation === reading.snakeCase ? [] : [reading.snakeCase],
    category: row?.category ?? reading.category,
    verb: reading.isAdmin ? 'ADMIN' : verb,
    isDestructive: method === 'DELETE' || reading.isDestructive,
  };
}

/** What a path says that no table knows, by its method and its last word: `POST …/charges/c1/refund` is `refund`. */
export function meaningOfPath(method: string, path: readonly string[]): Meaning {
  const noun = path.findLast((segment) => /^[A-Za-z][A-Za-z_.:$-]{0,60}$/.test(segment)) ?? '';
  const said = readName(noun);
  const doing = METHOD_WORDS.get(method) ?? 'post';
  const isAction = said.does === 'changes' && (said.isDestructive || (method === 'POST' && noun === path.at(-1)));
  const reading = isAction ? said : readName(noun === '' ? doing : `${doing}_${noun}`);
  return {
    operation: reading.snakeCase,
    operationAliases: [],
    category: reading.category,
    verb: reading.isAdmin ? 'ADMIN' : isReadingMethod(method) && reading.does !== 'changes' ? 'READ' : 'WRITE',
    isDestructive: method === 'DELETE' || reading.isDestructive,
  };
}

/** What the fields of a GraphQL document say. */
export function meaningOfGraphql(service: Service | undefined, document: unknown): Meaning {
  const { field, verb, isDestructive } = readGraphql(document);
  const reading = readName(field ?? 'graphql');
  const operation = service ? operationOf(reading, service.synonyms) : reading.snakeCase;
  const row = service?.operations.find((each) => each.name === operation);
  const isAdmin = verb === 'WRITE' && row?.verb === 'ADMIN';
  return {
    operation,
    operationAliases: field === undefined || field === operation ? [] : [field],
    category: row?.category ?? reading.category,
    verb: isAdmin ? 'ADMIN' : verb,
    isDestructive,
  };
}

/** The services that a function's name speaks of, with what it is called without their words. */
const servicesNamed = remembering((name) =>
  [...SERVICES, AWS]
    .filter(({ words }) => words.some((word) => isNamed(word, readName(name).words)))
    .map((service) => ({ service, said: readName(name, service.words) })),
);

/** What the name of a function of one's own says, with the names that rules may use for its tool. */
export function meaningOfOwn(
  name: string,
  method: string,
  path: readonly string[],
  body: unknown,
): Meaning & { readonly aliases: readonly string[] } {
  const reading = readName(name);
  const services = servicesNamed(name);
  const operations = services.flatMap(({ service, said }) => [
    said.snakeCase,
    service === AWS ? awsOperationName(said, body) : operationOf(said, service.synonyms),
  ]);
  // A reading name may stand before a POST for want of a better method; a method that the call itself gives is meant.
  const action = actionIn(body);
  const named = isReadingMethod(method)
    ? reading.does !== 'changes'
    : method === 'POST' && reading.does === 'reads' && !choosesMethod(body);
  const reads = named && action?.does !== 'changes';
  const ofPath = path.length > 0 ? meaningOfPath(method, path) : undefined;
  const isAdmin = reading.isAdmin || ofPath?.verb === 'ADMIN';
  return {
    operation: name,
    operationAliases: [...new Set([reading.snakeCase, ...operations])].filter((each) => each !== name),
    category: reading.category ?? ofPath?.category,
    verb: reads ? 'READ' : isAdmin ? 'ADMIN' : 'WRITE',
    isDestructive: [reading, action, ofPath].some((each) => each?.isDestructive) || method === 'DELETE',
    aliases: [
      ...new Set([name, reading.snakeCase, ...services.flatMap(({ service }) => [service.tool, ...service.aliases])]),
    ],
  };
}

const METHOD_WORDS: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['OPTIONS', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
  ['DELETE', 'delete'],
]);

function verbOf({ does }: NameReading, method: string): Verb {
  if (isReadingMethod(method)) return does === 'changes' ? 'WRITE' : 'READ';
  return method === 'POST' && does === 'reads' ? 'READ' : 'WRITE';
}

/** The documented operation that a name means; one that reads or takes away keeps its own name. */
function operationOf({ words, snakeCase, does, isDestructive }: NameReading, synonyms: Service['synonyms']): string {
  if (does === 'reads' || isDestructive) return snakeCase;
  const found = synonyms.find((row) => row.words.every((terms) => terms.some((term) => words.includes(term))));
  return found?.operation ?? snakeCase;
}

function isNamed(service: string, words: readonly string[]): boolean {
  return words.some((word, index) => word === service || `${word}${words[index + 1] ?? ''}` === service);
}

const ACTION_FIELDS = ['action', 'operation', 'op'];

/** A tool that manages something is told by an argument what to do with it; that makes a call stricter, never laxer. */
function actionIn(body: unknown): NameReading | undefined {
  const field = isJsonObject(body) ? ACTION_FIELDS.find((name) => Object.hasOwn(body, name)) : undefined;
  const action = isJsonObject(body) && field !== undefined ? body[field] : undefined;
  return typeof action === 'string' ? readName(action) : undefined;
}

function choosesMethod(body: unknown): boolean {
  const method = isJsonObject(body) && Object.hasOwn(body, 'method') ? body['method'] : undefined;
  return typeof method === 'string' && !isReadingMethod(method.toUpperCase());
}
