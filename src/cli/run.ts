import { readFileSync } from 'node:fs';
import { nearest } from '../internal/nearest.ts';
import { CommandError, commandsIn, type Command, type CommandGroup, type Io, errorText } from './command.ts';
import { helpOf, helpOfAll, PROGRAM } from './help.ts';
import { nearestOption, parseCommandLine } from './parse.ts';
import { visible } from './format.ts';
import { approvalsApprove, approvalsDeny, approvalsList } from './approvals.ts';
import { approvalsGrants, approvalsRevoke } from './grants.ts';
import { decisionsReport } from './decisions-report.ts';
import { demo } from './demo/demo.ts';
import { gateway } from './gateway.ts';
import { gatewayFreeze, gatewayUnfreeze } from './gateway-freeze.ts';
import { logVerify } from './log-verify.ts';
import { migrateCommand } from './migrate.ts';
import { policyExplain } from './policy-explain.ts';
import { policyReplay } from './policy-replay.ts';
import { policyTest, policyValidate } from './policy.ts';
import { runsCancel, runsResume } from './runs-resume.ts';
import { runsList } from './runs-list.ts';
import { runsPrune } from './runs-prune.ts';
import { runsShow } from './runs-show.ts';
import { scan } from './scan.ts';

/** All commands. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  demo,
  gateway,
  gatewayFreeze,
  gatewayUnfreeze,
  {
    name: 'decisions',
    summary: 'Report on logged decisions',
    commands: [decisionsReport],
  },
  {
    name: 'policy',
    summary: 'Validate, test, replay and explain policies',
    commands: [policyValidate, policyTest, policyReplay, policyExplain],
  },
  {
    name: 'approvals',
    summary: 'List and decide pending approvals; list and end grants',
    commands: [approvalsList, approvalsApprove, approvalsDeny, approvalsGrants, approvalsRevoke],
  },
  {
    name: 'runs',
    summary: 'Inspect, resume, cancel and prune runs that have a journal',
    commands: [runsList, runsShow, runsResume, runsCancel, runsPrune],
  },
  { name: 'log', summary: 'Verify the audit log of a gateway', commands: [logVerify] },
  scan,
  migrateCommand,
];

/**
 * Runs one command line. Resolves with the exit code (see `EXIT_CODES`) and never rejects.
 *
 * @param args the words after the program's name
 */
export async function run(args: readonly string[], around: Io): Promise<number> {
  const io: Io = {
    ...around,
    // Escapes again, in case a command forgets to.
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
    const hint = exitCode === 2 ? `\nRun "${path} --help" for usage.` : '';
    io.log(`${path}: ${errorText(error, hasFlag(place.rest, '--debug'))}${hint}\n`);
    return exitCode;
  }
}

interface Place {
  /** The names of the command found so far. */
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
  // "gateway freeze" comes after "gateway", so that the longer name wins.
  const entry = table.findLast(({ name }) => name.split(' ').every((word, at) => words[at] === word));
  if (!entry) return { path, table, summary, rest: words };
  const at = { path: [...path, entry.name], summary: entry.summary, rest: words.slice(entry.name.split(' ').length) };
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
  if ((word === '--version' || word === '-v') && names.length === 0) {
    io.write(`${version()}\n`);
    return 0;
  }
  if (!['--help', '-h'].includes(word)) throw new CommandError(2, unknownCommand(word, names, table));
  io.write(text);
  return 0;
}

function unknownCommand(word: string, path: readonly string[], table: Place['table']): string {
  if (word.startsWith('-')) return misplacedOption(word.replace(/=.*$/s, ''), path, table);
  const names = table.map(({ name }) => name);
  const meant = nearest(word, names) ?? inGroup(word, table);
  return `Unknown command "${word}". ${meant === undefined ? `Commands: ${names.join(', ')}.` : `Did you mean "${meant}"?`}`;
}

/** Names the commands that take the option, such as `--port`, or the option that is closest to it. */
function misplacedOption(option: string, path: readonly string[], table: Place['table']): string {
  const commands = commandsIn(table).map(([name, command]) => [[...path, name].join(' '), command] as const);
  const general = ['help', ...(path.length === 0 ? ['version'] : [])];
  const known = [...new Set([...general, ...commands.flatMap(([, { options }]) => Object.keys(options))])];
  const given = option.replace(/^-+/, '');
  const name = option.startsWith('--') && !known.includes(given) ? nearestOption(given, known) : given;
  const takers = commands.flatMap(([command, { options }]) =>
    name !== undefined && Object.hasOwn(options, name) ? [`"${command}"`] : [],
  );
  if (name === given && takers.length > 0) return `${option} belongs after a command: ${takers.join(', ')}.`;
  const after = takers.length === 0 ? '' : ` It belongs after a command: ${takers.join(', ')}.`;
  if (name !== undefined && name !== given) return `Unknown option ${option}. Did you mean --${name}?${after}`;
  return `Unknown option ${option}.`;
}

/** Finds `approvals approve` for `approve`. */
function inGroup(word: string, table: Place['table']): string | undefined {
  const groups = table.filter((entry) => 'commands' in entry);
  const commands = commandsIn(groups);
  const meant = nearest(
    word,
    commands.map(([, { name }]) => name),
  );
  return commands.find(([, { name }]) => name === meant)?.[0];
}

/** Returns true if a flag is present. Words after `--` are operands. */
function hasFlag(words: readonly string[], option: string): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes(option);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
