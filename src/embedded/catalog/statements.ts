import { SQL } from './name-words.ts';

/** What statements do. */
export interface StatementEffect {
  readonly changes: boolean;
  readonly isAdmin: boolean;
  readonly isDestructive: boolean;
  /** True if the database runs a program, or reads or writes a file. */
  readonly runsCode: boolean;
}

const NO_EFFECT: StatementEffect = { changes: false, isAdmin: false, isDestructive: false, runsCode: false };
/** The number of words of a statement that are read. */
const MAX_WORDS = 12;
/** The beginning of a text in SQL, Cypher, or the language of MongoDB's shell. */
const QUERY = /^\W*(?:select|with|if|begin|declare|exec|execute|do|call|match|explain|set|use|show|db)\b/i;
/** Statements that delete, wherever they stand: behind a separator, in a branch, in a text that is executed. */
const DELETION =
  /\b(?:delete\s+(?:from|where|data)|clear\s+(?:graph|all)|drop\s+(?:table|graph|database|schema|view|index|user|role|column|function|procedure|trigger|sequence|keyspace|collection|constraint|materialized)|truncate\s+(?:table\s+)?["`[\w]|detach\s+delete|then\s+delete|flushall|flushdb|dropdatabase)\b|\)\s*delete\s+\w|\bdelete\s+\w+\s*(?:$|[,;])|\.(?:delete(?:many|one)|remove|drop\w{0,20}|findoneand(?:delete|remove))\s*\(/i;
/** Statements that change something. A read may hold these words in another order only. */
const CHANGE =
  /\b(?:insert\s+into|replace\s+into|merge\s+into|update\s+\S{1,200}\s+set|alter\s+(?:table|user|role|database|system)|create\s+(?:or\s+replace\s+)?(?:table|user|role|database|function|procedure|trigger)|grant\s+\S{1,200}\s+(?:on|to))\b|\.(?:insert|update|replace|bulkwrite)\w{0,20}\s*\(/i;
/** Texts that are executed, and ways out of the database: https://www.postgresql.org/docs/current/sql-copy.html and its like. */
const PROGRAM =
  /\b(?:(?:to|from)\s+program|into\s+(?:out|dump)file|xp_cmdshell|sp_oacreate|load_extension|lo_export|lo_unlink|execute\s+immediate|sp_executesql|prepare\s+\w{1,60}\s+from|pg_read_file|load_file|utl_http|dblink|sys_exec|sys_eval)\b/i;

/**
 * Reads statements in a text.
 *
 * @param isSql true if the text is known to be SQL or another language of databases
 */
export function effectOfStatements(text: string, isSql: boolean): StatementEffect {
  const statements = withoutComments(text);
  // A word in quotes is a value: `action IN ('DELETE', 'TRUNCATE')`.
  const effects = statements
    .replace(/(['"])\w{0,60}\1/g, ' ')
    .split(/[;()]/)
    .map((statement) => effectOfStatement(statement, isSql));
  const isQuery =
    isSql ||
    effects.some(({ changes }) => changes) ||
    (QUERY.test(statements) && /\b(?:select|from|where|return|begin|set)\b/i.test(statements));
  return combined([isQuery ? anywhere(statements) : NO_EFFECT, ...effects]);
}

export function combined(effects: readonly StatementEffect[]): StatementEffect {
  return {
    changes: effects.some(({ changes }) => changes),
    isAdmin: effects.some(({ isAdmin }) => isAdmin),
    isDestructive: effects.some(({ isDestructive }) => isDestructive),
    runsCode: effects.some(({ runsCode }) => runsCode),
  };
}

function anywhere(text: string): StatementEffect {
  const isDestructive = DELETION.test(text);
  const runsCode = PROGRAM.test(text);
  return { changes: isDestructive || runsCode || CHANGE.test(text), isAdmin: false, isDestructive, runsCode };
}

/** Reads one statement, which may be nested (`(`) or come after table expressions (`WITH … AS (…) DELETE`). */
function effectOfStatement(statement: string, isSql: boolean): StatementEffect {
  const all = statement.trim().slice(0, 400).toLowerCase().split(/\W+/, MAX_WORDS);
  const [first = '', second = '', ...others] = all.filter((word) => word !== '' && !SQL.prefixes.has(word));
  if (!SQL.changing.has(first)) return NO_EFFECT;
  if (!isSql && !isStatement(first, second, others)) return NO_EFFECT;
  const isAdmin = first === 'grant' || first === 'revoke';
  return { changes: true, isAdmin, isDestructive: SQL.destructive.has(first), runsCode: false };
}

/** Distinguishes a statement from prose: `delete from users where …`, but not `delete from list python`. */
function isStatement(first: string, second: string, [name, next, ...others]: readonly string[]): boolean {
  if (first === 'update') return [name, next, ...others].slice(0, 4).includes('set');
  if (first === 'grant') return [name, next, ...others].includes('to');
  return SQL.followers.has(second) && (next === undefined || SQL.clauses.has(next));
}

function withoutComments(sql: string): string {
  if (!sql.includes('/*') && !sql.includes('--')) return sql;
  // MySQL executes comments that begin with an exclamation mark.
  const [before = '', ...others] = sql.replace(/\/\*!\d{0,6}/g, ' ').split('/*');
  const after = others.map((part) => (part.includes('*/') ? part.slice(part.indexOf('*/') + 2) : ''));
  return [before, ...after].join(' ').replace(/--[^\n]*/g, ' ');
}
