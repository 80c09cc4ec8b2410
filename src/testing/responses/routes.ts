import { page, type Route } from '../wire.ts';
import type { FakeResponses } from './fake-responses.ts';

export type ResponsesOperation =
  | 'responses.create'
  | 'responses.compact'
  | 'responses.retrieve'
  | 'responses.cancel'
  | 'responses.delete'
  | 'responses.inputItems.list';

export function responsesRoutes(api: FakeResponses): Route<ResponsesOperation>[] {
  return [
    {
      operation: 'responses.create',
      method: 'POST',
      path: '/responses',
      rule: 'createResponse',
      serve: async (_, body, __, request) => api.create(body, request),
    },
    {
      operation: 'responses.compact',
      method: 'POST',
      path: '/responses/compact',
      rule: 'Compactconversation',
      serve: (_, body) => api.compact(body),
    },
    {
      operation: 'responses.retrieve',
      method: 'GET',
      path: '/responses/:response',
      serve: async ({ response = '' }, _, { stream, starting_after: startingAfter }, request) =>
        stream === 'true' ? api.join(response, startingAfter, request) : api.retrieve(response),
    },
    {
      operation: 'responses.cancel',
      method: 'POST',
      path: '/responses/:response/cancel',
      serve: ({ response = '' }) => api.cancel(response),
    },
    {
      operation: 'responses.delete',
      method: 'DELETE',
      path: '/responses/:response',
      serve: ({ response = '' }) => api.delete(response),
    },
    {
      operation: 'responses.inputItems.list',
      method: 'GET',
      path: '/responses/:response/input_items',
      serve: ({ response = '' }, _, query) => page(api.get(response).input, query),
    },
  ];
}
