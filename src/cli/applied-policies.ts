import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadPolicies } from '../embedded/policy-files/load-policies.ts';
import { findPolicyFiles } from '../embedded/policy-files/find-policy-files.ts';
import { PolicyError } from '../embedded/policy/policy-error.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';

/**
 * Keeps a policy that was sent, in the place of the one of that name that was sent before; resolves with the file, or with undefined where
 * there is no folder that could keep it. One after the other: two at once would see the folder as it was before either. Rejects with
 * a PolicyError when another file has a policy of that name: what is in force would change with the next reading of the files.
 */
export type SavePolicy = (policy: PolicyInput) => Promise<string | undefined>;

/** @param path where the policies are: a file, a folder or a glob */
export function policySaver(path: string): SavePolicy {
  return async (policy) => {
    const there = await stat(path).catch(() => undefined);
    const file = there?.isDirectory() ? join(path, `${slug(policy.name)}.applied.json`) : undefined;
    await checkFiles(path, policy, file);
    if (file !== undefined) await write(file, policy);
    return file;
  };
}

async function checkFiles(path: string, policy: PolicyInput, file: string | undefined): Promise<void> {
  for (const other of (await findPolicyFiles(path)).files) {
    const names = await namesIn(other);
    if (other !== file && names.includes(policy.name)) {
      throw refusal(
        `is the name of a policy in ${basename(other)}; change it there, or send this one under another name`,
      );
    }
    if (other === file && !names.includes(policy.name)) {
      throw refusal(`would be kept in ${basename(other)}, which has another policy; send this one under another name`);
    }
  }
}

async function write(file: string, policy: PolicyInput): Promise<void> {
  // A name that begins with a dot is not read as a policy.
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    const handle = await open(draft, 'w', 0o644);
    try {
      await handle.writeFile(`${JSON.stringify(policy, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function refusal(message: string): PolicyError {
  return new PolicyError([{ path: 'name', message }]);
}

/** A file that is broken has no name that anybody could know. */
async function namesIn(file: string): Promise<readonly string[]> {
  return loadPolicies(file).then(
    (policies) => policies.map(({ name }) => name),
    () => [],
  );
}

function slug(name: string): string {
  const words = name.toLowerCase().replace(/[^\p{L}\p{Nd}]+/gu, '-');
  // A letter of two units may be cut in two.
  return words.slice(0, 60).replace(/^-+|-*\p{Surrogate}?$/gu, '') || 'policy';
}
