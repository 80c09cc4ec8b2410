import { agentSafety } from '../embedded/policy/agent-safety.ts';
import { cautious } from '../embedded/policy/cautious.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';
import type { SwitchOption } from './command.ts';

/** Options that add packs to the policies of the command line. */
export const PACK_OPTIONS: { readonly 'agent-safety': SwitchOption; readonly cautious: SwitchOption } = {
  'agent-safety': { type: 'boolean', description: 'add the rules of agentSafety, against hijacked agents' },
  cautious: {
    type: 'boolean',
    description: 'add the rules of cautious: payments, permissions, publishing and messages to outsiders need a person',
  },
};

export function packsOf(values: { readonly [Name in keyof typeof PACK_OPTIONS]: boolean }): readonly PolicyInput[] {
  return [...(values['agent-safety'] ? [agentSafety] : []), ...(values.cautious ? [cautious] : [])];
}
