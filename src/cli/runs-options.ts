import { CommandError } from './command.ts';

/** A shorter prefix could match another run by chance. */
export const MIN_PREFIX_LENGTH = 8;

export const ID_HELP: string = `ID is a run id from runs list, or a unique prefix of at least ${MIN_PREFIX_LENGTH} characters.`;

export const RUNNER_OPTION = {
  runner: {
    type: 'string',
    value: 'MODULE',
    description:
      'an ES module of yours, by its path from here, that exports runner (or default): your GuardedRunner, or a function that returns it; and context, if handlers need one',
  },
} as const;

/** Exit codes of `runs resume` and `runs cancel`, beside those of every command. */
export const RUN_EXIT_CODES = { waits: 4, inUse: 5 } as const;

export function required(option: string, value: string | undefined, means: string): string {
  if (value === undefined) throw new CommandError(2, `--${option} is missing: ${means}.`);
  return value;
}
