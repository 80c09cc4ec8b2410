import { isJsonObject } from '../internal/json.ts';

/** What the built-in rules look for. Each pattern follows its issuer's documented form. */
const SECRETS: readonly RegExp[] = [
  /\bAKIA[0-9A-Z]{16}\b/, // AWS access key id
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/, // GitHub token
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/, // Slack token
  /\bsk-(?:proj-|live-|ant-)?[A-Za-z0-9_-]{20,}/, // OpenAI, Anthropic
  /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/, // Stripe
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, // PEM
];
const EMAIL = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g;
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;

/** Where an address is the point of the call, not a leak. */
const ADDRESSING: ReadonlySet<string> = new Set(['to', 'cc', 'bcc', 'from', 'email', 'recipient', 'recipients']);

export function hasSecret(body: unknown): boolean {
  const text = JSON.stringify(body);
  return SECRETS.some((secret) => secret.test(text));
}

/** The body with e-mail addresses and payment card numbers replaced; the same object when there are none. */
export function redactPersonalData(body: unknown, key = ''): unknown {
  if (typeof body === 'string') return redactText(body, !ADDRESSING.has(key.toLowerCase()));
  if (Array.isArray(body))
    return keepIfSame(
      body,
      body.map((item) => redactPersonalData(item, key)),
    );
  if (!isJsonObject(body)) return body;
  const redacted = Object.entries(body).map(([name, value]) => [name, redactPersonalData(value, name)] as const);
  return redacted.every(([name, value]) => value === body[name]) ? body : Object.fromEntries(redacted);
}

function redactText(text: string, emailsToo: boolean): string {
  const withoutCards = text.replace(CARD, (digits) => (passesLuhn(digits) ? '[REDACTED:CARD]' : digits));
  return emailsToo ? withoutCards.replace(EMAIL, '[REDACTED:EMAIL]') : withoutCards;
}

function keepIfSame(before: unknown[], after: unknown[]): unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}

/** The check digit of payment cards (ISO/IEC 7812-1, annex B). */
function passesLuhn(written: string): boolean {
  const digits = Array.from(written.replace(/\D/g, ''), Number).reverse();
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
