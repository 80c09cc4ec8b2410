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
    (orgPatterns === undefined || isOneOf(target.org, orgPatterns)) &&
    (repoPatterns === undefined || isRepository(target, repoPatterns)) &&
    (channelPatterns === undefined || isChannel(target.channels, channelPatterns, action))
  );
}

function isOperation(wanted: string, target: Facts['target'], isExternal: boolean): boolean {
  const [kind, name = ''] = wanted.split(/:(.*)/s);
  if (kind === 'method') return target.method === name.toUpperCase();
  if (kind === 'category') {
    return isOneOf(target.category, [name]) || (target.isDestructive && name.toLowerCase() === 'deletes');
  }
  // Interven's starter rules call sharing with an outsider an operation of its own.
  const names = target.operation === 'share_file' && isExternal ? ['share_file_external'] : [];
  return isAnyOf([target.operation, ...target.operationAliases, ...names], [wanted]);
}

/** A repository is told by its own name or with its owner's: `hello`, `octo/hello`. */
function isRepository({ org, repo }: Facts['target'], patterns: readonly string[]): boolean {
  return repo !== undefined && isAnyOf(org === undefined ? [repo] : [repo, `${org}/${repo}`], patterns);
}

/**
 * A call may name several channels: one of them is enough to block it, all have to fit for it to be allowed. With and without
 * their `#`: both are written, in rules and in calls.
 */
function isChannel(channels: readonly string[], patterns: readonly string[], action: Action): boolean {
  const bare = (name: string): string => name.replace(/^#/, '');
  const fits = (channel: string): boolean => isAnyOf([bare(channel)], patterns.map(bare));
  return action === 'ALLOW' ? channels.length > 0 && channels.every(fits) : channels.some(fits);
}

function isOneOf(name: string | undefined, patterns: readonly string[]): boolean {
  return name !== undefined && isAnyOf([name], patterns);
}

function isAnyOf(names: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name, { caseInsensitive: true })));
}
