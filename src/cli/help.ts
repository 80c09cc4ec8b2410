import { commandsIn, EXIT_CODES, type Command, type CommandGroup, type CommandOption } from './command.ts';
import { COMMON_OPTIONS } from './parse.ts';

export const PROGRAM = 'interven-openai-assistants';

type Row = readonly [left: string, right: string];

/** The help page of the program or of a group of commands. */
export function helpOfAll(title: string, path: string, entries: readonly (Command | CommandGroup)[]): string {
  const rows = commandsIn(entries).map(([name, { operands, summary }]): Row => {
    return [operands === undefined ? name : `${name} ${operands}`, summary];
  });
  return page([
    title,
    `Usage: ${path} COMMAND`,
    section('Commands', rows),
    section('Options', [
      ['-h, --help', 'print this page; after a command, its own page'],
      ...(path === PROGRAM ? [['-v, --version', 'print the version'] as const] : []),
    ]),
    exitCodes(),
  ]);
}

/** @param path the words before the options, such as `interven-openai-assistants policy test` */
export function helpOf(command: Command, path: string): string {
  const { summary, description, operands = '', options, environment = {}, examples } = command;
  const own = Object.entries(options).map(optionRow);
  return page([
    description === undefined ? `${summary}.` : `${summary}. ${description}`,
    `Usage: ${[path, ...(operands === '' ? [] : [operands]), '[OPTIONS]'].join(' ')}`,
    section('Options', [...own, ...Object.entries(COMMON_OPTIONS).map(optionRow)]),
    section('Environment', Object.entries(environment)),
    `Examples:\n${examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`).join('\n')}`,
    exitCodes(),
  ]);
}

function optionRow([name, { type, value = 'VALUE', multiple, description }]: readonly [string, CommandOption]): Row {
  const several = multiple === true ? '; may be repeated or comma-separated' : '';
  return [`--${name}${type === 'boolean' ? '' : ` ${value}`}`, `${description}${several}`];
}

function exitCodes(): string {
  return section(
    'Exit codes',
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
  );
}

function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = ' '.repeat(width + 4);
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${wrapped(right, 100 - indent.length, indent)}`);
  return `${title}:\n${lines.join('\n')}`;
}

function page(parts: readonly string[]): string {
  const blocks = parts.filter((part) => part !== '');
  return `${blocks.map((part) => (part.includes('\n') ? part : wrapped(part, 100, ''))).join('\n\n')}\n`;
}

function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > Math.max(width, 30)) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}
