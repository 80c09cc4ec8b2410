import { page, route, type Route } from '../wire.ts';
import type { FakeConversations } from './fake-conversations.ts';

export type ConversationsOperation =
  | 'conversations.create'
  | 'conversations.retrieve'
  | 'conversations.update'
  | 'conversations.delete'
  | 'conversations.items.create'
  | 'conversations.items.list'
  | 'conversations.items.retrieve'
  | 'conversations.items.delete';

const CONVERSATION = '/conversations/:conversation';

export function conversationsRoutes(api: FakeConversations): Route<ConversationsOperation>[] {
  return [
    route('conversations.create', 'POST /conversations', ({ body }) => api.create(body), 'createConversation'),
    route('conversations.retrieve', `GET ${CONVERSATION}`, ({ ids }) => api.toJSON(ids.conversation)),
    route(
      'conversations.update',
      `POST ${CONVERSATION}`,
      ({ ids, body }) => api.update(ids.conversation, body),
      'updateConversation',
    ),
    route('conversations.delete', `DELETE ${CONVERSATION}`, ({ ids }) => api.delete(ids.conversation)),
    route(
      'conversations.items.create',
      `POST ${CONVERSATION}/items`,
      ({ ids, body }) => api.addItems(ids.conversation, body),
      'createConversationItems',
    ),
    route('conversations.items.list', `GET ${CONVERSATION}/items`, ({ ids, query }) =>
      page(api.get(ids.conversation).items, query),
    ),
    route('conversations.items.retrieve', `GET ${CONVERSATION}/items/:item`, ({ ids }) =>
      api.item(ids.conversation, ids.item),
    ),
    route('conversations.items.delete', `DELETE ${CONVERSATION}/items/:item`, ({ ids }) =>
      api.deleteItem(ids.conversation, ids.item),
    ),
  ];
}
