import { DEFAULT_REGIONS, isRegion } from '../embedded/detection/personal/phone.ts';
import { CommandError, type ListOption } from './command.ts';

/** The options that say how an embedded gateway looks at a call. */
export const EMBEDDED_OPTIONS: { readonly 'own-domain': ListOption; readonly region: ListOption } = {
  'own-domain': {
    type: 'string',
    multiple: true,
    value: 'DOMAIN',
    description: 'one of your own domains; who is in none of them is external',
  },
  region: {
    type: 'string',
    multiple: true,
    value: 'CODE',
    description: `a country whose telephone numbers are known without their prefix, as its ISO code (default: ${DEFAULT_REGIONS.join(', ')})`,
  },
};

/**
 * The gateway's options that they are.
 *
 * @throws CommandError for a country that is none: its telephone numbers would silently not be found
 */
export function embeddedOptions(values: {
  readonly 'own-domain': readonly string[];
  readonly region: readonly string[];
}): { readonly ownDomains: readonly string[]; readonly regions?: readonly string[] } {
  const regions = values.region.map((code) => code.toUpperCase());
  const unknown = regions.find((code) => !isRegion(code));
  if (unknown !== undefined)
    throw new CommandError(2, `--region ${unknown} is no country; write its ISO code, such as GB.`);
  return { ownDomains: values['own-domain'], ...(regions.length === 0 ? {} : { regions }) };
}
