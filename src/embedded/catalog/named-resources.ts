import { normalise } from '../detection/normalise.ts';
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

/** Lists the channels that a call names, without `#`. */
export function channelsIn(captured: Captured, given: readonly Argument[]): readonly string[] {
  const named = given.flatMap(({ field, above, value }) => {
    const text = String(value);
    const isChannel =
      subjectOf(field, above) === 'channel' || (FIELDS.channelReceivers.has(field.name) && text.trim().startsWith('#'));
    return isChannel && typeof value !== 'boolean' ? text.split(',') : [];
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
  const named = (wanted: Subject): string[] =>
    given
      .filter(({ field, above, value }) => typeof value !== 'boolean' && subjectOf(field, above) === wanted)
      .flatMap(({ value }) => String(value).split(','))
      .map(plain);
  const [org] = captured['org'] ?? [];
  const [repo] = captured['repo'] ?? [];
  const owners = [...new Set([...(org === undefined ? [] : [org]), ...named('owner')])].filter((owner) => owner !== '');
  const full = [...(captured['project'] ?? []), ...named('repository')].map((text) => repositoryOf(text, isNested));
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
  const [path = ''] = text.split(/[?#]|\/-\//);
  const parts = path
    .replace(/^[a-z+]{1,10}:\/\/(?:[^/@]{0,100}@)?([\w.-]{1,253})(?::\d{1,5})?(?=\/)/i, '$1')
    // SSH: `git@github.com:octo/hello.git`.
    .replace(/^(?:[\w.-]{1,100}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){0,10}):/, '$1/')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/\.git$/i, ''));
  const isHosted = parts.length > 2 && /^localhost$|\./.test(parts[0] ?? '');
  const own = parts.slice(isHosted ? 1 : 0).slice(0, isNested ? undefined : 2);
  const above = own.slice(0, -1).join('/');
  return { org: above === '' ? undefined : above, repo: own.at(-1) };
}

/** Returns any other resource, from the path or the first field that identifies one. */
export function resourceIn(captured: Captured, fields: JsonObject): string | undefined {
  const ids = captured['id'];
  if (ids !== undefined) return ids.join('/');
  const name = RESOURCE_FIELDS.find((each) => Object.hasOwn(fields, each) && stringsOf(fields[each]).length > 0);
  return name === undefined ? undefined : stringsOf(fields[name])[0];
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

function plain(text: string): string {
  return normalise(text).trim();
}

/** Lists the strings and numbers of a field or array. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  return Array.isArray(value) ? value.filter((each) => !Array.isArray(each)).flatMap(stringsOf) : [];
}
