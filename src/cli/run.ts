import { readFileSync } from 'node:fs';
import { nearest } from '../internal/nearest.ts';
import { CommandError, type Command, type CommandGroup, type Io, errorText } from './command.ts';
import { helpOf, helpOfAll, PROGRAM } from './help.ts';
import { parseCommandLine } from './parse.ts';
import { visible } from './format.ts';
import { approvalsApprove, approvalsDeny, approvalsList } from './approvals.ts';
import { gateway } from './gateway.ts';
import { policyTest, policyValidate } from './policy.ts';
import { runsCancel, runsResume } from './runs-resume.ts';
import { runsList } from './runs-list.ts';
import { runsShow } from './runs-show.ts';
import { scan } from './scan.ts';

/** Every command there is. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  gateway,
  { name: 'policy', summary: 'Check and try policies', commands: [policyValidate, policyTest] },
  {
    name: 'approvals',
    summary: 'Decide about calls that wait for a person',
    commands: [approvalsList, approvalsApprove, approvalsDeny],
  },
  {
    name: 'runs',
    summary: 'See and go on with the runs that have a journal',
    commands: [runsList, runsShow, runsResume, runsCancel],
  },
  scan,
];

/**
 * One command line, from its words to its exit code (`EXIT_CODES` says what these mean). It never rejects.
 *
 * @param args what stands after the program's name
 */
export async function run(args: readonly string[], around: Io): Promise<number> {
  const io: Io = {
    ...around,
    // Whatever a command forgets.
    write: (text) => {
      around.write(visible(text));
    },
    log: (text) => {
      around.log(visible(text));
    },
  };
  const place = find(args[0] === 'help' ? [...args.slice(1), '--help'] : args);
  const path = [PROGRAM, ...place.path].join(' ');
  try {
    return place.command ? await runCommand(place.command, place.rest, path, io) : await runTable(place, path, io);
  } catch (error) {
    const exitCode = error instanceof CommandError ? error.exitCode : 3;
    const hint = exitCode === 2 ? `\n${path} --help tells how it is used.` : '';
    io.log(`${path}: ${errorText(error, hasFlag(place.rest, '--debug'))}${hint}\n`);
    return exitCode;
  }
}

interface Place {
  /** The names that were found. */
  readonly path: readonly string[];
  readonly command?: Command;
  readonly table: readonly (Command | CommandGroup)[];
  readonly summary: string;
  readonly rest: readonly string[];
}

const ALL: Place = {
  path: [],
  table: COMMANDS,
  summary: 'A firewall between an LLM assistant’s tool calls and the code that runs them',
  rest: [],
};

function find(words: readonly string[], { path, table, summary }: Place = ALL): Place {
  const entry = table.find(({ name }) => name === words[0]);
  if (!entry) return { path, table, summary, rest: words };
  const at = { path: [...path, entry.name], summary: entry.summary, rest: words.slice(1) };
  return 'commands' in entry ? find(at.rest, { ...at, table: entry.commands }) : { ...at, table: [], command: entry };
}

async function runCommand(command: Command, words: readonly string[], path: string, io: Io): Promise<number> {
  if (hasFlag(words, '--help') || hasFlag(words, '-h')) {
    io.write(helpOf(command, path));
    return 0;
  }
  return command.run(parseCommandLine(command, words), io);
}

async function runTable({ path: names, table, summary, rest }: Place, path: string, io: Io): Promise<number> {
  const [word] = rest;
  const text = helpOfAll(`${summary}.`, path, table);
  if (word === undefined) {
    io.log(text);
    return 2;
  }
  if (word === '--version' && names.length === 0) {
    io.write(`${version()}\n`);
    return 0;
  }
  if (!['--help', '-h'].includes(word)) throw new CommandError(2, unknownCommand(word, table));
  io.write(text);
  return 0;
}

function unknownCommand(word: string, table: Place['table']): string {
  if (word.startsWith('-')) return `${word.replace(/=.*$/s, '')} must stand after a command.`;
  const names = table.map(({ name }) => name);
  const meant = nearest(word, names) ?? inGroup(word, table);
  return `There is no command "${word}"${meant === undefined ? `; there are ${names.join(', ')}.` : `; did you mean ${meant}?`}`;
}

/** `approve` is `approvals approve`. */
function inGroup(word: string, table: Place['table']): string | undefined {
  const paths = table.flatMap((entry) =>
    'commands' in entry ? entry.commands.map(({ name }) => [name, `${entry.name} ${name}`] as const) : [],
  );
  const meant = nearest(
    word,
    paths.map(([name]) => name),
  );
  return paths.find(([name]) => name === meant)?.[1];
}

/** After `--` everything is an operand. */
function hasFlag(words: readonly string[], option: string): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes(option);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
