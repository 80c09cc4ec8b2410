import { parseUrl } from '../internal/url.ts';

/**
 * The origin that a public address is, such as `https://gateway.example.com`.
 *
 * @throws TypeError for what is no http(s) origin; it quotes nothing, as a password may be in it
 */
export function checkPublicUrl(option: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  // A path, a query or a password would stand behind or within the origin.
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new TypeError(`${option} must be an http or https address as https://gateway.example.com, without a path.`);
}
