import { freezeJson } from '../../internal/json.ts';
import type { PolicyInput } from './policy-input.ts';

/** Fields with a recipient, a destination, an amount or a target, and addresses in any field. */
const STEERING_FIELDS = [
  'to',
  'cc',
  'bcc',
  'recipient',
  'receiver',
  'email',
  'address',
  'participant',
  'attendee',
  'invitee',
  'guest',
  'payee',
  'beneficiary',
  'contact',
  'collaborator',
  'share_with',
  'username',
  'account',
  'iban',
  'bic',
  'wallet',
  'amount',
  'price',
  'total',
  'url',
  'link',
  'uri',
  'host',
  'domain',
  'webhook',
  'callback',
  'target',
  'phone',
  'mobile',
  'password',
  'command',
  'script',
  '@address',
] as const;

/** Fields that choose a person or something. Tools return choices for the user's task, but not within a sentence. */
const CHOOSING_FIELDS = [
  ...[
    'hotel',
    'restaurant',
    'product',
    'item',
    'user',
    'user_id',
    'member',
    'owner',
    'channel',
    'assignee',
    'reviewer',
  ],
  ...['visibility', 'role', 'permission', 'file_id', 'folder', 'device'],
];

/** Names of functions that add what runs later. */
const INSTALLATIONS = [
  // An installment is a payment.
  ...[
    '*install',
    '*install[!m]*',
    '*workflow*',
    '*pipeline*',
    '*dependenc*',
    '*plugin*',
    '*extension*',
    '*integration*',
    '*add-on*',
  ],
  ...['*addon*', '*package*', '*schedule_job*', '*cron*', '*startup*', '*hook*'],
];

/**
 * Rules for any tool, against an agent that prompt injection has hijacked. Add them to your own policies:
 * `policies: [...starterPolicies, agentSafety]`, with `provenance: true` on the runner. Without provenance, the rules
 * about tool outputs never match.
 *
 * These calls need approval:
 *
 * - calls that may follow instructions that a tool output gives to the model
 * - changes whose recipient, destination or amount comes from a tool output and not from the user
 * - changes that choose a hotel, a channel, a role, … which a tool output has only within a sentence
 * - changes that the user did not ask for, with a value that a tool output has only within a sentence
 * - installations and workflows with a value from a tool output
 * - URLs composed with a host from a tool output, which can leak data: to be read, or written into a text
 * - addresses that neither the user nor a tool output contains: of recipients in changes, of the web also in reads
 * - deletions, credentials and code execution, unless the user asked for them and said or pointed to all that they name
 * - what turns a protection off
 * - files shared with an external principal, and anything that is made public
 * - personal data, health data and marked documents sent to an external principal, unless the user said or pointed to them
 * - secrets that the user said, unless they are passed in a field of their own (`password`) to no one external
 *
 * Calls that send other secrets are denied, even if they only read.
 */
export const agentSafety: PolicyInput = freezeJson<PolicyInput>({
  name: 'Agent safety',
  description: 'Limits the damage of a hijacked agent.',
  rules: [
    {
      rule_id: 'secrets-leave',
      priority: 10,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { has_data_class: ['SECRETS'], not: { x_secrets_from_user: true } },
      action: 'DENY',
    },
    {
      // A request that only reads can still leak secrets in its URL and headers.
      rule_id: 'secrets-leave-by-reading',
      priority: 10,
      match: { verbs: ['READ'] },
      condition: { is_external_principal: true, has_data_class: ['SECRETS'], not: { x_secrets_from_user: true } },
      action: 'DENY',
    },
    {
      rule_id: 'secrets-of-the-user',
      priority: 15,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { has_data_class: ['SECRETS'], not: { x_secrets_from_user: 'in_own_field' } },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'secrets-of-the-user-outside',
      priority: 15,
      condition: { is_external_principal: true, has_data_class: ['SECRETS'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'instructions-in-tool-output',
      priority: 20,
      condition: { x_instructions_in_tool_output: 'followed' },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'steered-by-tool-output',
      priority: 30,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { x_from_tool_unasked: STEERING_FIELDS },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'chosen-by-prose',
      priority: 31,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { x_from_tool_prose: CHOOSING_FIELDS },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'unasked-change',
      priority: 33,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { x_asked_by_user: false, x_from_tool_prose: ['*'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'installed-for-a-tool-output',
      priority: 32,
      match: { verbs: ['WRITE', 'ADMIN'], operations: INSTALLATIONS },
      condition: { x_from_tool_output: ['*'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      // The reader of the text loads the address.
      rule_id: 'composed-address',
      priority: 35,
      condition: { x_from_tool_output: ['@composed_url'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      // It was made up, or is hidden in a text.
      rule_id: 'address-from-nowhere',
      priority: 36,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { x_not_from_user: ['@unseen_address'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'url-from-nowhere',
      priority: 36,
      match: { verbs: ['READ'] },
      condition: { x_not_from_user: ['@unseen_url'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'deletions',
      priority: 40,
      match: { operations: ['category:deletes'] },
      condition: { not: { x_asked_by_user: 'with_values' } },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'credentials-and-code',
      priority: 50,
      match: {
        verbs: ['WRITE', 'ADMIN'],
        operations: ['category:credentials', 'category:code'],
      },
      condition: { not: { x_asked_by_user: 'with_values' } },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'protection-off',
      priority: 50,
      match: { verbs: ['WRITE', 'ADMIN'], operations: ['turn_off_protection'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      // At any service, as the starter policies do at Google Drive.
      rule_id: 'files-shared-outside',
      priority: 55,
      match: { operations: ['share_file_external', 'make_public'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'personal-data-leaves',
      priority: 60,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: {
        is_external_principal: true,
        has_data_class: ['PII', 'PHI', 'INTERNAL'],
        not: { x_data_from_user: true },
      },
      action: 'REQUIRE_APPROVAL',
    },
  ],
});
