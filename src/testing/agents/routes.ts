import { page, type Route } from '../wire.ts';
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
    {
      operation: 'sessions.create',
      method: 'POST',
      path: '/agents/sessions',
      rule: 'createSession',
      serve: (_, body) => api.createSession(body),
    },
    {
      operation: 'sessions.list',
      method: 'GET',
      path: '/agents/sessions',
      serve: (_, __, query) => api.listSessions(query),
    },
    {
      operation: 'sessions.retrieve',
      method: 'GET',
      path: SESSION,
      serve: ({ session = '' }) => api.session(session).record.toJSON(),
    },
    {
      operation: 'sessions.update',
      method: 'POST',
      path: SESSION,
      rule: 'updateSession',
      serve: ({ session = '' }, body) => api.updateSession(session, body),
    },
    {
      operation: 'sessions.delete',
      method: 'DELETE',
      path: SESSION,
      serve: ({ session = '' }) => api.deleteSession(session),
    },
    {
      operation: 'events.create',
      method: 'POST',
      path: `${SESSION}/events`,
      rule: 'createEvents',
      serve: ({ session = '' }, body, _, request) => {
        api.session(session).accept(body, request.headers.get('idempotency-key'));
        return new Response(null, { status: 202 });
      },
    },
    {
      operation: 'events.stream',
      method: 'GET',
      path: `${SESSION}/events`,
      serve: ({ session = '' }, _, __, request) => api.session(session).record.events.subscribe(request),
    },
    {
      operation: 'turns.list',
      method: 'GET',
      path: `${SESSION}/turns`,
      serve: ({ session = '' }, _, query) =>
        page(
          api.session(session).record.turns.map((turn) => turn.toJSON()),
          query,
        ),
    },
    {
      operation: 'turns.retrieve',
      method: 'GET',
      path: `${SESSION}/turns/:turn`,
      serve: ({ session = '', turn = '' }) => api.turn(session, turn).toJSON(),
    },
    {
      operation: 'turns.items.list',
      method: 'GET',
      path: `${SESSION}/turns/:turn/items`,
      serve: ({ session = '', turn = '' }, _, query) => page(api.turnItems(session, turn), query),
    },
    {
      operation: 'sessionItems.list',
      method: 'GET',
      path: `${SESSION}/items`,
      serve: ({ session = '' }, _, query) => page(api.session(session).record.rootItems(), query),
    },
    {
      operation: 'agents.create',
      method: 'POST',
      path: '/agents',
      rule: 'createAgent',
      serve: (_, body) => api.create(body),
    },
    {
      operation: 'agents.retrieve',
      method: 'GET',
      path: '/agents/:agent',
      serve: ({ agent = '' }) => api.agent(agent),
    },
  ];
}
