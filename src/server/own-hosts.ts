import { isIP } from 'node:net';
import { isLoopback, parseUrl } from '../internal/url.ts';

/**
 * Whether a request that came to the address at which a gateway listens was meant for it. A page of another site can let
 * its own name resolve to this machine and then reads what it asks for as its own (DNS rebinding); the browser still says that name.
 *
 * @param bound the host at which the gateway listens
 * @returns takes the host name of a request's URL: loopback and `bound` pass, and where that is every address of the machine,
 * any address in digits, which is no site's name
 */
export function ownHosts(bound: string): (hostname: string) => boolean {
  const address = `http://${isIP(bound) === 6 ? `[${bound}]` : bound}`;
  const own = parseUrl(address)?.hostname ?? bound;
  const isEvery = own === '0.0.0.0' || own === '[::]';
  return (hostname) =>
    hostname === own || isLoopback(hostname) || (isEvery && isIP(hostname.replace(/^\[|\]$/g, '')) > 0);
}
