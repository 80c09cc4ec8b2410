import { page, route, type Route } from '../wire.ts';
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
    route(
      'responses.create',
      'POST /responses',
      async ({ body, request }) => api.create(body, request),
      'createResponse',
    ),
    route('responses.compact', 'POST /responses/compact', ({ body }) => api.compact(body), 'Compactconversation'),
    route('responses.retrieve', 'GET /responses/:response', async ({ ids, query, request }) =>
      query['stream'] === 'true'
        ? api.join(ids.response, query['starting_after'], request)
        : api.retrieve(ids.response),
    ),
    route('responses.cancel', 'POST /responses/:response/cancel', ({ ids }) => api.cancel(ids.response)),
    route('responses.delete', 'DELETE /responses/:response', ({ ids }) => api.delete(ids.response)),
    route('responses.inputItems.list', 'GET /responses/:response/input_items', ({ ids, query }) =>
      page(api.get(ids.response).input, query),
    ),
  ];
}
