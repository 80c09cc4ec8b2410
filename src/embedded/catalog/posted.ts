import type { Argument } from './arguments.ts';
import { meaningOfName, type Meaning } from './meaning.ts';
import { words } from './name-words.ts';
import { SLACK } from './services/slack.ts';

/** What an argument is that says what to look for or which one is meant, by the last word of its name. */
const LOOKING_UP = words(`
  id ids cursor channel channels user users username name names query q limit count page size sort order ts timestamp oldest latest
  date time type types email team filter after before since until thread conversation token timezone status format
`);

/**
 * The runner takes every function whose name says Slack for a message that is posted. One that uploads, deletes or lets somebody
 * in by its name is that; one that only reads by its name is so where the call carries no text that could be posted.
 */
export function meaningOfPosted(
  posted: Meaning,
  functionName: string,
  method: string,
  given: readonly Argument[],
): Meaning {
  const named = meaningOfName(SLACK, functionName, method);
  const hasText = given.some(
    ({ field, value }) => typeof value === 'string' && value !== '' && !LOOKING_UP.has(field.words.at(-1) ?? ''),
  );
  if (named.verb === 'READ') return hasText ? posted : named;
  const isKnown = SLACK.operations.some(({ name }) => name === named.operation);
  if (!isKnown && named.verb !== 'ADMIN' && !named.isDestructive) return posted;
  return hasText ? { ...named, operationAliases: [posted.operation, ...named.operationAliases] } : named;
}
