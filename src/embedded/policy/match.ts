import { matchesGlob } from './glob.ts';
import type { Action, Rule } from './policy.ts';
import type { Facts } from './facts.ts';

/** Whether a rule is about this call. What is not named in `match` is not asked for. */
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
    (channelPatterns === undefined || fit(channelsOf(target), channelPatterns.map(bare), action))
  );
}

function isOperation(wanted: string, target: Facts['target'], isExternal: boolean): boolean {
  const [kind, name = ''] = wanted.split(/:(.*)/s);
  if (kind === 'method') return target.method === name.toUpperCase();
  if (kind === 'category') {
    return isAnyOf(target.categories, [name]) || (target.isDestructive && name.toLowerCase() === 'deletes');
  }
  // Interven's starter rules call sharing with an outsider an operation of its own.
  const names = [target.operation, ...target.operationAliases];
  return isAnyOf(names.includes('share_file') && isExternal ? [...names, 'share_file_external'] : names, [wanted]);
}

/** The ways in which each thing that a call names may be written in a rule. */
type Named = readonly (readonly string[])[];

/** A call may name several things of a kind: one of them is enough to block it, all have to fit for it to be allowed. */
function fit(named: Named, patterns: readonly string[], action: Action): boolean {
  const fits = (names: readonly string[]): boolean => isAnyOf(names, patterns);
  return action === 'ALLOW' ? named.length > 0 && named.every(fits) : named.some(fits);
}

function ownersOf({ repositories }: Facts['target']): Named {
  return repositories.map(({ org }) => (org === undefined ? [] : [org]));
}

/** A repository is told by its own name or with its owner's: `hello`, `octo/hello`. */
function repositoriesOf({ repositories }: Facts['target']): Named {
  return repositories.flatMap(({ org, repo }) =>
    repo === undefined ? [] : [org === undefined ? [repo] : [repo, `${org}/${repo}`]],
  );
}

function channelsOf({ channels }: Facts['target']): Named {
  return channels.map((channel) => [bare(channel)]);
}

/** With and without their `#`: both are written, in rules and in calls. */
function bare(channel: string): string {
  return channel.replace(/^#/, '');
}

function isAnyOf(names: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name, { caseInsensitive: true })));
}
