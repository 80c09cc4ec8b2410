import { page, route, type Route } from '../wire.ts';
import type { FakeAgents } from './fake-agents.ts';

export type AgentsOperation =
  | 'agents.create'
  | 'agents.retrieve'
  | 'sessions.create'
  | 'sessions.retrieve'
  | 'sessions.update'
  | 'sessions.delete'
  | 'sessions.list'
  | 'events.create'
  | 'events.stream'
  | 'turns.list'
  | 'turns.retrieve'
  | 'turns.items.list'
  | 'sessionItems.list';

const SESSION = '/agents/sessions/:session';

export function agentsRoutes(api: FakeAgents): Route<AgentsOperation>[] {
  return [
    route('sessions.create', 'POST /agents/sessions', ({ body }) => api.createSession(body), 'createSession'),
    route('sessions.list', 'GET /agents/sessions', ({ query }) => api.listSessions(query)),
    route('sessions.retrieve', `GET ${SESSION}`, ({ ids }) => api.session(ids.session).record.toJSON()),
    route(
      'sessions.update',
      `POST ${SESSION}`,
      ({ ids, body }) => api.updateSession(ids.session, body),
      'updateSession',
    ),
    route('sessions.delete', `DELETE ${SESSION}`, ({ ids }) => api.deleteSession(ids.session)),
    route(
      'events.create',
      `POST ${SESSION}/events`,
      ({ ids, body, request }) => {
        api.session(ids.session).accept(body, request.headers.get('idempotency-key'));
        return new Response(null, { status: 202 });
      },
      'createEvents',
    ),
    route('events.stream', `GET ${SESSION}/events`, ({ ids, request }) =>
      api.session(ids.session).record.events.subscribe(request),
    ),
    route('turns.list', `GET ${SESSION}/turns`, ({ ids, query }) => {
      const { turns } = api.session(ids.session).record;
      return page(
        turns.map((turn) => turn.toJSON()),
        query,
      );
    }),
    route('turns.retrieve', `GET ${SESSION}/turns/:turn`, ({ ids }) => api.turn(ids.session, ids.turn).toJSON()),
    route('turns.items.list', `GET ${SESSION}/turns/:turn/items`, ({ ids, query }) =>
      page(api.turnItems(ids.session, ids.turn), query),
    ),
    route('sessionItems.list', `GET ${SESSION}/items`, ({ ids, query }) =>
      page(api.session(ids.session).record.rootItems(), query),
    ),
    route('agents.create', 'POST /agents', ({ body }) => api.create(body), 'createAgent'),
    route('agents.retrieve', 'GET /agents/:agent', ({ ids }) => api.agent(ids.agent)),
  ];
}
