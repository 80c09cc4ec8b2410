import type { Argument } from './arguments.ts';
import { holdsCode } from './code-in.ts';
import { FIELDS, SQL } from './name-words.ts';
import { readName } from './read-name.ts';
import { combined, effectOfStatements, type StatementEffect } from './statements.ts';

/** The effect that the arguments of a call request. */
export type RequestedEffect = StatementEffect;

/** A path, and no word such as the name of a town. */
const PATH = /^\s*(?:[~.]{0,2}[\\/]|[A-Za-z]:\\|[^\s:]+[\\/])|\.\w{1,5}\s*$/;

/**
 * Reads the effect that arguments request with actions, statements, code, and places to write to. It can only make the
 * decision stricter.
 *
 * @param functionName the function's name, which decides whether string arguments are SQL
 */
export function requestedEffect(given: readonly Argument[], functionName = ''): RequestedEffect {
  const { words } = readName(functionName);
  const isDatabase = words.some((word) => SQL.databases.has(word));
  const downloads = words.includes('download') && given.some(({ field }) => FIELDS.requestUrls.has(field.name));
  const runsCode = holdsCode(given, functionName);
  const effects = given.flatMap((argument) => effectsOf(argument, isDatabase, downloads));
  return combined([...effects, { changes: runsCode, isAdmin: false, isDestructive: false, runsCode }]);
}

const NONE: readonly StatementEffect[] = [];

function effectsOf(
  { field, above, value }: Argument,
  isDatabase: boolean,
  downloads: boolean,
): readonly StatementEffect[] {
  const isSql = field.words.some((word) => word === 'sql' || word === 'cypher' || word === 'cql');
  const isNamed = field.words.some((word) => FIELDS.statementWords.has(word));
  const isStatement = isNamed || isDatabase;
  const isCommand = isDatabase && above.words.some((word) => FIELDS.statementWords.has(word));
  if (typeof value !== 'string') return isCommand ? [effectOfAction(field.name)] : NONE;
  const isSaved =
    FIELDS.savedTo.has(field.name) ||
    (downloads && FIELDS.downloadedTo.has(field.name)) ||
    (FIELDS.placesOrPaths.has(field.name) && PATH.test(value));
  if (!isStatement && !isCommand && !isSaved && !FIELDS.actions.has(field.name)) return NONE;
  return [
    ...(isCommand ? [effectOfAction(field.name)] : []),
    ...(FIELDS.actions.has(field.name) ? [effectOfAction(value)] : []),
    ...(isStatement ? [effectOfStatements(value, isSql || (isNamed && isDatabase))] : []),
    ...(isSaved ? [{ changes: true, isAdmin: false, isDestructive: false, runsCode: false }] : []),
  ];
}

function effectOfAction(action: string): StatementEffect {
  const { does, isAdmin, isDestructive } = readName(action);
  return { changes: does === 'changes', isAdmin, isDestructive, runsCode: false };
}
