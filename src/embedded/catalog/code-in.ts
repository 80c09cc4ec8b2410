import type { Argument } from './arguments.ts';
import { FIELDS, WORDS } from './name-words.ts';
import { readName } from './read-name.ts';

/** Statements and calls as programs have them; prose has a blank before a bracket. */
const CODE =
  /[A-Za-z_$][\w$]*\([^)]{0,200}\)|^\s*[\w$.[\]]+\s*[-+*/]?=\s*\S|=>|^#!|<\?php|<script\b|(?:^|[\n;{])\s*(?:import\s+[\w{*]|from\s+[\w.]+\s+import\b|def\s+\w+|class\s+\w+\s*[:({]|const\s+\w|let\s+\w+\s*=|#include\b|require\s*[('"]|(?:for|while|if)\s*\(|return\s|export\s)/m;
/** What a shell reads as more than words: options, pipes, redirections, substitutions, paths. */
const SHELL = /(?:^|\s)--?[A-Za-z][\w-]*(?:[\s=]|$)|[|<>`]|&&|;\s*\S|\$[({\w]|(?:^|\s)(?:[.~]{1,2}\/\S|\/[\w.-]+\/)/;

/** Returns true if an argument holds code or a command, by its name and its value. */
export function holdsCode(given: readonly Argument[], functionName: string): boolean {
  const { words } = readName(functionName);
  const isProgram = words.length === 1 && WORDS.shellPrograms.has(words[0] ?? '');
  const runs = words.some((word) => WORDS.runners.has(word));
  return given.some(({ field, value }) => {
    if (typeof value !== 'string' || value.trim() === '' || isUrl(value)) return false;
    const last = field.words.at(-1) ?? '';
    if (FIELDS.commandWords.has(last)) return isCommand(value) || CODE.test(value);
    if (FIELDS.codeWords.has(last)) return runs || CODE.test(value) || (isCommand(value) && SHELL.test(value));
    return FIELDS.programOptions.has(field.name) && (isProgram || /^\s*--?[A-Za-z]/.test(value));
  });
}

/** Returns true for a URL, which may have brackets: `https://en.wikipedia.org/wiki/Python_(language)`. */
function isUrl(text: string): boolean {
  return /^\s*https?:\/\/\S+\s*$/i.test(text);
}

/** Returns true for a text that begins with a program: `df`, `/usr/bin/id`; words of plain English need an option. */
function isCommand(text: string): boolean {
  const [first = ''] = text.trim().split(/\s/, 1);
  const program = first
    .replace(/^.*[\\/]/, '')
    .replace(/\.exe$/i, '')
    .toLowerCase();
  return WORDS.shellPrograms.has(program) || SHELL.test(text);
}
