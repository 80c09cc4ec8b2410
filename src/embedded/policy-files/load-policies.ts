import { readFile, stat } from 'node:fs/promises';
import { shortJson, type PolicyProblem } from '../policy/policy-error.ts';
import type { Policy } from '../policy/policy.ts';
import { policiesOf, type Reading } from '../policy/parse-policies.ts';
import { findPolicyFiles } from './find-policy-files.ts';
import { readPolicyText } from './parse-policy-text.ts';

const MOST_BYTES = 1_000_000;

/**
 * The policies of files in JSON or YAML, in the order of the files' paths.
 *
 * @param paths a file, a folder (its `*.json`, `*.yaml` and `*.yml`), a glob (`policies/*.{json,yaml}`; `**` is any number of
 * folders), or a list of these; relative ones start at the working directory
 * @throws PolicyError with everything that is wrong in all the files, and when a path or a glob finds nothing
 */
export async function loadPolicies(paths: string | readonly string[]): Promise<readonly Policy[]> {
  return loadPoliciesBeside(paths, []);
}

/**
 * The policies of files, and behind them others, which no file may take the place of: they would be gone with the file.
 *
 * @throws PolicyError as `loadPolicies` does, and for a name or an id in a file that one of the others has
 */
export async function loadPoliciesBeside(
  paths: string | readonly string[],
  beside: readonly Policy[],
): Promise<readonly Policy[]> {
  const { files, problems } = await findPolicyFiles(paths);
  const readings: Reading[] = [{ found: [], problems }];
  // One after the other, so that no folder is too large for the files that may be open.
  for (const file of files) readings.push(await readPolicyFile(file));
  const taken = readings.flatMap(({ found }) => found.flatMap((one) => takenName(one, beside)));
  return Object.freeze([...policiesOf([...readings, { found: [], problems: taken }]), ...beside]);
}

function takenName({ policy, place }: Reading['found'][number], beside: readonly Policy[]): readonly PolicyProblem[] {
  const keys = [
    ['name', policy.name, beside.some(({ name }) => name === policy.name)],
    ['policy_id', policy.policyId, beside.some(({ policyId }) => policyId === policy.policyId)],
  ] as const;
  const [key, word] = keys.find(([, , isTaken]) => isTaken) ?? [];
  if (key === undefined) return [];
  const message = `is the ${key} of a policy that stays in force beside the files (as agentSafety does with --agent-safety); give this one another`;
  return [{ ...place, path: place.path === '' ? key : `${place.path}.${key}`, value: shortJson(word), message }];
}

async function readPolicyFile(file: string): Promise<Reading> {
  const broken = (message: string): Reading => ({ found: [], problems: [{ source: file, path: '', message }] });
  const unreadable = (message: string): Reading => ({
    found: [],
    problems: [{ source: file, path: '', message, isUnreadable: true }],
  });
  try {
    const stats = await stat(file);
    // A pipe would be waited for without end.
    if (!stats.isFile()) return unreadable('is not a file');
    const bytes = stats.size > MOST_BYTES ? undefined : await readFile(file);
    if (!bytes || bytes.length > MOST_BYTES) return broken('is larger than 1 MB; a file of policies is not');
    return readPolicyText(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return broken('is not in UTF-8; save it in that encoding');
    }
    return unreadable(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
