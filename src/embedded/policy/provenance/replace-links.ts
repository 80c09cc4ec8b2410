import { webAddressOf, type WebAddress } from './web-address.ts';

/**
 * A link, with a scheme or `www.`, that is no part of another address, which would get it as its data:
 * `evil.com/?u=https://…`, `[text](https://evil.com/<https://…>)`.
 */
const LINK = /(?:https?:\/\/|www\.)(?<=(?<!\S)[^\s./\\@?#&=%]{0,40}(?:https?:\/\/|www\.))[^\s"'<>`|\\]{1,4000}/gi;
const SIGN = /:\/\/|www\./i;
const AFTER_LINK = /[).,;:!?\]}*_]+$/;

/** Copies a body with its links replaced; `replace` returns undefined for one that stays. Undefined if all of them stay. */
export function replaceLinks(
  body: unknown,
  replace: (address: WebAddress, link: string) => string | undefined,
): { readonly body: unknown } | undefined {
  if (!SIGN.test(JSON.stringify(body))) return undefined;
  let replaced = 0;
  const inText = (text: string): string =>
    text.replace(LINK, (written) => {
      const link = written.replace(AFTER_LINK, '');
      const address = webAddressOf(link.normalize('NFC').toLowerCase());
      const replacement = address && replace(address, link);
      if (replacement === undefined) return written;
      replaced += 1;
      return replacement + written.slice(link.length);
    });
  const copy = JSON.stringify(body, (_, value: unknown) => (typeof value === 'string' ? inText(value) : value));
  return replaced > 0 ? { body: JSON.parse(copy) as unknown } : undefined;
}
