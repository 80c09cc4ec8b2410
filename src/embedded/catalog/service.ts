import { segmentsOf } from './address.ts';
import { WORDS } from './name-words.ts';
import type { Verb } from './target.ts';

/**
 * A service as `services/*.ts` describe it.
 *
 * @example
 * {
 *   tool: 'trello',
 *   places: ['api.trello.com/1'],
 *   operations: `
 *     POST    /cards                 create_card   tasks
 *     POST    /cards/search          search_cards  tasks        READ
 *     PUT     /boards/{id}/members   invite_user   permissions  ADMIN
 *   `,
 *   synonyms: `
 *     create_card  create|add|new  card|cards
 *   `,
 * }
 */
export interface ServiceTable {
  /** The name that policies use as `tool_name`. */
  readonly tool: string;
  /** Other names that policies may use. */
  readonly aliases?: readonly string[];
  /**
   * Words of a function's name that identify the service, in lower case. Omit words with another meaning (`box`,
   * `wise`). Default: the tool's name.
   */
  readonly words?: readonly string[];
  /**
   * Hosts, with a path prefix if the host serves other APIs too: `api.github.com`, `*.atlassian.net/wiki`. The host `*`
   * is for self-hosted services, of which only paths in the table count.
   */
  readonly places: readonly string[];
  /**
   * One operation per line: methods, path, name (and others that rules may use: `invite_member|add_collaborator`),
   * category, and the verb if the method does not imply it (GET, HEAD and
   * OPTIONS are READ, others WRITE; write ADMIN if access rights or accounts change).
   *
   * Methods are joined by `|`; `*` is any method. In a path, `{org}`, `{repo}`, `{project}`, `{channel}` and
   * `{principal}` capture the owner, repository, channel or principal. `{id}` captures the resource, `{_}` is any other
   * segment, and `**` is any number of segments. The first matching line counts.
   */
  readonly operations: string;
  /** Path prefixes that several lines share. A line whose path begins with the key stands for one line per prefix. */
  readonly shorthands?: Readonly<Record<string, readonly string[]>>;
  /**
   * Function names that mean an operation, one synonym per line: the operation, then one or more lists of words joined
   * by `|`. A name with a word of each list means the operation.
   */
  readonly synonyms?: string;
}

/** A loaded `ServiceTable`. */
export interface Service {
  readonly tool: string;
  readonly aliases: readonly string[];
  readonly words: readonly string[];
  readonly places: readonly string[];
  readonly operations: readonly Operation[];
  readonly synonyms: readonly Synonym[];
}

export interface Operation {
  /** The methods in upper case; undefined for any method. */
  readonly methods: readonly string[] | undefined;
  /** The path's segments, in lower case. */
  readonly path: readonly string[];
  readonly name: string;
  /** Other names that rules may use. */
  readonly aliases: readonly string[];
  readonly category: string;
  readonly verb: Verb;
  readonly isDestructive: boolean;
}

export interface Synonym {
  readonly operation: string;
  readonly words: readonly (readonly string[])[];
}

/** @throws TypeError for an invalid line */
export function loadService(table: ServiceTable): Service {
  const { tool, aliases = [], words = [tool], places, shorthands = {}, synonyms = '' } = table;
  return {
    tool,
    aliases,
    words,
    places,
    operations: linesOf(table.operations).flatMap((line) => expand(line, shorthands).map(operationOf)),
    synonyms: linesOf(synonyms).map(([operation = '', ...terms]) => ({
      operation,
      words: terms.map((term) => term.split('|')),
    })),
  };
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Returns true for a safe method (RFC 9110, section 9.2.1), which only reads. */
export function isReadingMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

function linesOf(table: string): string[][] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

function expand(line: readonly string[], shorthands: NonNullable<ServiceTable['shorthands']>): (readonly string[])[] {
  const [method = '', path = '', ...rest] = line;
  const [key = ''] = path.split('/', 1);
  const prefixes = Object.hasOwn(shorthands, key) ? shorthands[key] : undefined;
  return prefixes?.map((prefix) => [method, prefix + path.slice(key.length), ...rest]) ?? [line];
}

function operationOf(line: readonly string[]): Operation {
  const [method = '', path = '', names = '', category, verb] = line;
  const [name = '', ...aliases] = names.split('|');
  const methods = method === '*' ? undefined : method.split('|');
  const impliedVerb = methods && (methods.every(isReadingMethod) ? 'READ' : 'WRITE');
  const known = (['READ', 'WRITE', 'ADMIN'] as const).find((each) => each === (verb ?? impliedVerb));
  if (name === '' || !category || !known || line.length > 5) {
    throw new TypeError(`Invalid operation "${line.join(' ')}": write METHOD /path name category [READ|WRITE|ADMIN].`);
  }
  const deletes = methods?.every((each) => each === 'DELETE') === true;
  return {
    methods,
    path: segmentsOf(path.toLowerCase().split('/')),
    name,
    aliases,
    category,
    verb: known,
    isDestructive: deletes || name.split('_').some((word) => WORDS.destructive.has(word)),
  };
}
