import { normalise } from '../detection/normalise.ts';
import { unescapeText } from '../detection/unescape.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { Repository } from './target.ts';
import type { Argument, FieldName } from './arguments.ts';
import { FIELDS } from './name-words.ts';
import { memoizeByKey } from '../detection/key-words.ts';

type Captured = Readonly<Record<string, readonly string[]>>;

/** The kind of resource that a field names. */
type Subject = 'channel' | 'owner' | 'repository' | undefined;

const RESOURCE_FIELDS = [...FIELDS.resources];
/** The number of owners that are combined with repositories. Further owners count alone. */
const MAX_OWNERS = 20;

/** Slack's form of a channel, with its id and its name. */
const MENTION = /<#(\w+)(?:\|([^>]*))?>/g;

/**
 * Lists the channels that a call names, without `#`.
 *
 * @param isChat true for a service with channels, so that the recipient may be one without a `#`
 */
export function channelsIn(captured: Captured, given: readonly Argument[], isChat: boolean): readonly string[] {
  const receiver = isChat ? /^\s*#|^[\w.-]+$/ : /^\s*#/;
  const named = given.flatMap(({ field, above, value }) => {
    const isNamed = subjectOf(field, above) === 'channel';
    if (typeof value === 'boolean' || (!isNamed && !FIELDS.channelReceivers.has(field.name))) return [];
    const text = decoded(value);
    return isNamed || receiver.test(text) ? text.replace(MENTION, '$1,$2').split(',') : [];
  });
  const channels = [...(captured['channel'] ?? []), ...named].map((name) => plain(name).replace(/^#+/, ''));
  return [...new Set(channels)].filter((name) => name !== '');
}

/**
 * Lists the repositories that a path or the arguments name: `a/b`, `https://github.com/a/b`, `git@github.com:a/b.git`,
 * or owner and name separately. If a call names several owners or repositories, every combination counts, because it is
 * unknown which one the function uses.
 *
 * @param isNested true if an owner may have several segments, like GitLab's groups
 */
export function repositoriesIn(
  captured: Captured,
  given: readonly Argument[],
  isNested: boolean,
): readonly Repository[] {
  const valuesOf = (isNamed: (argument: Argument) => boolean): string[] =>
    given
      .filter((argument) => typeof argument.value !== 'boolean' && isNamed(argument))
      .flatMap(({ value }) => decoded(value).split(','))
      .map(plain);
  const named = (wanted: Subject): string[] => valuesOf(({ field, above }) => subjectOf(field, above) === wanted);
  const [org] = captured['org'] ?? [];
  const [repo] = captured['repo'] ?? [];
  const written = [org ?? '', ...named('owner')].filter((owner) => owner !== '');
  const own = [...named('repository'), ...valuesOf(isRepositoryUrl)];
  // Without a field for the repository, or for its owner, the plainest names mean them.
  const names = own.length > 0 || repo !== undefined || written.length === 0 ? [] : valuesOf(isPlainName);
  const full = [...(captured['project'] ?? []), ...own, ...names].map((text) => repositoryOf(text, isNested));
  const isOwned = written.length > 0 || full.every((each) => each.org !== undefined);
  const owners = [...new Set(isOwned ? written : valuesOf(({ field }) => FIELDS.accountNames.has(field.name)))];
  const found = [
    ...(repo === undefined ? [] : [{ org, repo }]),
    ...full.filter((each) => each.repo !== undefined && (each.org !== undefined || owners.length === 0)),
    ...full.flatMap((each) =>
      each.repo === undefined ? [] : owners.slice(0, MAX_OWNERS).map((owner) => ({ org: owner, repo: each.repo })),
    ),
    ...(full.length > 0 ? owners.slice(MAX_OWNERS) : owners.filter((owner) => repo === undefined || owner !== org)).map(
      (owner) => ({ org: owner, repo: undefined }),
    ),
  ];
  return [...new Map(found.map((each) => [`${each.org ?? ''}/${each.repo ?? ''}`, each])).values()];
}

function repositoryOf(text: string, isNested: boolean): Repository {
  const [path = ''] = text.replace(/\s*\/\s*/g, '/').split(/[?#]|\/-\//);
  const parts = path
    .replace(/^[a-z+]{1,10}:\/\/(?:[^/@]{0,100}@)?([\w.-]{1,253})(?::\d{1,5})?(?=\/)/i, '$1')
    // SSH: `git@github.com:octo/hello.git`.
    .replace(/^(?:[\w.-]{1,100}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){0,10}):/, '$1/')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/\.git$/i, ''));
  const isHosted = parts.length > 2 && /^localhost$|\./.test(parts[0] ?? '');
  // `api.github.com/repos/…`, `github.acme.com/api/v3/repos/…`
  const api = parts.length > 2 ? parts.indexOf('repos') : -1;
  const start = api >= 0 && api < 4 ? api + 1 : isHosted ? 1 : 0;
  const own = parts.slice(start).slice(0, isNested ? undefined : 2);
  const above = own.slice(0, -1).join('/');
  return { org: above === '' ? undefined : above, repo: own.at(-1) };
}

/**
 * Returns any other resource, from the path or the first field that identifies one.
 *
 * @param parts objects with the outermost arguments; those of the first take precedence
 */
export function resourceIn(captured: Captured, parts: readonly JsonObject[]): string | undefined {
  const ids = captured['id'];
  if (ids !== undefined) return ids.join('/');
  const [first] = RESOURCE_FIELDS.flatMap((name) => stringsOf(parts.find((part) => Object.hasOwn(part, name))?.[name]));
  return first;
}

/** Classifies a field by its own name, or by the enclosing object's name if the field names that object. */
function subjectOf(field: FieldName, above: FieldName): Subject {
  return ownSubject(field.name) ?? (FIELDS.naming.has(field.name) ? ownSubject(above.name) : undefined);
}

const ownSubject = memoizeByKey((name): Subject => {
  const all = name.split('_');
  const has = (some: ReadonlySet<string>): boolean => all.some((word) => some.has(word));
  if (FIELDS.attributeWords.has(all.at(-1) ?? '')) return undefined;
  if (has(FIELDS.channelWords) || name === 'chat_id') return 'channel';
  if (has(FIELDS.ownerWords)) return 'owner';
  return has(FIELDS.repositoryWords) || FIELDS.repositoryNames.has(name) ? 'repository' : undefined;
});

function isPlainName({ field, above }: Argument): boolean {
  return field.name === 'name' && above.name === '';
}

function isRepositoryUrl({ field, value }: Argument): boolean {
  return field.words.some((word) => word === 'url' || word === 'uri') && REPOSITORY_URL.test(String(value));
}

const REPOSITORY_URL =
  /^\s*https?:\/\/(?:www\.|api\.)?(?:github|gitlab)\.com\/(?!(?:orgs|users|search|settings|topics|api)\/)[^/\s]+\/[^/\s]/i;

/** Resolves references and percent-encoding, as the service would. */
function decoded(value: string | number | boolean): string {
  const text = String(value);
  return unescapeText(text)?.text ?? text;
}

function plain(text: string): string {
  return normalise(text).trim();
}

/** Lists the strings and numbers of a field or array. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  return Array.isArray(value) ? value.filter((each) => !Array.isArray(each)).flatMap(stringsOf) : [];
}
