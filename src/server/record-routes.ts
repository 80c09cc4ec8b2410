import type { Decision } from '../runner/gateway/gateway.ts';
import type { DecisionLog } from './decision-log.ts';
import type { EventStreams } from './event-streams.ts';
import { limitOf } from './limit-of.ts';
import { invalid } from './refusal.ts';
import type { Route } from './route.ts';

const DECISIONS: readonly string[] = ['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL'] satisfies Decision['decision'][];
const LISTED = 100;
const MOST_LISTED = 1_000;

/** What approvers are told of what happened, and that something happens. */
export function recordRoutes(log: DecisionLog, streams: EventStreams): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/decisions',
      door: 'approver',
      serve({ url: { searchParams } }) {
        const decision = searchParams.get('decision') || undefined;
        if (decision !== undefined && !DECISIONS.includes(decision)) {
          throw invalid('decision', `It must be one of ${DECISIONS.join(', ')}.`);
        }
        const limit = limitOf(searchParams, LISTED, MOST_LISTED);
        const tool = searchParams.get('tool') ?? undefined;
        return { decisions: log.list({ decision, tool, limit }), counts: log.counts };
      },
    },
    {
      method: 'GET',
      path: '/v1/events',
      door: 'approver',
      serve: ({ request }, { isStillIn }) => streams.open(request.signal, isStillIn),
    },
  ];
}
