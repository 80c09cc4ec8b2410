import { readFile, stat } from 'node:fs/promises';
import { shortJson, type PolicyProblem } from '../policy/policy-error.ts';
import type { Policy } from '../policy/policy.ts';
import { policiesOf, type ParseResult } from '../policy/parse-policies.ts';
import { findPolicyFiles } from './find-policy-files.ts';
import { parsePolicyText } from './parse-policy-text.ts';
import { messageOf } from '../../internal/error-message.ts';

const MAX_BYTES = 1_000_000;

/**
 * Loads policies from files in JSON or YAML, in the order of the files' paths.
 *
 * @param paths a file, a folder (its `*.json`, `*.yaml` and `*.yml`), a glob (`policies/*.{json,yaml}`; `**` is any
 * number of folders), or an array of these; relative paths start at the working directory
 * @throws PolicyError with all problems of all files, and if a path or glob finds nothing
 */
export async function loadPolicies(paths: string | readonly string[]): Promise<readonly Policy[]> {
  return loadPoliciesWith(paths, []);
}

/**
 * Loads policies from files, followed by fixed policies. A file cannot replace a fixed policy, because deleting the
 * file would then remove the policy.
 *
 * @throws PolicyError as `loadPolicies` does, and if a file has the name or id of a fixed policy
 */
export async function loadPoliciesWith(
  paths: string | readonly string[],
  fixed: readonly Policy[],
): Promise<readonly Policy[]> {
  const { files, problems } = await findPolicyFiles(paths);
  const results: ParseResult[] = [{ found: [], problems }];
  // One by one, because of the limit of open files.
  for (const file of files) results.push(await readPolicyFile(file));
  const conflicts = results.flatMap(({ found }) => found.flatMap((one) => nameConflict(one, fixed)));
  return Object.freeze([...policiesOf([...results, { found: [], problems: conflicts }]), ...fixed]);
}

function nameConflict(
  { policy, location }: ParseResult['found'][number],
  fixed: readonly Policy[],
): readonly PolicyProblem[] {
  const keys = [
    ['name', policy.name, fixed.some(({ name }) => name === policy.name)],
    ['policy_id', policy.policyId, fixed.some(({ policyId }) => policyId === policy.policyId)],
  ] as const;
  const [key, word] = keys.find(([, , isTaken]) => isTaken) ?? [];
  if (key === undefined) return [];
  const message = `is the ${key} of a policy that was passed as an object or a pack; use another ${key}`;
  return [
    { ...location, path: location.path === '' ? key : `${location.path}.${key}`, value: shortJson(word), message },
  ];
}

async function readPolicyFile(file: string): Promise<ParseResult> {
  const invalid = (message: string): ParseResult => ({ found: [], problems: [{ source: file, path: '', message }] });
  const unreadable = (message: string): ParseResult => ({
    found: [],
    problems: [{ source: file, path: '', message, isUnreadable: true }],
  });
  try {
    const stats = await stat(file);
    // Reading a pipe could wait forever.
    if (!stats.isFile()) return unreadable('is not a file');
    const bytes = stats.size > MAX_BYTES ? undefined : await readFile(file);
    if (!bytes || bytes.length > MAX_BYTES) return invalid('is larger than 1 MB, the limit of a policy file');
    return parsePolicyText(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return invalid('is not valid UTF-8; save it as UTF-8');
    }
    return unreadable(`cannot be read: ${messageOf(error)}`);
  }
}
