import { invalid } from './refusal.ts';

/**
 * How many a list may have: `limit` of the query.
 *
 * @throws Refusal 400 for what is no number from 1 to `most`
 */
export function limitOf(query: URLSearchParams, usual: number, most: number): number {
  const limit = query.get('limit') || String(usual);
  if (/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= most) return Number(limit);
  throw invalid('limit', `It must be a whole number from 1 to ${most}.`);
}
