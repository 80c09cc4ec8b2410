import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Notice } from './notice.ts';

/** Decoded bytes that Standard Webhooks asks for. */
const SECRET_BYTES = { min: 24, max: 64 };
const TOLERANCE_MS = 5 * 60_000;

/** A webhook that is not a notice of this gateway, or an old one. */
export class NoticeError extends Error {
  override readonly name: string = 'NoticeError';
}

/** The names of the headers are in lower case. */
export type NoticeHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Verifies a webhook of the gateway, by the signature of Standard Webhooks, and returns its notice. Webhooks can arrive
 * more than once, and out of order: the `id` of a notice is always the same.
 *
 * @param body the body as received: parsed and serialized again, it has another signature
 * @param secret the receiver's `secret`, or several while you replace it
 * @throws NoticeError for a wrong signature, a missing header, or a webhook older than five minutes; TypeError for an
 * invalid secret
 * @example
 * const notice = verifyNotice(await request.text(), request.headers, secret);
 */
export function verifyNotice(
  body: string,
  headers: NoticeHeaders,
  secret: string | readonly string[],
  options: { readonly now?: (() => number) | undefined } = {},
): Notice {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    if (typeof value !== 'string' || value === '') throw new NoticeError(`The header "${name}" is missing.`);
    return value;
  }) as [string, string, string];
  const now = options.now?.() ?? Date.now();
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) {
    throw new NoticeError('The webhook is older than five minutes, or the clocks differ.');
  }
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  const isValid = [secret].flat().some((one) => {
    const expected = Buffer.from(signatureOf(secretBytes('secret', one), { id, timestamp, body }));
    return given.some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  });
  if (!isValid) throw new NoticeError('The signature does not fit the body and the secret.');
  const notice = JSON.parse(body) as Notice;
  if (notice.id !== id) throw new NoticeError('The webhook is not a notice of a gateway.');
  return notice;
}

/** Signs a body at a time, as headers. */
export function signedHeaders(secret: Buffer, id: string, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatureOf(secret, { id, timestamp, body }),
  };
}

/** @throws TypeError that does not quote the secret */
export function secretBytes(option: string, secret: unknown): Buffer {
  const [, encoded = ''] = /^whsec_([\w+/-]+={0,2})$/.exec(typeof secret === 'string' ? secret : '') ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length >= SECRET_BYTES.min && bytes.length <= SECRET_BYTES.max) return bytes;
  throw new TypeError(
    `${option} must be whsec_ and the base64 of ${SECRET_BYTES.min} to ${SECRET_BYTES.max} random bytes: echo "whsec_$(openssl rand -base64 32)"`,
  );
}

function signatureOf(
  secret: Buffer,
  signed: { readonly id: string; readonly timestamp: string; readonly body: string },
) {
  const { id, timestamp, body } = signed;
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
