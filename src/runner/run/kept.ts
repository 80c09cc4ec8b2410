import { EndRun, type RunErrorCode } from '../errors.ts';
import type { LeftOpen } from './driver.ts';

/** What passes, or can be mended: with its journal the run can be gone on with then. */
const MENDED: ReadonlySet<RunErrorCode> = new Set<RunErrorCode>(['gateway_configuration', 'journal']);

/**
 * What is to be said of a run that ends like this and is left at the API as it is, rather than cancelled: when another process has it, and when
 * it was joined by its journal and whoever joined it has done nothing for it, or could not. Undefined for all others.
 *
 * @param of `isJoined`: an earlier process has served calls of it; `isAsked`: this one was asked for some, or to stop
 */
export function keptOpen(
  why: unknown,
  { isJoined, isAsked }: { readonly isJoined: boolean; readonly isAsked: boolean },
): LeftOpen | undefined {
  if (why instanceof EndRun && why.isElsewhere) return { message: '', callIds: [] };
  const isKept = isJoined && (why instanceof EndRun ? MENDED.has(why.code) : !isAsked);
  return isKept ? { message: 'The run was left as it was. Resume it once this is fixed.', callIds: [] } : undefined;
}
