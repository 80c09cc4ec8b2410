import { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { DEFAULT_REGIONS, isRegion } from '../embedded/detection/personal/phone.ts';
import { agentSafety } from '../embedded/policy/agent-safety.ts';
import { cautious } from '../embedded/policy/cautious.ts';
import type { PolicyInput } from '../embedded/policy/policy-input.ts';
import { CommandError, type CommandOptions, type ParsedArgs } from './command.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** Options of commands that judge calls in this process. */
export const JUDGING_OPTIONS = {
  'agent-safety': { type: 'boolean', description: 'add the rules of agentSafety, against hijacked agents' },
  cautious: {
    type: 'boolean',
    description: 'add the rules of cautious: payments, permissions, publishing and messages to outsiders need a person',
  },
  'own-domain': {
    type: 'string',
    multiple: true,
    value: 'DOMAIN',
    description: 'a domain of yours; principals outside your domains are external',
  },
  region: {
    type: 'string',
    multiple: true,
    value: 'CODE',
    description: `the ISO code of a country whose phone numbers are detected without country code (default: ${DEFAULT_REGIONS.join(', ')})`,
  },
} as const satisfies CommandOptions;

type JudgingValues = ParsedArgs<typeof JUDGING_OPTIONS>['values'];

/** The packs that the options add to the policies. */
export function packsOf(values: Pick<JudgingValues, 'agent-safety' | 'cautious'>): readonly PolicyInput[] {
  return [...(values['agent-safety'] ? [agentSafety] : []), ...(values.cautious ? [cautious] : [])];
}

/** @throws CommandError for an unknown country, whose phone numbers would silently not be detected */
export function detectionOf(values: Pick<JudgingValues, 'own-domain' | 'region'>): {
  readonly ownDomains: readonly string[];
  readonly regions?: readonly string[];
} {
  const regions = values.region.map((code) => code.toUpperCase());
  const unknown = regions.find((code) => !isRegion(code));
  if (unknown !== undefined)
    throw new CommandError(2, `Unknown country --region ${unknown}. Use an ISO code such as GB.`);
  return omitUndefined({ ownDomains: values['own-domain'], regions: regions.length > 0 ? regions : undefined });
}

/** Creates a gateway with the policies at these paths and what the options add. */
export function localGateway(paths: readonly string[], values: JudgingValues): EmbeddedGateway {
  return new EmbeddedGateway({ policies: [...paths, ...packsOf(values)], ...detectionOf(values) });
}
