import { matchesGlob } from './glob.ts';
import type { Match } from './policy.ts';
import type { Facts } from './facts.ts';
import { all, any, forEvery, not, type Truth } from './truth.ts';

type Called = Pick<Facts, 'target' | 'isExternal'>;
type Keys = Omit<Match, 'not'>;

/** What a call has to be for a key of `match`. A call that fits by names which the model chose is unknown. */
const MATCHERS: { readonly [Key in keyof Keys]-?: (wanted: NonNullable<Keys[Key]>, called: Called) => Truth } = {
  toolName: (pattern, { target }) => isNamed([target.tool, ...target.aliases], target.trusted.tools, [pattern]),
  operations: isOperation,
  verbs: (verbs, { target }) => verbs.includes(target.verb),
  orgPatterns: (patterns, { target }) => fit(ownersOf(target), patterns, target),
  repoPatterns: (patterns, { target }) => fit(repositoriesOf(target), patterns, target),
  channelPatterns: (patterns, { target }) => fit(channelsOf(target), patterns.map(withoutHash), target),
};

/** Returns whether a call fits a rule's `match`. Absent keys fit every call. */
export function matches(match: Match, called: Called): Truth {
  const truths: Truth[] = [];
  for (const key of Object.keys(match) as (keyof Match)[]) {
    const truth = matchesKey(key, match, called);
    if (truth === false) return false;
    truths.push(truth);
  }
  return all(truths);
}

/** What could not be read of a call may be anything, so that a key does not fail for certain. */
export function matchesKey(key: keyof Match, match: Match, called: Called): Truth {
  if (key === 'not') return not(matches(match.not ?? {}, called));
  const wanted = match[key];
  if (wanted === undefined) return true;
  const { unread } = called.target;
  const truth = (MATCHERS[key] as (value: typeof wanted, call: Called) => Truth)(wanted, called);
  const isOpen = unread === 'everything' || (unread === 'operation' && key !== 'toolName');
  return isOpen && truth !== true ? 'unknown' : truth;
}

interface Operations {
  readonly methods: readonly string[];
  readonly categories: readonly string[];
  readonly patterns: readonly string[];
}

const parsed = new WeakMap<readonly string[], Operations>();

/** Sorts the operations of a rule by their kind, once. */
function operationsOf(wanted: readonly string[]): Operations {
  const known = parsed.get(wanted);
  if (known) return known;
  const ofKind = (kind: string): readonly string[] =>
    wanted.flatMap((each) => (each.startsWith(kind) ? [each.slice(kind.length)] : []));
  const operations = {
    methods: ofKind('method:'),
    categories: ofKind('category:'),
    patterns: wanted.filter((each) => !/^(?:method|category):/.test(each)),
  };
  parsed.set(wanted, operations);
  return operations;
}

function isOperation(wanted: readonly string[], { target, isExternal }: Called): Truth {
  const { methods, categories, patterns } = operationsOf(wanted);
  // Interven's starter rules treat sharing with an outsider as an operation of its own.
  const withSharing = (names: readonly string[]): readonly string[] =>
    names.includes('share_file') && isExternal !== false ? [...names, 'share_file_external'] : names;
  const names = withSharing([target.operation, ...target.operationAliases]);
  return any([
    methods.includes(target.method),
    isCategory(categories, target),
    isNamed(names, withSharing(target.trusted.operations), patterns),
  ]);
}

function isCategory(wanted: readonly string[], { categories, isDestructive, trusted }: Facts['target']): Truth {
  const others = wanted.filter((name) => name.toLowerCase() !== 'deletes');
  if (isDestructive && others.length < wanted.length) return true;
  if (others.length === 0) return false;
  const truth = forEvery(categories, (category) => isAnyOf([category], others));
  return truth === true && !isAnyOf(trusted.categories, others) ? 'unknown' : truth;
}

function isNamed(names: readonly string[], trusted: readonly string[], patterns: readonly string[]): Truth {
  return isAnyOf(trusted, patterns) || (isAnyOf(names, patterns) && 'unknown');
}

/** The repositories or channels that a call names; for each, the spellings that a rule may use. */
type Named = readonly (readonly string[])[];

/** A call may name several, such as one in the URL and one in the body: only if all fit is it known to fit. */
function fit(named: Named, patterns: readonly string[], { tool, trusted }: Facts['target']): Truth {
  const truth = forEvery(named, (names) => isAnyOf(names, patterns));
  return truth === true && !trusted.tools.includes(tool) ? 'unknown' : truth;
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
