import { isPlaceholder } from './placeholder.ts';
import { shapeOf } from './shape.ts';

const DOTTED_NAME = /^\$?[A-Za-z_][A-Za-z_0-9]*(?:(?:\.|->|::)[A-Za-z_]\w*){1,8}$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)/;
const ADDRESS =
  /^(?:[a-z][a-z0-9+.-]{1,12}:\/\/|www\.|\.{0,2}\/[\w.-]+\/|[0-9]{1,3}(?:\.[0-9]{1,3}){2,3}(?::[0-9]+)?$|[\w.+-]+@[\w-]+\.[\w.]+$)/i;
const FILE =
  /\.(?:pem|key|crt|cer|json|ya?ml|txt|md|html?|png|jpe?g|gif|svg|pdf|csv|js|ts|py|go|java|rb|sh|env|xml|zip|log)$/i;
const PART = /^(?:[A-Za-z]*[0-9]{0,4}|[0-9]{1,8})$/;
const WORD = /^[A-Za-z]{3,16}$/;
const HEX = /^[0-9a-f]+$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `claude-3-opus-20240229`, `YOUR_API_KEY_1`, `auth_provider_x509_url`: words and short numbers with something between. */
function isWordy(value: string): boolean {
  const parts = value.split(/[-_.:/ ]/);
  if (parts.length < 2 || !parts.every((part) => PART.test(part))) return false;
  return parts.filter((part) => WORD.test(part)).length * 2 >= parts.length;
}

/** Whether a value stands for something that a program or a person names, not for a secret. */
function isOrdinary(value: string): boolean {
  return DATE.test(value) || ADDRESS.test(value) || FILE.test(value) || isPlaceholder(value) || isWordy(value);
}

/** Whether a value that is called a token or a key looks made by a machine. */
export function looksGenerated(value: string): boolean {
  const { length } = value;
  if (length < 8) return false;
  const { letters, digits, lower, upper, entropy } = shapeOf(value);
  if (entropy < 2) return false;
  if (digits === 0) {
    // A word that a machine made has both cases all over, or nothing but letters and far too many of them.
    if (length < 20 || entropy < 3.5) return false;
    const isOneCase = lower === 0 || upper === 0;
    return (
      (isOneCase ? letters === length : upper >= 4 && upper * 2 >= lower) &&
      !DOTTED_NAME.test(value) &&
      !isOrdinary(value)
    );
  }
  if (letters === 0) return length >= 16 && digits === length;
  if (length < 16)
    return digits >= 2 && letters >= 2 && entropy >= 2.7 && !isNamed(value, digits) && !isOrdinary(value);
  if (digits === 1 && !hasLoneDigit(value, entropy)) return false;
  return entropy >= 2.5 && !isNamed(value, digits) && !isOrdinary(value);
}

const isNamed = (value: string, digits: number): boolean => digits <= 2 && DOTTED_NAME.test(value);

/** One digit is enough in the middle of letters of one case, and in a long value of both. */
const hasLoneDigit = (value: string, entropy: number): boolean =>
  (entropy >= 3 && /^(?:[a-z]{3,}[0-9][a-z]{4,}|[A-Z]{3,}[0-9][A-Z]{4,})$/.test(value)) ||
  (entropy >= 3.8 && value.length >= 24 && /^[A-Za-z0-9+/=]+$/.test(value));

/** Stricter, for a value that only stands behind the word: long, of letters and digits, evenly spread. */
export function looksGeneratedAlone(value: string): boolean {
  if (value.length < 16 || !looksGenerated(value)) return false;
  if (UUID.test(value)) return true;
  const { letters, digits, entropy } = shapeOf(value);
  return letters >= 2 && digits >= 2 && entropy >= (HEX.test(value) ? 2.5 : 3);
}

const CODE_WORD =
  /^(?:string|text|token|password|passwd|passphrase|secret|required|optional|hidden|varchar|char|input|str|self|this|user|username|value|field|prompt|type|status|any|object|function|async|await|return|new|const|let|var|number|boolean|bytes?|unknown|bcrypt|sha\d+|md5|hash(?:ed)?|plain|encrypted|incorrect|invalid|wrong|expired|missing|correct|reset|protected|managers?|forgotten|changed|read|write|admin)$/i;

/** Whether a value that is called a password is one: in quotes nearly everything, bare only what is no word of prose or code. */
export function looksLikePassword(value: string, quoted: boolean): boolean {
  if (value.length < 4 || CODE_WORD.test(value)) return false;
  if (!quoted) {
    const { letters, digits } = shapeOf(value);
    if (!(digits > 0 && (letters > 0 || value.length >= 6)) && !/[!@#$%^&*+]/.test(value.slice(0, -1))) return false;
  } else if (value.length < 5) return false;
  return !/^[a-z]{2,12}:\/\//i.test(value) && !DOTTED_NAME.test(value) && !isPlaceholder(value);
}

/** Whether words with blanks between are a message about a password (`is too short`) and not a phrase that is one. */
export function isMessage(value: string): boolean {
  return (
    /\s/.test(value) &&
    !/[0-9]/.test(value) &&
    /(?:^|\s)(?:is|are|was|must|should|cannot|can't|can|be|has|have|does|doesn't|do|don't|not|required|please|your|passwords?)(?:[\s.!?,]|$)/i.test(
      value,
    )
  );
}
