import type { Argument } from './arguments.ts';
import { words } from './name-words.ts';
import { readName } from './read-name.ts';

/** What arguments ask for, whatever the function's name says. */
export interface Asked {
  readonly changes: boolean;
  readonly isAdmin: boolean;
  readonly isDestructive: boolean;
}

/** Fields that say what to do: a tool that manages something, or that sends any request, is told by them. */
const ACTION_FIELDS = words(`
  action actions action_type action_name operation operations operation_type operation_name op ops command commands cmd do
  verb method http_method request_method http_verb
`);

/** What a statement may begin with before it says what it does. */
const BEFORE_STATEMENTS = words('explain analyze verbose begin transaction work as do');
const CHANGING_STATEMENTS = words(`
  delete drop truncate update insert upsert alter create grant revoke merge replace call exec execute copy vacuum rename set lock
  load attach detach comment
`);
const DESTRUCTIVE_STATEMENTS = words('delete drop truncate');
/** What comes second where a text that may be anybody's words is SQL nevertheless. */
const AFTER_STATEMENTS = words('from into table tables database schema view index trigger procedure materialized');
const DATABASES = words(
  'sql database databases db postgres postgresql mysql mariadb sqlite oracle snowflake bigquery redshift',
);
const MOST_WORDS = 12;

/**
 * What the arguments say that they want done. It makes a call stricter, never laxer.
 *
 * @param functionName tells whether its texts are SQL
 */
export function askedBy(given: readonly Argument[], functionName = ''): Asked {
  const isDatabase = readName(functionName).words.some((word) => DATABASES.has(word));
  let asked: Asked = { changes: false, isAdmin: false, isDestructive: false };
  for (const { field, value } of given) {
    if (typeof value !== 'string') continue;
    if (ACTION_FIELDS.has(field.name)) asked = both(asked, askedByAction(value));
    const isSql = field.words.includes('sql');
    if (isSql || field.words.some((word) => STATEMENT_WORDS.has(word))) {
      asked = both(asked, askedByStatements(value, isSql || isDatabase));
    }
  }
  return asked;
}

const STATEMENT_WORDS = words('sql query queries statement statements command commands');

function askedByAction(action: string): Asked {
  const { does, isAdmin, isDestructive } = readName(action);
  return { changes: does === 'changes', isAdmin, isDestructive };
}

/** Statements follow one another (`;`), stand in another (`(`), or follow what they name (`WITH … AS (…) DELETE`). */
function askedByStatements(text: string, isSql: boolean): Asked {
  let asked: Asked = { changes: false, isAdmin: false, isDestructive: false };
  for (const statement of withoutComments(text).split(/[;()]/)) {
    const all = statement.trim().slice(0, 400).toLowerCase().split(/\W+/, MOST_WORDS);
    const said = all.filter((word) => word !== '' && !BEFORE_STATEMENTS.has(word));
    const [first = '', second = '', ...others] = said;
    const isChange =
      CHANGING_STATEMENTS.has(first) && (isSql || AFTER_STATEMENTS.has(second) || isUpdate(first, others));
    if (!isChange) continue;
    const isAdmin = first === 'grant' || first === 'revoke';
    asked = both(asked, { changes: true, isAdmin, isDestructive: DESTRUCTIVE_STATEMENTS.has(first) });
  }
  return asked;
}

function isUpdate(first: string, others: readonly string[]): boolean {
  return first === 'update' ? others.slice(0, 4).includes('set') : first === 'grant' && others.includes('to');
}

function withoutComments(sql: string): string {
  if (!sql.includes('/*') && !sql.includes('--')) return sql;
  // MySQL runs what stands in a comment that begins with an exclamation mark.
  const [before = '', ...others] = sql.replace(/\/\*!\d{0,6}/g, ' ').split('/*');
  const after = others.map((part) => (part.includes('*/') ? part.slice(part.indexOf('*/') + 2) : ''));
  return [before, ...after].join(' ').replace(/--[^\n]*/g, ' ');
}

function both(one: Asked, other: Asked): Asked {
  return {
    changes: one.changes || other.changes,
    isAdmin: one.isAdmin || other.isAdmin,
    isDestructive: one.isDestructive || other.isDestructive,
  };
}
