import type { Verb } from './target.ts';
import { DESTRUCTIVE } from './name-words.ts';

/** One service's API: where it answers, and what its requests amount to. */
export interface Service {
  /** As rules name it. */
  readonly tool: string;
  /** Other names that rules may use. */
  readonly aliases: readonly string[];
  /** What of a function's name says the service, in lower case; words that also mean something else are left out. */
  readonly words: readonly string[];
  /**
   * A host and, where it is shared, the path that the API begins with: `api.github.com`, `*.atlassian.net/wiki`. `*` alone is
   * any host, for what people run themselves: then only a path of the table counts.
   */
  readonly places: readonly string[];
  readonly operations: readonly Operation[];
  /** What functions are called whose documented operation has another name. */
  readonly synonyms: readonly Synonym[];
}

/** One row of a service's table. */
export interface Operation {
  /** In capitals; absent for any. */
  readonly methods: readonly string[] | undefined;
  /** In lower case; `{name}` stands for one segment, `**` for any number of them. */
  readonly path: readonly string[];
  readonly name: string;
  readonly category: string;
  readonly verb: Verb;
  readonly isDestructive: boolean;
}

/** A name with a word out of each list means `operation`. */
export interface Synonym {
  readonly operation: string;
  readonly words: readonly (readonly string[])[];
}

/**
 * A service whose operations are written one in a line: method, path, name, category and, where the method does not tell it,
 * verb. Methods are joined by `|`, and `*` is any. In a path `{org}`, `{repo}`, `{channel}` and `{principal}` say what they
 * stand for, `{id}` is what is touched, `{_}` any other segment. Synonyms are written the same way: name, then the words,
 * alternatives joined by `|`.
 *
 * @throws TypeError for a line that is none of these
 */
export function service(
  table: Omit<Service, 'aliases' | 'words' | 'operations' | 'synonyms'> & {
    readonly aliases?: readonly string[];
    readonly words?: readonly string[];
    readonly operations: string;
    readonly synonyms?: string;
  },
): Service {
  const { aliases = [], words = [table.tool], operations, synonyms = '' } = table;
  return {
    ...table,
    aliases,
    words,
    operations: lines(operations).map(operationOf),
    synonyms: lines(synonyms).map(([operation = '', ...terms]) => ({
      operation,
      words: terms.map((term) => term.split('|')),
    })),
  };
}

/** The parts of a path that say something; a file's ending and Google's `:verb` at the end are no part of a thing's name. */
export function segmentsOf(parts: readonly string[]): string[] {
  const segments = parts.filter((part) => part !== '');
  const last = (segments.pop() ?? '').replace(/\.json$/i, '');
  const verb = last.slice(Math.max(last.lastIndexOf(':'), 0));
  const ends = /^:[a-z]{3}[A-Za-z]*$/.test(verb) ? [last.slice(0, -verb.length), verb] : [last];
  return [...segments, ...ends].filter((segment) => segment !== '');
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a method is for reading (RFC 9110, safe methods). */
export function isReadingMethod(method: string): boolean {
  return READING.has(method);
}

function lines(table: string): string[][] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

function operationOf(line: readonly string[]): Operation {
  const [method = '', path = '', name, category, verb] = line;
  const methods = method === '*' ? undefined : method.split('|');
  const ofMethod = methods && (methods.every(isReadingMethod) ? 'READ' : 'WRITE');
  const known = (['READ', 'WRITE', 'ADMIN'] as const).find((each) => each === (verb ?? ofMethod));
  if (!name || !category || !known || line.length > 5) throw new TypeError(`no operation: ${line.join(' ')}`);
  const deletes = methods?.every((each) => each === 'DELETE') === true;
  return {
    methods,
    path: segmentsOf(path.toLowerCase().split('/')),
    name,
    category,
    verb: known,
    isDestructive: deletes || name.split('_').some((word) => DESTRUCTIVE.has(word)),
  };
}
