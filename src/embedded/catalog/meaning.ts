import type { Verb } from './target.ts';
import type { Argument } from './arguments.ts';
import { awsOperationName } from './aws-operation.ts';
import type { GraphqlReading } from './graphql.ts';
import { readName, type NameReading } from './read-name.ts';
import { memoizeByKey } from '../detection/key-words.ts';
import { AWS, SERVICES, SLACK } from './services.ts';
import { FIELDS } from './name-words.ts';
import { isReadingMethod, type Operation, type Service } from './service.ts';

/** The effect of a call. */
export interface Meaning {
  readonly operation: string;
  readonly operationAliases: readonly string[];
  readonly category: string | undefined;
  readonly verb: Verb;
  readonly isDestructive: boolean;
}

/** Returns the meaning of an operation in a service's table. */
export function meaningOf({ name, aliases, category, verb, isDestructive }: Operation): Meaning {
  return { operation: name, operationAliases: aliases, category, verb, isDestructive };
}

/** Returns the meaning of a function's name, for a known service. */
export function meaningOfName({ words, synonyms, operations }: Service, name: string, method: string): Meaning {
  const reading = readName(name, words);
  const operation = operationOf(reading, synonyms);
  const row = operations.find((each) => each.name === operation);
  const verb = row && !(row.verb === 'READ' && reading.does === 'changes') ? row.verb : verbOf(reading, method);
  return {
    operation,
    operationAliases: [...(operation === reading.snakeCase ? [] : [reading.snakeCase]), ...(row?.aliases ?? [])],
    category: row?.category ?? reading.category,
    verb: reading.isAdmin ? 'ADMIN' : verb,
    // `format_drive`: a word of the service can be the thing that is deleted.
    isDestructive: method === 'DELETE' || reading.isDestructive || readName(name).isDestructive,
  };
}

/**
 * Returns the meaning of a call to Slack. The runner sends every function whose name mentions Slack to
 * `chat.postMessage`, so the name decides whether it uploads, deletes or grants access. A reading name counts only if
 * no argument has text to post.
 */
export function meaningOfSlackCall(
  posted: Meaning,
  functionName: string,
  method: string,
  given: readonly Argument[],
): Meaning {
  const named = meaningOfName(SLACK, functionName, method);
  const hasText = given.some(
    ({ field, value }) =>
      typeof value === 'string' && value !== '' && !FIELDS.lookupWords.has(field.words.at(-1) ?? ''),
  );
  if (named.verb === 'READ') return hasText ? posted : named;
  const isKnown = SLACK.operations.some(({ name }) => name === named.operation);
  if (!isKnown && named.verb !== 'ADMIN' && !named.isDestructive) return posted;
  return hasText ? { ...named, operationAliases: [posted.operation, ...named.operationAliases] } : named;
}

/** Returns the meaning of a path in no table, by its method and last word: `POST …/charges/c1/refund` is `refund`. */
export function meaningOfPath(method: string, path: readonly string[]): Meaning {
  const noun = path.findLast((segment) => /^_?[A-Za-z][A-Za-z_.:$-]{0,60}$/.test(segment)) ?? '';
  const last = readName(noun);
  const doing = METHOD_WORDS.get(method) ?? 'post';
  const isAction = last.does === 'changes' && (last.isDestructive || (method === 'POST' && noun === path.at(-1)));
  const reading = isAction ? last : readName(noun === '' ? doing : `${doing}_${noun}`);
  return {
    operation: reading.snakeCase,
    operationAliases: [],
    category: reading.category,
    verb: reading.isAdmin ? 'ADMIN' : isReadingMethod(method) && reading.does !== 'changes' ? 'READ' : 'WRITE',
    isDestructive: method === 'DELETE' || reading.isDestructive,
  };
}

/** Returns the meaning of a GraphQL document. Every field that changes something is a name of the operation. */
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
    operationAliases: [
      ...new Set([...(field === undefined ? [] : [field]), ...names, ...rows.flatMap(({ aliases }) => aliases)]),
    ].filter((each) => each !== operation),
    category: row?.category ?? reading.category,
    verb: isAdmin ? 'ADMIN' : verb,
    isDestructive,
  };
}

/** Lists the services that a function's name mentions, with the rest of the name. */
const servicesNamed = memoizeByKey((name) =>
  [...SERVICES, AWS]
    .filter(({ words }) => words.some((word) => isNamed(word, readName(name).words)))
    .map((service) => ({ service, rest: readName(name, service.words) })),
);

interface GenericMeaning extends Meaning {
  /** Categories of the path. */
  readonly otherCategories: readonly string[];
  readonly aliases: readonly string[];
}

/** Returns the meaning of a function without a known service, with the names that policies may use for its tool. */
export function meaningOfFunction(
  name: string,
  method: string,
  path: readonly string[],
  given: readonly Argument[],
): GenericMeaning {
  const reading = readName(name);
  const services = servicesNamed(name);
  const actions = services.length > 0 ? actionsIn(given) : [];
  const operations = services.flatMap(({ service, rest }) =>
    [rest, ...actions.map((action) => readName(action, service.words))].flatMap((each) => [
      each.snakeCase,
      ...(service === AWS
        ? [awsOperationName(each, given)]
        : namesOfOperation(service, operationOf(each, service.synonyms))),
    ]),
  );
  // Tools that read are often sent as POST, for lack of a declared method.
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

/** Lists what arguments name as the action: `attach_user_policy`, or a command up to its first option. */
function actionsIn(given: readonly Argument[]): readonly string[] {
  return given.flatMap(({ field, value }) => {
    const [action = ''] = typeof value === 'string' && FIELDS.actions.has(field.name) ? value.split(/\s-/, 1) : [];
    return action.trim() === '' || action.length > MAX_ACTION ? [] : [action];
  });
}

const MAX_ACTION = 100;

/** Lists a function's name as written and in snake case. */
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

/**
 * Returns the documented operation that a name means. Keeps names that read or delete: synonyms are for other changes.
 */
function operationOf({ words, snakeCase, does, isDestructive }: NameReading, synonyms: Service['synonyms']): string {
  if (does === 'reads' || isDestructive) return snakeCase;
  const found = synonyms.find((row) => row.words.every((terms) => terms.some((term) => words.includes(term))));
  return found?.operation ?? snakeCase;
}

/** Lists the names of an operation that rules may use. */
function namesOfOperation({ operations }: Service, name: string): readonly string[] {
  return [name, ...(operations.find((each) => each.name === name)?.aliases ?? [])];
}

function isNamed(service: string, words: readonly string[]): boolean {
  return words.some((word, index) => word === service || `${word}${words[index + 1] ?? ''}` === service);
}
