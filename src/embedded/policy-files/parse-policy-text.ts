import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import { shortJson, type PolicyProblem } from '../policy/policy-error.ts';
import type { Path } from '../../internal/json-path.ts';
import { readPolicies, type ParseResult } from '../policy/parse-policies.ts';
import { jsonFault } from './json-fault.ts';
import { messageOf } from '../../internal/error-message.ts';

/** Prevents nested aliases from expanding to gigabytes. */
const MAX_ALIASES = 100;
const MAX_LEVELS = 100;

/**
 * Parses policies in JSON or YAML 1.2 (a superset of JSON), one document or several. A `.json` file must be JSON: YAML
 * reads what is missing a quote as another text, and the rule never matches.
 */
export function parsePolicyText(text: string, source: string): ParseResult {
  const isJson = /\.json$/i.test(source) && text.trim() !== '';
  const fault = isJson ? jsonFault(text) : undefined;
  if (!fault) return parseYaml(text, source);
  const before = text.slice(0, fault.offset).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const message = `is not JSON at column ${column}: ${fault.message}`;
  return invalid([{ source, line: before.length, path: '', message }]);
}

function parseYaml(text: string, source: string): ParseResult {
  if (isTooDeep(text)) {
    return invalid([{ source, path: '', message: `is nested deeper than ${MAX_LEVELS} levels; a policy has six` }]);
  }
  const lines = new LineCounter();
  let documents: readonly Document[];
  try {
    documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // Checked below: the parser's check is quadratic.
      uniqueKeys: false,
      schema: 'core',
      version: '1.2',
    });
  } catch (error) {
    return invalid([{ source, path: '', message: `cannot be read: ${messageOf(error)}` }]);
  }
  const nonEmpty = documents.filter(({ contents, errors }) => !isEmpty(contents) || errors.length > 0);
  if (nonEmpty.length === 0) return invalid([{ source, path: '', message: 'is empty; write a policy' }]);
  const results = nonEmpty.map((document) => parseDocument(document, source, lines));
  return {
    found: results.flatMap(({ found }) => found),
    problems: results.flatMap(({ problems }) => problems),
  };
}

function parseDocument(document: Document, source: string, lines: LineCounter): ParseResult {
  const problem = (offset: number, message: string): PolicyProblem => {
    return { source, line: lines.linePos(offset).line, path: '', message };
  };
  // A warning is about an unknown tag or directive, whose effect on the value is unknown.
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => {
    const hint = message.startsWith('Comments must be separated') ? '; quote a string that begins with #' : '';
    return problem(pos[0], `${message}${hint}`);
  });
  let aliases = 0;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const message = `duplicate key ${shortJson(key.value)}`;
        if (keys.has(key.value)) problems.push(problem(key.range?.[0] ?? 0, message));
        keys.add(key.value);
      }
    },
    Alias: (_, alias) => {
      // Resolving searches the whole document; toJS below rejects too many.
      aliases += 1;
      if (aliases > MAX_ALIASES) return visit.BREAK;
      if (alias.resolve(document)) return undefined;
      const message = `*${alias.source} is an unknown alias; quote a string that begins with *`;
      problems.push(problem(alias.range?.[0] ?? 0, message));
      return undefined;
    },
  });
  if (problems.length > 0) return invalid(problems);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return readPolicies(value, { source, lineOf: (path) => lineOf(document, lines, path) });
  } catch (error) {
    return invalid([{ source, path: '', message: `cannot be read: ${messageOf(error)}` }]);
  }
}

/** Returns the line of a key or array item, or that of its parent if it is missing. */
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
 * Estimates the nesting before parsing, because the recursive parser can overflow the stack. Counts open brackets, and
 * the indentation, indicators and keys (`- - a: `) of a line before its first bracket.
 */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + ('[{'.includes(bracket) ? 1 : -1));
    if (open > MAX_LEVELS) return true;
  }
  return text.split('\n').some((line) => {
    const [start = ''] = line.split(/[[{]/, 1);
    const blanks = start.length - start.trimStart().length;
    const levels = start.match(/(?<![^ \t])[-?:&!]|:(?=[ \t])/g)?.length ?? 0;
    return Math.max(blanks, levels) > MAX_LEVELS;
  });
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '');
}

function invalid(problems: readonly PolicyProblem[]): ParseResult {
  return { found: [], problems };
}
