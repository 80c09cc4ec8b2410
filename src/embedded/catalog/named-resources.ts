import { normalise } from '../detection/normalise.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { Repository } from './target.ts';
import type { Argument, FieldName } from './arguments.ts';
import { words } from './name-words.ts';
import { memoizeByKey } from '../detection/key-words.ts';

type Captured = Readonly<Record<string, readonly string[]>>;

/** What a field is about. */
type Subject = 'channel' | 'owner' | 'repository' | undefined;

const CHANNEL_WORDS = words('channel channels');
const OWNER_WORDS = words('owner org organization organisation group namespace');
const REPOSITORY_WORDS = words('repo repos repository repositories');
const REPOSITORY_FIELDS = words('full_name project project_id project_path');
/** A field that ends in one of these says something about it, not which one it is. */
const ABOUT_SUBJECTS = words(`
  type types topic description purpose visibility language limit count message text email role permission permissions
`);
/** What an object calls the name of what it stands for. */
const NAMING = words('name full_name login slug id path url html_url ssh_url clone_url path_with_namespace');
/** Where a channel may be named among people. */
const RECEIVING = words('to send_to target destination recipient recipients room conversation');
const THING_FIELDS = [
  'file_id',
  'fileId',
  'document_id',
  'documentId',
  'folder_id',
  'folderId',
  'page_id',
  'database_id',
  'issue_id',
  'ticket_id',
  'event_id',
  'eventId',
  'email_id',
  'message_id',
  'messageId',
  'calendar_id',
  'calendarId',
  'project_id',
  'device_id',
  'account_id',
  'user_id',
  'order_id',
  'id',
  'path',
  'file_path',
  'filename',
  'name',
  'username',
  'UserName',
  'RoleName',
  'SecretId',
];
/** Of more owners than a call honestly names, the others are taken alone. */
const MOST_OWNERS = 20;

/** The channels that a call names, without their `#`. */
export function channelsIn(captured: Captured, given: readonly Argument[]): readonly string[] {
  const named = given.flatMap(({ field, above, value }) => {
    const text = String(value);
    const isChannel =
      subjectOf(field, above) === 'channel' || (RECEIVING.has(field.name) && text.trim().startsWith('#'));
    return isChannel && typeof value !== 'boolean' ? text.split(',') : [];
  });
  const channels = [...(captured['channel'] ?? []), ...named].map((name) => plain(name).replace(/^#+/, ''));
  return [...new Set(channels)].filter((name) => name !== '');
}

/**
 * The repositories that a path or the arguments name: `a/b`, `https://github.com/a/b`, `git@github.com:a/b.git`, or owner and name
 * apart. Where a call names several owners or repositories, each owner goes with each repository, as nobody knows here which the
 * function takes.
 *
 * @param isNested whether owners may have several parts: GitLab's groups
 */
export function repositoriesIn(
  captured: Captured,
  given: readonly Argument[],
  isNested: boolean,
): readonly Repository[] {
  const said = (wanted: Subject): string[] =>
    given
      .filter(({ field, above, value }) => typeof value !== 'boolean' && subjectOf(field, above) === wanted)
      .flatMap(({ value }) => String(value).split(','))
      .map(plain);
  const [org] = captured['org'] ?? [];
  const [repo] = captured['repo'] ?? [];
  const owners = [...new Set([...(org === undefined ? [] : [org]), ...said('owner')])].filter((owner) => owner !== '');
  const full = [...(captured['project'] ?? []), ...said('repository')].map((text) => repositoryOf(text, isNested));
  const found = [
    ...(repo === undefined ? [] : [{ org, repo }]),
    ...full.filter((each) => each.repo !== undefined && (each.org !== undefined || owners.length === 0)),
    ...full.flatMap((each) =>
      each.repo === undefined ? [] : owners.slice(0, MOST_OWNERS).map((owner) => ({ org: owner, repo: each.repo })),
    ),
    ...(full.length > 0
      ? owners.slice(MOST_OWNERS)
      : owners.filter((owner) => repo === undefined || owner !== org)
    ).map((owner) => ({ org: owner, repo: undefined })),
  ];
  return [...new Map(found.map((each) => [`${each.org ?? ''}/${each.repo ?? ''}`, each])).values()];
}

function repositoryOf(text: string, isNested: boolean): Repository {
  const [path = ''] = text.split(/[?#]|\/-\//);
  const parts = path
    .replace(/^[a-z+]{1,10}:\/\/(?:[^/@]{0,100}@)?([\w.-]{1,253})(?::\d{1,5})?(?=\/)/i, '$1')
    // As ssh has it: `git@github.com:octo/hello.git`.
    .replace(/^(?:[\w.-]{1,100}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){0,10}):/, '$1/')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/\.git$/i, ''));
  const isHosted = parts.length > 2 && /^localhost$|\./.test(parts[0] ?? '');
  const own = parts.slice(isHosted ? 1 : 0).slice(0, isNested ? undefined : 2);
  const above = own.slice(0, -1).join('/');
  return { org: above === '' ? undefined : above, repo: own.at(-1) };
}

/** What else is touched, by the path or by the first field that says one. */
export function thingIn(captured: Captured, fields: JsonObject): string | undefined {
  const ids = captured['id'];
  if (ids !== undefined) return ids.join('/');
  const name = THING_FIELDS.find((each) => Object.hasOwn(fields, each) && textsOf(fields[each]).length > 0);
  return name === undefined ? undefined : textsOf(fields[name])[0];
}

/** The nearest field decides that says what it is about; of an object that stands for something only what names it counts. */
function subjectOf(field: FieldName, above: FieldName): Subject {
  return ownSubject(field.name) ?? (NAMING.has(field.name) ? ownSubject(above.name) : undefined);
}

const ownSubject = memoizeByKey((name): Subject => {
  const all = name.split('_');
  const has = (some: ReadonlySet<string>): boolean => all.some((word) => some.has(word));
  if (ABOUT_SUBJECTS.has(all.at(-1) ?? '')) return undefined;
  if (has(CHANNEL_WORDS) || name === 'chat_id') return 'channel';
  if (has(OWNER_WORDS)) return 'owner';
  return has(REPOSITORY_WORDS) || REPOSITORY_FIELDS.has(name) ? 'repository' : undefined;
});

/** As whoever looks it up reads it. */
function plain(text: string): string {
  return normalise(text).trim();
}

/** The texts and numbers of a field, whether it holds one or a list. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  return Array.isArray(value) ? value.filter((each) => !Array.isArray(each)).flatMap(textsOf) : [];
}
