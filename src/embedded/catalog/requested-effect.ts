import type { Argument } from './arguments.ts';
import { holdsCode } from './code-in.ts';
import { memoizeByKey } from '../detection/key-words.ts';
import { FIELDS, SQL } from './name-words.ts';
import { readName } from './read-name.ts';
import { sendsAnyRequest } from './requests-in.ts';
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
  const kinds: Kinds = {
    isDatabase: words.some((word) => SQL.databases.has(word)),
    downloads: words.includes('download') && given.some(({ field }) => FIELDS.requestUrls.has(field.name)),
    sendsRequests: sendsAnyRequest(functionName),
  };
  const runsCode = holdsCode(given, functionName);
  const effects: StatementEffect[] = [{ changes: runsCode, isAdmin: false, isDestructive: false, runsCode }];
  for (const argument of given) {
    for (const effect of effectsOf(argument, kinds)) effects.push(effect);
  }
  return combined(effects);
}

/** What a function does with its arguments. */
interface Kinds {
  readonly isDatabase: boolean;
  readonly downloads: boolean;
  readonly sendsRequests: boolean;
}

/** What a field's name says of its value. Memoized: a call may have many fields of one name. */
const kindOf = memoizeByKey((name) => {
  const words = name.split('_');
  return {
    isSql: words.some((word) => word === 'sql' || word === 'cypher' || word === 'cql'),
    isStatement: words.some((word) => FIELDS.statementWords.has(word)),
    isAction: FIELDS.actions.has(name),
    erases: /^(?:cancel|delete|destroy|erase|expunge|purge|revoke|wipe)(?:_|$)/.test(name),
    isSaved: FIELDS.savedTo.has(name),
    isDownloaded: FIELDS.downloadedTo.has(name),
    isPlaceOrPath: FIELDS.placesOrPaths.has(name),
  };
});

const NONE: readonly StatementEffect[] = [];
const CHANGE: StatementEffect = { changes: true, isAdmin: false, isDestructive: false, runsCode: false };

function effectsOf(
  { field, above, value }: Argument,
  { isDatabase, downloads, sendsRequests }: Kinds,
): readonly StatementEffect[] {
  const kind = kindOf(field.name);
  const { isSql, isStatement, isAction } = kind;
  // The name of a field in a query that is an object: `{ delete: 'users' }`. The name of one in a request, or of a switch
  // that is on: `{ deleteSheet: { id: 1 } }`, `{ delete_after_reading: true }`.
  const isCommand = isDatabase && kindOf(above.name).isStatement;
  const command = [
    ...(isCommand || (kind.erases && (value === true || value === 'true')) ? [effectOfAction(field.name)] : NONE),
    ...(sendsRequests && kindOf(above.name).erases ? [effectOfAction(above.name)] : NONE),
  ];
  if (typeof value !== 'string') return command;
  const isSaved = kind.isSaved || (downloads && kind.isDownloaded) || (kind.isPlaceOrPath && PATH.test(value));
  if (!isStatement && !isAction && !isSaved && !isDatabase) return command;
  return [
    ...command,
    ...(isAction ? [effectOfAction(value)] : []),
    ...(isStatement || isDatabase ? [effectOfStatements(value, isSql || (isStatement && isDatabase))] : []),
    ...(isSaved ? [CHANGE] : []),
  ];
}

function effectOfAction(action: string): StatementEffect {
  const { does, isAdmin, isDestructive, category } = readName(action);
  const changes = does === 'changes';
  return { changes, isAdmin, isDestructive, runsCode: changes && category === 'code' };
}
