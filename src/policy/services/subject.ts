import type { JsonObject } from '../../internal/json.ts';

type Captured = Readonly<Record<string, readonly string[]>>;

const CHANNEL_FIELDS = ['channel', 'channel_id', 'channelId', 'channel_name', 'channelName', 'channels', 'chat_id'];
const OWNER_FIELDS = ['owner', 'org', 'organization', 'organisation', 'repo_owner', 'group', 'namespace'];
const REPOSITORY_FIELDS = [
  'repo',
  'repository',
  'repo_name',
  'repository_name',
  'repo_full_name',
  'full_name',
  'repo_url',
  'project',
  'project_id',
  'projectId',
  'repo_id',
];
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

/** The channels that a call names, without their `#`. */
export function channelsIn(captured: Captured, fields: JsonObject): readonly string[] {
  const named = CHANNEL_FIELDS.filter((field) => Object.hasOwn(fields, field))
    .flatMap((field) => textsOf(fields[field]))
    .flatMap((text) => text.split(','));
  const channels = [...(captured['channel'] ?? []), ...named].map((name) => name.trim().replace(/^#/, ''));
  return [...new Set(channels)].filter((name) => name !== '');
}

/** The repository that a path names, or else the arguments do: `a/b`, `https://github.com/a/b`, or owner and name apart. */
export function repositoryIn(
  captured: Captured,
  fields: JsonObject,
): { org?: string | undefined; repo?: string | undefined } {
  const [org] = captured['org'] ?? [];
  const [repo] = captured['repo'] ?? [];
  if (repo !== undefined) return { org, repo };
  const owner = firstOf(fields, OWNER_FIELDS);
  const full = captured['project']?.[0] ?? firstOf(fields, REPOSITORY_FIELDS);
  const parts = (full ?? '')
    .replace(/^https?:\/\/[^/]*\//i, '')
    .replace(/\.git$/i, '')
    .split('/')
    .filter((part) => part !== '');
  const above = parts.slice(0, -1).join('/');
  return { org: org ?? (above === '' ? owner : above), repo: parts.at(-1) };
}

/** What else is touched, by the path or by the first field that says one. */
export function thingIn(captured: Captured, fields: JsonObject): string | undefined {
  const ids = captured['id'];
  if (ids !== undefined) return ids.join('/');
  return firstOf(fields, THING_FIELDS);
}

function firstOf(fields: JsonObject, names: readonly string[]): string | undefined {
  const name = names.find((each) => Object.hasOwn(fields, each) && textsOf(fields[each]).length > 0);
  return name === undefined ? undefined : textsOf(fields[name])[0];
}

/** The texts and numbers of a field, whether it holds one or a list. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  return Array.isArray(value) ? value.filter((each) => !Array.isArray(each)).flatMap(textsOf) : [];
}
