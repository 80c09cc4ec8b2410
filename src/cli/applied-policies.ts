import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadPolicies } from '../gateways/policy-files.ts';
import { findPolicyFiles } from '../gateways/policy-paths.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { PolicyInput } from '../policy/policy-input.ts';

/**
 * Keeps a policy that was sent, in the place of the one of that name that was sent before; resolves with the file. One after the other: two
 * at once would see the folder as it was before either. Rejects with a PolicyError when another file has a policy of that name.
 */
export type KeepPolicy = (policy: PolicyInput) => Promise<string>;

/** Undefined where there is no folder that could keep them. */
export async function policyKeeper(path: string): Promise<KeepPolicy | undefined> {
  const there = await stat(path).catch(() => undefined);
  if (!there?.isDirectory()) return undefined;
  return async (policy) => keep(path, policy);
}

async function keep(folder: string, policy: PolicyInput): Promise<string> {
  const file = join(folder, `${slug(policy.name)}.applied.json`);
  for (const other of (await findPolicyFiles(folder)).files) {
    const names = await namesIn(other);
    if (other !== file && names.includes(policy.name)) {
      throw refusal(
        `is the name of a policy in ${basename(other)}; change it there, or send this one under another name`,
      );
    }
    if (other === file && !names.includes(policy.name)) {
      throw refusal(`would be kept in ${basename(file)}, which has another policy; send this one under another name`);
    }
  }
  // A name that begins with a dot is not read as a policy.
  const draft = join(folder, `.${basename(file)}.${process.pid}`);
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
  return file;
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
