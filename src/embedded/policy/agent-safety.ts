import { freezeJson } from '../../internal/json.ts';
import type { PolicyInput } from './policy-input.ts';

/** Fields that say who gets something, where it goes, how much it is, or what is changed, by a word of their names; addresses in any field. */
const FIELDS_THAT_STEER = [
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

/**
 * Rules against an agent that a text it has read has taken over, for any tool. Add them to your own:
 * `policies: [...starterPolicies, agentSafety]`, with `provenance: true` on the runner. Without provenance the rules about tool
 * outputs are absent and the others hold.
 *
 * A person decides about: every call once a tool's output speaks to the model; a call that changes something where whom, where to
 * or how much stands in a tool's output and not in the user's words; the reading of an address of the web that was put together with a
 * tool's host, as data leaves by it; deletions; credentials; code that is executed; personal or health data and marked
 * documents that leave for somebody external. A secret that leaves is denied, also in what is read from a server.
 */
export const agentSafety: PolicyInput = freezeJson<PolicyInput>({
  name: 'Agent safety',
  description: 'Holds what a hijacked agent does.',
  rules: [
    {
      rule_id: 'secrets-leave',
      priority: 10,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { has_data_class: ['SECRETS'] },
      action: 'DENY',
    },
    {
      // A read leaks by its address and headers.
      rule_id: 'secrets-leave-by-reading',
      priority: 10,
      match: { verbs: ['READ'] },
      condition: { is_external_principal: true, has_data_class: ['SECRETS'] },
      action: 'DENY',
    },
    {
      rule_id: 'instructions-in-tool-output',
      priority: 20,
      condition: { x_instructions_in_tool_output: true },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'steered-by-tool-output',
      priority: 30,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { x_from_tool_output: FIELDS_THAT_STEER },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'composed-address',
      priority: 35,
      match: { verbs: ['READ'] },
      condition: { x_from_tool_output: ['@composed_url'] },
      action: 'REQUIRE_APPROVAL',
    },
    { rule_id: 'deletions', priority: 40, match: { operations: ['category:deletes'] }, action: 'REQUIRE_APPROVAL' },
    {
      rule_id: 'credentials-and-code',
      priority: 50,
      match: { verbs: ['WRITE', 'ADMIN'], operations: ['category:credentials', 'category:code'] },
      action: 'REQUIRE_APPROVAL',
    },
    {
      rule_id: 'personal-data-leaves',
      priority: 60,
      match: { verbs: ['WRITE', 'ADMIN'] },
      condition: { is_external_principal: true, has_data_class: ['PII', 'PHI', 'INTERNAL'] },
      action: 'REQUIRE_APPROVAL',
    },
  ],
});
