import { freezeJson } from '../../internal/json.ts';
import type { PolicyInput } from './policy-input.ts';

/** Names of functions that send something. */
const MESSAGES = [
  ...['category:messages', 'category:calendar', 'category:calls', 'category:contacts', 'category:web'],
  ...['call_*', 'text_*', 'contact_*', 'respond_*', 'invite_*', 'submit_*', 'dial_*', 'fax_*'],
];

/** Names of functions whose effect anyone can see. */
const PUBLISHING = [
  ...['category:releases', 'category:deployments', 'category:packages'],
  ...['*publish*', '*tweet*', '*public*', '*release*', '*deploy*', '*newsletter*', 'announce*', 'broadcast*'],
  ...['create_post', 'update_post', 'repost', 'post_to_*', 'post_{update,status,story,review,comment}', 'push_to_*'],
];

/**
 * A person for calls that cannot be undone or that others see, whatever the agent has read. Add it to your own policies:
 * `policies: [...starterPolicies, agentSafety, cautious]`, with your `ownDomains`: without them, everyone is external.
 *
 * These calls need approval:
 *
 * - payments, orders, refunds and subscriptions
 * - changes of permissions, users, credentials and settings; sharing
 * - publishing: posts, releases, deployments
 * - messages, calls and invitations to an external principal
 *
 * Nothing is denied. Calls are recognised by their service and by the words of the function's name.
 */
export const cautious: PolicyInput = freezeJson<PolicyInput>({
  name: 'Cautious',
  description: 'A person decides on what cannot be undone.',
  rules: [
    {
      rule_id: 'payments',
      priority: 40,
      match: {
        verbs: ['WRITE', 'ADMIN'],
        operations: ['category:payments', 'category:subscriptions', 'category:orders'],
      },
      action: 'REQUIRE_APPROVAL',
      reason: 'Payments need a person.',
    },
    {
      rule_id: 'permissions',
      priority: 50,
      match: { verbs: ['ADMIN'] },
      action: 'REQUIRE_APPROVAL',
      reason: 'Permissions, users and settings are changed by a person.',
    },
    {
      rule_id: 'sharing',
      priority: 50,
      match: { verbs: ['WRITE'], operations: ['category:permissions', 'make_*{admin,owner,moderator}*'] },
      action: 'REQUIRE_APPROVAL',
      reason: 'Others get access to something: a person decides.',
    },
    {
      rule_id: 'publishing',
      priority: 60,
      match: { verbs: ['WRITE', 'ADMIN'], operations: PUBLISHING },
      action: 'REQUIRE_APPROVAL',
      reason: 'What is published cannot be taken back: a person decides.',
    },
    {
      rule_id: 'messages-to-outsiders',
      priority: 70,
      match: { verbs: ['WRITE', 'ADMIN'], operations: MESSAGES },
      condition: { is_external_principal: true },
      action: 'REQUIRE_APPROVAL',
      reason: 'Messages to people outside need a person.',
    },
  ],
});
