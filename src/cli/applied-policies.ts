import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadPolicies } from '../embedded/policy-files/load-policies.ts';
import { findPolicyFiles } from '../embedded/policy-files/find-policy-files.ts';
import { PolicyError } from '../embedded/policy/policy-error.ts';
import { jsonLine } from '../internal/json.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';

/**
 * Saves an applied policy, replacing an earlier one of the same name. Resolves with the file, or with undefined without
 * a folder. Never call it concurrently. Rejects with a PolicyError when another file has a policy of that name, because
 * the next reload would restore that one.
 */
export type SavePolicy = (policy: PolicyInput) => Promise<string | undefined>;

/** @param path the file, folder or glob of the policies */
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
      throw refusal(`is the name of a policy in ${basename(other)}. Change that file, or use another name`);
    }
    if (other === file && !names.includes(policy.name)) {
      throw refusal(`would be saved in ${basename(other)}, which has another policy. Use another name`);
    }
  }
}

async function write(file: string, policy: PolicyInput): Promise<void> {
  // Files that start with a dot are not loaded.
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    const handle = await open(draft, 'w', 0o644);
    try {
      await handle.writeFile(jsonLine(JSON.stringify(policy, null, 2)));
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

/** Lists the policy names in a file; empty for an invalid one. */
async function namesIn(file: string): Promise<readonly string[]> {
  return loadPolicies(file).then(
    (policies) => policies.map(({ name }) => name),
    () => [],
  );
}

function slug(name: string): string {
  const words = name.toLowerCase().replace(/[^\p{L}\p{Nd}]+/gu, '-');
  // The cut may split a surrogate pair.
  return words.slice(0, 60).replace(/^-+|-*\p{Surrogate}?$/gu, '') || 'policy';
}
