import { matchesGlob } from './glob.ts';
import type { Action, Rule } from './policy.ts';
import type { Facts } from './facts.ts';

/** Returns true if a call matches a rule's `match`. Absent keys match every call. */
export function matches(
  { match, action }: Pick<Rule, 'match' | 'action'>,
  { target, isExternal }: Pick<Facts, 'target' | 'isExternal'>,
): boolean {
  const { toolName, operations, verbs, orgPatterns, repoPatterns, channelPatterns } = match;
  return (
    (toolName === undefined || isAnyOf([target.tool, ...target.aliases], [toolName])) &&
    (operations === undefined || operations.some((operation) => isOperation(operation, target, isExternal))) &&
    (verbs === undefined || verbs.includes(target.verb)) &&
    (orgPatterns === undefined || fit(ownersOf(target), orgPatterns, action)) &&
    (repoPatterns === undefined || fit(repositoriesOf(target), repoPatterns, action)) &&
    (channelPatterns === undefined || fit(channelsOf(target), channelPatterns.map(withoutHash), action))
  );
}

function isOperation(wanted: string, target: Facts['target'], isExternal: boolean): boolean {
  const [kind, name = ''] = wanted.split(/:(.*)/s);
  if (kind === 'method') return target.method === name.toUpperCase();
  if (kind === 'category') {
    return isAnyOf(target.categories, [name]) || (target.isDestructive && name.toLowerCase() === 'deletes');
  }
  // Interven's starter rules treat sharing with an outsider as an operation of its own.
  const names = [target.operation, ...target.operationAliases];
  return isAnyOf(names.includes('share_file') && isExternal ? [...names, 'share_file_external'] : names, [wanted]);
}

/** The repositories or channels that a call names; for each, the spellings that a rule may use. */
type Named = readonly (readonly string[])[];

/** Matches repositories or channels: to block, one must match; to allow, all must match. */
function fit(named: Named, patterns: readonly string[], action: Action): boolean {
  const fits = (names: readonly string[]): boolean => isAnyOf(names, patterns);
  return action === 'ALLOW' ? named.length > 0 && named.every(fits) : named.some(fits);
}

function ownersOf({ repositories }: Facts['target']): Named {
  return repositories.map(({ org }) => (org === undefined ? [] : [org]));
}

/** Returns each repository with and without its owner, as a rule may use either: `octo/hello`, `hello`. */
function repositoriesOf({ repositories }: Facts['target']): Named {
  return repositories.flatMap(({ org, repo }) =>
    repo === undefined ? [] : [org === undefined ? [repo] : [repo, `${org}/${repo}`]],
  );
}

function channelsOf({ channels }: Facts['target']): Named {
  return channels.map((channel) => [withoutHash(channel)]);
}

/** Removes the `#` of a channel, which both rules and calls may omit. */
function withoutHash(channel: string): string {
  return channel.replace(/^#/, '');
}

function isAnyOf(names: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name, { caseInsensitive: true })));
}
