import { loadPolicies } from '../embedded/policy-files/load-policies.ts';
import { findPolicyFiles } from '../embedded/policy-files/find-policy-files.ts';
import { PolicyError, problemText, type PolicyProblem } from '../embedded/policy/policy-error.ts';
import type { Policy } from '../embedded/policy/policy.ts';
import { command, type Command } from './command.ts';
import { oneLine } from './visible.ts';

export const policyValidate: Command = command({
  name: 'validate',
  summary: 'Tell whether policies can be used, and everything that is wrong with them',
  description:
    'The files are checked as one set, as the gateway would load them: two policies of one name are a mistake.',
  operands: 'FILE…',
  options: {},
  examples: [
    ['interven-openai-assistants policy validate policies', 'all files of a folder'],
    ["interven-openai-assistants policy validate 'policies/**/*.yaml'", 'a glob, in quotes'],
  ],
  async run({ operands, json }, io) {
    const { files } = await findPolicyFiles(operands);
    const { policies, problems } = await read(operands);
    if (json) {
      io.write(
        `${JSON.stringify({ ok: problems.length === 0, files, policies: policies.map(({ name }) => name), problems })}\n`,
      );
    } else {
      for (const file of files) {
        if (!problems.some(({ source }) => source === file)) io.write(`ok    ${oneLine(file)}\n`);
      }
      for (const problem of problems) io.write(`wrong ${oneLine(problemText(problem))}\n`);
    }
    if (problems.some(({ isUnreadable }) => isUnreadable)) return 3;
    return problems.length === 0 ? 0 : 1;
  },
});

async function read(
  paths: readonly string[],
): Promise<{ readonly policies: readonly Policy[]; readonly problems: readonly PolicyProblem[] }> {
  try {
    return { policies: await loadPolicies(paths), problems: [] };
  } catch (error) {
    if (error instanceof PolicyError) return { policies: [], problems: error.problems };
    throw error;
  }
}
