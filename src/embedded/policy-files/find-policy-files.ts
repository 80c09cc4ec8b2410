import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, parse, resolve, sep } from 'node:path';
import { expandBraces, isGlob, matchesGlob } from '../policy/glob.ts';
import type { PolicyProblem } from '../policy/policy-error.ts';
import { messageOf } from '../../internal/error-message.ts';

/** The policy files found, and the problems of the search. */
export interface FoundFiles {
  /** Paths, sorted, without duplicates. */
  readonly files: readonly string[];
  readonly problems: readonly PolicyProblem[];
}

/**
 * Finds policy files. A folder stands for its `*.json`, `*.yaml` and `*.yml`, without subfolders. In a glob, `**` is
 * any number of folders, without following symbolic links; other stars match within one name. Names that begin with a
 * dot (temporary files of editors, the mounts of a Kubernetes ConfigMap) need a pattern that begins with a dot.
 */
export async function findPolicyFiles(paths: string | readonly string[]): Promise<FoundFiles> {
  const wanted = typeof paths === 'string' ? [paths] : paths;
  const files = new Map<string, string>();
  const problems: PolicyProblem[] = [];
  if (wanted.length === 0)
    problems.push({ path: '', message: 'no file, folder or glob was given', isUnreadable: true });
  for (const source of wanted) {
    const found = await find(source).catch((error: unknown) => `cannot be read: ${messageOf(error)}`);
    if (typeof found === 'string') problems.push({ source, path: '', message: found, isUnreadable: true });
    else for (const file of found) files.set(resolve(file), file);
  }
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return { files: sorted.map(([, file]) => file), problems };
}

const FOLDER_PATTERN = '*.{json,yaml,yml}';

/** Resolves with the files, or with the problem. */
async function find(wanted: string): Promise<readonly string[] | string> {
  const stats = await statOf(wanted);
  if (stats && !stats.isDirectory()) return [wanted];
  if (!stats && !isGlob(wanted)) return `does not exist (working directory: ${process.cwd()})`;
  const found: string[] = [];
  for (const pattern of expandBraces(stats ? FOLDER_PATTERN : wanted)) {
    found.push(...(stats ? await walk(wanted, [pattern]) : await expand(pattern)));
  }
  if (found.length > 0) return found;
  return stats ? `has no ${FOLDER_PATTERN}` : `matches no file (working directory: ${process.cwd()})`;
}

async function expand(pattern: string): Promise<readonly string[]> {
  const { root } = parse(pattern);
  const steps = pattern
    .slice(root.length)
    .split(sep === '\\' ? /[\\/]/ : '/')
    .filter((step, index, all) => step !== '' && !(step === '**' && all[index - 1] === '**'));
  return walk(root, steps.at(-1) === '**' ? [...steps, '*'] : steps);
}

async function walk(folder: string, [step, ...rest]: readonly string[]): Promise<readonly string[]> {
  if (step === undefined) return [];
  if (step === '**') {
    const found = [...(await walk(folder, rest))];
    for (const entry of await entriesOf(folder)) {
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        found.push(...(await walk(join(folder, entry.name), [step, ...rest])));
    }
    return found;
  }
  const found: string[] = [];
  for (const name of isGlob(step) ? await namesIn(folder, step) : [step]) {
    const path = join(folder, name);
    const stats = await statOf(path);
    if (rest.length > 0) found.push(...(stats?.isDirectory() ? await walk(path, rest) : []));
    // A dangling link is a missing policy: keep it, so that reading it fails.
    else if (stats ? !stats.isDirectory() : isGlob(step)) found.push(path);
  }
  return found;
}

async function namesIn(folder: string, pattern: string): Promise<readonly string[]> {
  const names = (await entriesOf(folder)).map(({ name }) => name);
  const visible = names.filter((name) => pattern.startsWith('.') || !name.startsWith('.'));
  return visible.filter((name) => matchesGlob(pattern, name));
}

async function entriesOf(folder: string) {
  return readdir(folder === '' ? '.' : folder, { withFileTypes: true })
    .catch(ignoreMissing)
    .then((entries) => entries ?? []);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(ignoreMissing);
}

/** Ignores missing files only, because a file without read permission could be the policy that denies. */
function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
