import { domainToASCII } from 'node:url';
import { parseUrl } from '../../internal/url.ts';

const MAX_CHARACTERS = 1_000;

/**
 * Returns true if a principal is outside your own domains. Internal are addresses and hosts at or below one of your
 * domains, and principals that `ownDomains` lists literally (an address, a user name, a phone number). All others are
 * external, including ambiguous ones.
 *
 * @param principal an email address with or without a display name, a host, a URL, a user name, a phone number
 * @param ownDomains such as `acme.com`, `@acme.com`, `ann@partner.com`, `ann`
 */
export function isExternal(principal: string, ownDomains: readonly string[]): boolean {
  const text = principal.trim().toLowerCase();
  // Invisible characters can make two parsers see different addresses.
  if (text === '' || text.length > MAX_CHARACTERS || /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text)) return true;
  const own = ownDomains
    .map((each) => plain(each.trim().toLowerCase().replace(/^@/, '')))
    .filter((each) => each !== '');
  const name = addressIn(text);
  if (name === undefined) return true;
  if (own.includes(plain(name))) return false;
  const domain = asciiDomain(name.includes('@') ? name.slice(name.indexOf('@') + 1) : hostOfName(name));
  return domain === undefined || !own.some((each) => each.includes('.') && isAtOrBelow(domain, each));
}

function isAtOrBelow(domain: string, own: string): boolean {
  return domain === own || domain.endsWith(`.${own}`);
}

/** Returns the address or name without its display name; undefined if it is ambiguous. */
function addressIn(text: string): string | undefined {
  if (!/[@<>]/.test(text)) return text;
  const open = text.indexOf('<');
  if (open >= 0 && (!text.endsWith('>') || text.slice(0, open).includes('@'))) return undefined;
  const address = open < 0 ? text.replace(/^mailto:/, '') : text.slice(open + 1, -1);
  const [local = '', domain, ...more] = address.split('@');
  // Without `%` and `!`, which route mail to another host (RFC 5321, appendix C).
  const isPlain = /^[\p{L}\p{N}._+'&=~/-]{1,64}$/u.test(local);
  return isPlain && domain !== undefined && more.length === 0 ? address : undefined;
}

function hostOfName(name: string): string {
  if (!/^https?:\/\//.test(name)) return name.replace(/:\d{1,5}$/, '');
  return parseUrl(name)?.hostname ?? '';
}

/** Converts a domain to its DNS form; undefined for an invalid domain, or one that normalisation changes. */
function asciiDomain(domain: string): string | undefined {
  if (domain.normalize('NFKC') !== domain) return undefined;
  const ascii = plain(domain);
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(ascii) && !ascii.includes('..') ? ascii : undefined;
}

function plain(name: string): string {
  const bare = name.replace(/\.$/, '');
  return /^[\x20-\x7e]*$/.test(bare) ? bare : domainToASCII(bare) || bare;
}
