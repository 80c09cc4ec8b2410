import type { Argument } from './arguments.ts';
import { FIELDS, SQL } from './name-words.ts';
import { readName } from './read-name.ts';

/** The effect that the arguments of a call request. */
export interface RequestedEffect {
  readonly changes: boolean;
  readonly isAdmin: boolean;
  readonly isDestructive: boolean;
}

/** The number of words of a statement that are read. */
const MAX_WORDS = 12;

/**
 * Reads the effect that arguments request with actions and SQL statements. It can only make the decision stricter.
 *
 * @param functionName the function's name, which decides whether string arguments are SQL
 */
export function requestedEffect(given: readonly Argument[], functionName = ''): RequestedEffect {
  const isDatabase = readName(functionName).words.some((word) => SQL.databases.has(word));
  let effect: RequestedEffect = { changes: false, isAdmin: false, isDestructive: false };
  for (const { field, value } of given) {
    if (typeof value !== 'string') continue;
    if (FIELDS.actions.has(field.name)) effect = both(effect, effectOfAction(value));
    const isSql = field.words.includes('sql');
    if (isSql || field.words.some((word) => FIELDS.statementWords.has(word))) {
      effect = both(effect, effectOfStatements(value, isSql || isDatabase));
    }
  }
  return effect;
}

function effectOfAction(action: string): RequestedEffect {
  const { does, isAdmin, isDestructive } = readName(action);
  return { changes: does === 'changes', isAdmin, isDestructive };
}

/**
 * Reads consecutive statements (`;`), nested ones (`(`), and those after table expressions (`WITH … AS (…) DELETE`).
 */
function effectOfStatements(text: string, isSql: boolean): RequestedEffect {
  let effect: RequestedEffect = { changes: false, isAdmin: false, isDestructive: false };
  for (const statement of withoutComments(text).split(/[;()]/)) {
    const all = statement.trim().slice(0, 400).toLowerCase().split(/\W+/, MAX_WORDS);
    const statementWords = all.filter((word) => word !== '' && !SQL.prefixes.has(word));
    const [first = '', second = '', ...others] = statementWords;
    const isChange = SQL.changing.has(first) && (isSql || SQL.followers.has(second) || isUpdate(first, others));
    if (!isChange) continue;
    const isAdmin = first === 'grant' || first === 'revoke';
    effect = both(effect, { changes: true, isAdmin, isDestructive: SQL.destructive.has(first) });
  }
  return effect;
}

function isUpdate(first: string, others: readonly string[]): boolean {
  return first === 'update' ? others.slice(0, 4).includes('set') : first === 'grant' && others.includes('to');
}

function withoutComments(sql: string): string {
  if (!sql.includes('/*') && !sql.includes('--')) return sql;
  // MySQL executes comments that begin with an exclamation mark.
  const [before = '', ...others] = sql.replace(/\/\*!\d{0,6}/g, ' ').split('/*');
  const after = others.map((part) => (part.includes('*/') ? part.slice(part.indexOf('*/') + 2) : ''));
  return [before, ...after].join(' ').replace(/--[^\n]*/g, ' ');
}

function both(one: RequestedEffect, other: RequestedEffect): RequestedEffect {
  return {
    changes: one.changes || other.changes,
    isAdmin: one.isAdmin || other.isAdmin,
    isDestructive: one.isDestructive || other.isDestructive,
  };
}
