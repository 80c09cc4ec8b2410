import { page, type Route } from '../wire.ts';
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

export function conversationsRoutes(api: FakeConversations): Route<ConversationsOperation>[] {
  return [
    {
      operation: 'conversations.create',
      method: 'POST',
      path: '/conversations',
      rule: 'createConversation',
      serve: (_, body) => api.create(body),
    },
    {
      operation: 'conversations.retrieve',
      method: 'GET',
      path: '/conversations/:conversation',
      serve: ({ conversation = '' }) => api.toJSON(conversation),
    },
    {
      operation: 'conversations.update',
      method: 'POST',
      path: '/conversations/:conversation',
      rule: 'updateConversation',
      serve: ({ conversation = '' }, body) => api.update(conversation, body),
    },
    {
      operation: 'conversations.delete',
      method: 'DELETE',
      path: '/conversations/:conversation',
      serve: ({ conversation = '' }) => api.delete(conversation),
    },
    {
      operation: 'conversations.items.create',
      method: 'POST',
      path: '/conversations/:conversation/items',
      rule: 'createConversationItems',
      serve: ({ conversation = '' }, body) => api.addItems(conversation, body),
    },
    {
      operation: 'conversations.items.list',
      method: 'GET',
      path: '/conversations/:conversation/items',
      serve: ({ conversation = '' }, _, query) => page(api.get(conversation).items, query),
    },
    {
      operation: 'conversations.items.retrieve',
      method: 'GET',
      path: '/conversations/:conversation/items/:item',
      serve: ({ conversation = '', item = '' }) => api.item(conversation, item),
    },
    {
      operation: 'conversations.items.delete',
      method: 'DELETE',
      path: '/conversations/:conversation/items/:item',
      serve: ({ conversation = '', item = '' }) => api.deleteItem(conversation, item),
    },
  ];
}
