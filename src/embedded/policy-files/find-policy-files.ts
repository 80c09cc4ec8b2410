import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, parse, resolve, sep } from 'node:path';
import { expandBraces, isGlob, matchesGlob } from '../policy/glob.ts';
import type { PolicyProblem } from '../policy/policy-error.ts';

/** The files that paths, folders and globs stand for. */
export interface FoundFiles {
  /** Sorted, each once. */
  readonly files: readonly string[];
  readonly problems: readonly PolicyProblem[];
}

/**
 * Of a folder its `*.json`, `*.yaml` and `*.yml`, not those of its folders. In a glob `**` is any number of folders, not
 * through symbolic links, and every other star stays within a name. Names that begin with a dot (what editors keep while
 * they write, what Kubernetes mounts beside a ConfigMap's keys) are found only when they are asked for.
 */
export async function findPolicyFiles(paths: string | readonly string[]): Promise<FoundFiles> {
  const wanted = typeof paths === 'string' ? [paths] : paths;
  const files = new Map<string, string>();
  const problems: PolicyProblem[] = [];
  if (wanted.length === 0) problems.push({ path: '', message: 'no file, folder or glob is named', isUnreadable: true });
  for (const source of wanted) {
    const found = await find(source).catch((error: unknown) => `cannot be read: ${wordsOf(error)}`);
    if (typeof found === 'string') problems.push({ source, path: '', message: found, isUnreadable: true });
    else for (const file of found) files.set(resolve(file), file);
  }
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return { files: sorted.map(([, file]) => file), problems };
}

const IN_A_FOLDER = '*.{json,yaml,yml}';

/** The files, or what is wrong. */
async function find(wanted: string): Promise<readonly string[] | string> {
  const there = await statOf(wanted);
  if (there && !there.isDirectory()) return [wanted];
  if (!there && !isGlob(wanted)) return `does not exist (looked for in ${process.cwd()})`;
  const found: string[] = [];
  for (const pattern of expandBraces(there ? IN_A_FOLDER : wanted)) {
    found.push(...(there ? await walk(wanted, [pattern]) : await expand(pattern)));
  }
  if (found.length > 0) return found;
  return there ? `has no ${IN_A_FOLDER}` : `fits no file (looked for in ${process.cwd()})`;
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
    const there = await statOf(path);
    if (rest.length > 0) found.push(...(there?.isDirectory() ? await walk(path, rest) : []));
    // A link to nothing is a policy that is missing: whoever reads it says so.
    else if (there ? !there.isDirectory() : isGlob(step)) found.push(path);
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
    .catch(nothingThere)
    .then((entries) => entries ?? []);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(nothingThere);
}

/** Only what is not there may be passed over; what may not be read could be the policy that denies. */
function nothingThere(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
