import type { Verb } from './target.ts';
import type { Argument } from './arguments.ts';
import { SERVICES } from './services.ts';
import { AWS, awsOperationName } from './aws-operation.ts';
import type { GraphqlReading } from './graphql.ts';
import { readName, type NameReading } from './read-name.ts';
import { memoizeByKey } from '../detection/key-words.ts';
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

/** What the fields of a GraphQL document say; every one that changes something is a name of the operation. */
export function meaningOfGraphql(service: Service | undefined, document: GraphqlReading): Meaning {
  const { fields, verb, isDestructive } = document;
  const [field] = fields;
  const nameOf = (reading: NameReading): string =>
    service ? operationOf(reading, service.synonyms) : reading.snakeCase;
  const reading = readName(field ?? 'graphql');
  const operation = nameOf(reading);
  const changing = verb === 'READ' ? [] : fields.map((each) => readName(each)).filter(({ does }) => does === 'changes');
  const names = new Set([operation, ...changing.map(nameOf)]);
  const rows = service?.operations.filter(({ name }) => names.has(name)) ?? [];
  const row = rows.find(({ name }) => name === operation);
  const isAdmin = verb === 'WRITE' && rows.some((each) => each.verb === 'ADMIN');
  return {
    operation,
    operationAliases: [...new Set([...(field === undefined ? [] : [field]), ...names])].filter(
      (each) => each !== operation,
    ),
    category: row?.category ?? reading.category,
    verb: isAdmin ? 'ADMIN' : verb,
    isDestructive,
  };
}

/** The services that a function's name speaks of, with what it is called without their words. */
const servicesNamed = memoizeByKey((name) =>
  [...SERVICES, AWS]
    .filter(({ words }) => words.some((word) => isNamed(word, readName(name).words)))
    .map((service) => ({ service, said: readName(name, service.words) })),
);

interface OwnMeaning extends Meaning {
  /** What the path is about besides. */
  readonly otherCategories: readonly string[];
  readonly aliases: readonly string[];
}

/** What the name of a function of one's own says, with the names that rules may use for its tool. */
export function meaningOfOwn(
  name: string,
  method: string,
  path: readonly string[],
  given: readonly Argument[],
): OwnMeaning {
  const reading = readName(name);
  const services = servicesNamed(name);
  const operations = services.flatMap(({ service, said }) => [
    said.snakeCase,
    service === AWS ? awsOperationName(said, given) : operationOf(said, service.synonyms),
  ]);
  // A reading name may stand before a POST for want of a better method.
  const reads = isReadingMethod(method) ? reading.does !== 'changes' : method === 'POST' && reading.does === 'reads';
  const ofPath = path.length > 0 ? meaningOfPath(method, path) : undefined;
  const isAdmin = reading.isAdmin || ofPath?.verb === 'ADMIN';
  return {
    operation: name,
    operationAliases: [...new Set([reading.snakeCase, ...operations])].filter((each) => each !== name),
    category: reading.category,
    otherCategories: ofPath?.category === undefined ? [] : [ofPath.category],
    verb: reads ? 'READ' : isAdmin ? 'ADMIN' : 'WRITE',
    isDestructive: [reading, ofPath].some((each) => each?.isDestructive) || method === 'DELETE',
    aliases: [...new Set([...namesOf(name), ...services.flatMap(({ service }) => [service.tool, ...service.aliases])])],
  };
}

/** The function's name, as it is and in words. */
export function namesOf(functionName: string): readonly string[] {
  return [...new Set([functionName, readName(functionName).snakeCase])];
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
