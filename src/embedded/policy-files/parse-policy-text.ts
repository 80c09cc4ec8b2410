import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import { shortJson, type PolicyProblem } from '../policy/policy-error.ts';
import type { Path } from '../policy/policy-problems.ts';
import { readPolicies, type Reading } from '../policy/parse-policies.ts';
import { jsonFault } from './json-fault.ts';

/** More than a policy needs; few enough that lists of lists of aliases cannot fill the memory. */
const MOST_ALIASES = 100;
const MOST_LEVELS = 100;

/**
 * The policies in a text of JSON or YAML 1.2, of which JSON is a part: one document or several. What is wrong with a file that is
 * called `.json` is said in JSON's words.
 */
export function readPolicyText(text: string, source: string): Reading {
  const reading = readYaml(text, source);
  if (reading.problems.length === 0 || text.trim() === '' || !/\.json$/i.test(source)) return reading;
  const fault = jsonFault(text);
  if (!fault) return reading;
  const before = text.slice(0, fault.offset).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const message = `is not JSON at column ${column}: ${fault.message}`;
  return broken([{ source, line: before.length, path: '', message }]);
}

function readYaml(text: string, source: string): Reading {
  if (isTooDeep(text)) {
    return broken([
      { source, path: '', message: `is nested too deep: ${MOST_LEVELS} levels are the most, a policy has six` },
    ]);
  }
  const lines = new LineCounter();
  let documents: readonly Document[];
  try {
    documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // Checked below: the parser compares every key with every other.
      uniqueKeys: false,
      schema: 'core',
      version: '1.2',
    });
  } catch (error) {
    return broken([{ source, path: '', message: `cannot be read: ${wordsOf(error)}` }]);
  }
  const written = documents.filter(({ contents, errors }) => !isEmpty(contents) || errors.length > 0);
  if (written.length === 0) return broken([{ source, path: '', message: 'is empty; it must have a policy' }]);
  const readings = written.map((document) => readDocument(document, source, lines));
  return {
    found: readings.flatMap(({ found }) => found),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

function readDocument(document: Document, source: string, lines: LineCounter): Reading {
  const problem = (offset: number, message: string): PolicyProblem => {
    return { source, line: lines.linePos(offset).line, path: '', message };
  };
  // A warning is about a tag or a directive that is not known: what it would have made of the value, nobody can tell.
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => {
    const hint = message.startsWith('Comments must be separated')
      ? '; a text that begins with # must be in quotes'
      : '';
    return problem(pos[0], `${message}${hint}`);
  });
  let aliases = 0;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const message = `the key ${shortJson(key.value)} stands twice in one object`;
        if (keys.has(key.value)) problems.push(problem(key.range?.[0] ?? 0, message));
        keys.add(key.value);
      }
    },
    Alias: (_, alias) => {
      // Each is looked for in the whole document; so many are refused below.
      aliases += 1;
      if (aliases > MOST_ALIASES) return visit.BREAK;
      if (alias.resolve(document)) return undefined;
      const message = `*${alias.source} names nothing; a text that begins with * must be in quotes`;
      problems.push(problem(alias.range?.[0] ?? 0, message));
      return undefined;
    },
  });
  if (problems.length > 0) return broken(problems);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return readPolicies(value, { source, lineOf: (path) => lineOf(document, lines, path) });
  } catch (error) {
    return broken([{ source, path: '', message: `cannot be read: ${wordsOf(error)}` }]);
  }
}

/** The line of the key or the list item; of one that is missing, the line of what it is missing in. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0];
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!pair) break;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/**
 * The parser calls itself for every level, and may take the process with it where the stack ends, so this is told from the text:
 * by the brackets that are open, and by the blanks, indicators and keys (`- - a: `) of a line before its first bracket.
 */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + ('[{'.includes(bracket) ? 1 : -1));
    if (open > MOST_LEVELS) return true;
  }
  return text.split('\n').some((line) => {
    const [start = ''] = line.split(/[[{]/, 1);
    const blanks = start.length - start.trimStart().length;
    const levels = start.match(/(?<![^ \t])[-?:&!]|:(?=[ \t])/g)?.length ?? 0;
    return Math.max(blanks, levels) > MOST_LEVELS;
  });
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '');
}

function broken(problems: readonly PolicyProblem[]): Reading {
  return { found: [], problems };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
