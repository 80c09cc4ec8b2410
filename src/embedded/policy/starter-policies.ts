import { freezeJson } from '../../internal/json.ts';
import type { PolicyInput } from './policy-input.ts';

/**
 * The rules that a new Interven tenant starts with (from its public documentation). They cover four services, and your
 * own tools only if their `target` is one of these.
 *
 * - Slack: messages and uploads with secrets are denied, personal data is redacted;
 * - Google Drive: external sharing is denied, personal data in exports is redacted;
 * - GitHub: adding an external collaborator is denied, a pull request review needs approval;
 * - AWS: creating an IAM user needs approval, attaching an administrator policy is denied.
 */
export const starterPolicies: readonly PolicyInput[] = freezeJson<readonly PolicyInput[]>([
  {
    name: 'Slack',
    rules: [
      {
        rule_id: 'slack-deny-secrets',
        priority: 10,
        match: { tool_name: 'slack', verbs: ['WRITE', 'ADMIN'] },
        condition: { has_data_class: ['SECRETS'] },
        action: 'DENY',
      },
      {
        rule_id: 'slack-sanitize-pii',
        priority: 20,
        match: { tool_name: 'slack', verbs: ['WRITE', 'ADMIN'] },
        condition: { has_data_class: ['PII'] },
        action: 'SANITIZE',
      },
    ],
  },
  {
    name: 'Google Drive',
    rules: [
      {
        rule_id: 'drive-deny-external-share',
        priority: 10,
        match: { tool_name: 'google_drive', operations: ['share_file_external'] },
        action: 'DENY',
      },
      {
        rule_id: 'drive-sanitize-pii-on-export',
        priority: 20,
        match: { tool_name: 'google_drive', operations: ['export_file'] },
        condition: { has_data_class: ['PII'] },
        action: 'SANITIZE',
      },
    ],
  },
  {
    name: 'GitHub',
    rules: [
      {
        rule_id: 'github-deny-external-collaborator',
        priority: 10,
        match: { tool_name: 'github', operations: ['add_collaborator'] },
        condition: { is_external_principal: true },
        action: 'DENY',
      },
      {
        rule_id: 'github-approve-review',
        priority: 20,
        match: { tool_name: 'github', operations: ['create_review'] },
        action: 'REQUIRE_APPROVAL',
      },
    ],
  },
  {
    name: 'AWS',
    rules: [
      {
        rule_id: 'aws-deny-admin-policy',
        priority: 10,
        match: { tool_name: 'aws', operations: ['attach_admin_policy'] },
        action: 'DENY',
      },
      {
        rule_id: 'aws-approve-iam-user',
        priority: 20,
        match: { tool_name: 'aws', operations: ['create_user'] },
        action: 'REQUIRE_APPROVAL',
      },
    ],
  },
]);
