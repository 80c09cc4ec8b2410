import { DEFAULT_REGIONS, isRegion } from '../embedded/detection/personal/phone.ts';
import { CommandError, type ListOption } from './command.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** Options of the embedded gateway. */
export const EMBEDDED_OPTIONS: { readonly 'own-domain': ListOption; readonly region: ListOption } = {
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
};

/** @throws CommandError for an unknown country, whose phone numbers would silently not be detected */
export function embeddedOptions(values: {
  readonly 'own-domain': readonly string[];
  readonly region: readonly string[];
}): { readonly ownDomains: readonly string[]; readonly regions?: readonly string[] } {
  const regions = values.region.map((code) => code.toUpperCase());
  const unknown = regions.find((code) => !isRegion(code));
  if (unknown !== undefined)
    throw new CommandError(2, `Unknown country --region ${unknown}. Use an ISO code such as GB.`);
  return omitUndefined({ ownDomains: values['own-domain'], regions: regions.length > 0 ? regions : undefined });
}
