import { EndRun, type RunErrorCode } from '../errors.ts';

/** What passes, or can be mended: with its journal the run can be gone on with then. */
const MENDED: ReadonlySet<RunErrorCode> = new Set<RunErrorCode>(['gateway_configuration', 'journal']);

/**
 * Whether a run that ends like this is to be left at the API as it is, rather than cancelled: when another process has it, and when it was joined by
 * its journal and whoever joined it has done nothing for it, or could not.
 *
 * @param of `isJoined`: an earlier process has served calls of it; `isAsked`: this one was asked for some, or to stop
 */
export function isKept(why: unknown, of: { readonly isJoined: boolean; readonly isAsked: boolean }): boolean {
  if (!(why instanceof EndRun)) return of.isJoined && !of.isAsked;
  return why.isElsewhere || (of.isJoined && MENDED.has(why.code));
}
