import { isJsonObject } from '../internal/json.ts';

/** What the built-in rules look for. Each pattern follows its issuer's documented form. */
const SECRETS: readonly RegExp[] = [
  /\bAKIA[0-9A-Z]{16}\b/, // AWS access key id
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/, // GitHub token
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/, // Slack token
  /\bsk-(?:proj-|live-|ant-)?[A-Za-z0-9_-]{20,}/, // OpenAI, Anthropic
  /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/, // Stripe
  /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----/, // PEM
];

/** Bounded, and begun only where a name can begin, so that it takes linear time whatever the text. */
const EMAIL = /(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/g;
const DIGIT_GROUPS = /(?<!\d)\d+(?:[ -]\d+)*(?!\d)/g;

/** Where an address is the point of the call, not a leak. */
const ADDRESSING: ReadonlySet<string> = new Set(['to', 'cc', 'bcc', 'from', 'email', 'recipient', 'recipients']);

export function hasSecret(body: unknown): boolean {
  if (typeof body === 'string') return SECRETS.some((secret) => secret.test(body));
  if (Array.isArray(body)) return body.some(hasSecret);
  return isJsonObject(body) && Object.entries(body).some(([key, value]) => hasSecret(key) || hasSecret(value));
}

/** The body with e-mail addresses and payment card numbers replaced; the same object when there are none. */
export function redactPersonalData(body: unknown, key = ''): unknown {
  if (typeof body === 'string') return redactText(body, !ADDRESSING.has(key.toLowerCase()));
  if (typeof body === 'number') return isCard(String(body)) ? '[REDACTED:CARD]' : body;
  if (Array.isArray(body)) {
    const items = body.map((item) => redactPersonalData(item, key));
    return items.every((item, index) => item === body[index]) ? body : items;
  }
  if (!isJsonObject(body)) return body;
  const redacted = Object.entries(body).map(([name, value]) => [name, redactPersonalData(value, name)] as const);
  return redacted.every(([name, value]) => value === body[name]) ? body : Object.fromEntries(redacted);
}

function redactText(text: string, emailsToo: boolean): string {
  const withoutCards = text.replace(DIGIT_GROUPS, redactCards);
  return emailsToo ? withoutCards.replace(EMAIL, '[REDACTED:EMAIL]') : withoutCards;
}

/** A card is one group of digits or several that stand together, among other numbers perhaps. */
function redactCards(written: string): string {
  const parts = written.split(/([ -])/);
  for (let first = 0; first < parts.length; first += 2) {
    let digits = '';
    for (let last = first; last < parts.length && digits.length < 19; last += 2) {
      digits += parts[last] ?? '';
      if (isCard(digits)) parts.splice(first, last - first + 1, '[REDACTED:CARD]');
    }
  }
  return parts.join('');
}

/** By its length, its issuer's first digits, and its check digit (ISO/IEC 7812-1). */
function isCard(digits: string): boolean {
  if (!/^(?:[3456]|2[2-7])\d{11,18}$/.test(digits) || digits.length < 13) return false;
  const sum = Array.from(digits, Number)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = index % 2 === 1 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}
