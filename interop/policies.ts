import { agentSafety, starterPolicies, type PolicyInput } from 'interven-openai-assistants/embedded';

/** The packs, and a rule that redacts personal data for every tool: the starter policies cover only four services. */
export const policies: readonly PolicyInput[] = [
  ...starterPolicies,
  agentSafety,
  {
    name: 'Personal data',
    rules: [{ rule_id: 'redact', priority: 50, match: {}, condition: { has_data_class: ['PII'] }, action: 'SANITIZE' }],
  },
];
