const ASCII = 128;
const MAX_SHAPE_LENGTH = 128;
const counts = new Uint16Array(ASCII);
/** The increase of `count * log2(count)` from `count` to `count + 1`. */
const growth = Float64Array.from({ length: MAX_SHAPE_LENGTH }, (_, count) =>
  count === 0 ? 0 : (count + 1) * Math.log2(count + 1) - count * Math.log2(count),
);

/** The composition of the first 128 characters of a value. */
export interface Shape {
  readonly letters: number;
  readonly lower: number;
  readonly upper: number;
  readonly digits: number;
  /** Shannon entropy, in bits per character. */
  readonly entropy: number;
}

export function shapeOf(value: string): Shape {
  const length = Math.min(value.length, MAX_SHAPE_LENGTH);
  let lower = 0;
  let upper = 0;
  let digits = 0;
  let sum = 0;
  counts.fill(0);
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 97 && code <= 122) lower++;
    else if (code >= 65 && code <= 90) upper++;
    else if (code >= 48 && code <= 57) digits++;
    const slot = code % ASCII;
    const count = counts[slot] ?? 0;
    sum += growth[count] ?? 0;
    counts[slot] = count + 1;
  }
  const entropy = length === 0 ? 0 : Math.log2(length) - sum / length;
  return { letters: lower + upper, lower, upper, digits, entropy };
}

const EMPTY = /^(?:true|false|yes|no|on|off|null|nil|none|undefined|nan|n\/a|tbd|todo|-+|void)$/i;
// One character repeated, also in groups: ********, xxxx-xxxx, ........, 0000.
const MASK = /^:?(?:[*•.…_#?-]+|[xX*•.…_\s-]+|0[0\s.-]*)$/;
// The first or last few characters left readable: sk-****, ****1234, abcd....
const MASKED = /^(?:[A-Za-z]{1,8}[-_]){0,3}\w{0,4}(?:\*{3,}|•{3,}|…|\.{3,}|[xX]{6,})\w{0,4}$/;
const TEMPLATE =
  /^(?:(?:\$\{[^{}]*\}[:/-]?)+|(?:\{\}[:/-]?)+|\$\(.*\)|\$[A-Za-z_][\w:]*(?:->(?:\{[^{}]*\}|\[[^\]]*\]|\w+))*-?|\{\{[^{}]*\}\}|\{[\w .:()-]*\}|<[^<>]*>|%[A-Za-z_]\w*%|%[sdv]|#\{[^{}]*\}|\[[A-Za-z][A-Za-z' _-]*\]|__[A-Z_]+__|@[A-Za-z_]+@)$/;
const LOOK_UP =
  /^(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|System\.getenv|ENV|secrets|env)(?:\.get)?[.[(]["']?[A-Za-z_][\w.-]*["']?[\])]{0,2}$/;
const SCHEME = /^(?:bearer|basic|token|apikey|ssws|digest)\s+/i;
const REDACTED = /\[REDACTED(?::[A-Z0-9_:#-]{1,40})?\]/g;
const INSTRUCTION =
  /^(?:(?:your|my|the|an?|some|insert|enter|put|add|replace|use)[-_ ](?:[a-z]+[-_ ]){0,6}(?:key|token|secret|password|passphrase|credentials?|value|here)|change[-_ ]?(?:me|it|this)|redacted|hidden|masked|filtered|removed|omitted|(?:your|some)[a-z]{0,12}(?:key|token|secret|password)(?:here)?)$/i;

/**
 * Returns true if the whole value only stands for a secret: empty, a mask, a template variable, a look-up,
 * `[REDACTED:…]`, `null`. The text around the value does not count: otherwise its author could switch detection off.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim().replace(SCHEME, '');
  if (text.length > 300) return false;
  const rest = text.includes('[REDACTED') ? text.replace(REDACTED, '').replace(/^[\s:;,.@/|+&-]+$/, '') : text;
  if (rest === '' || EMPTY.test(rest) || MASK.test(rest)) return true;
  return MASKED.test(rest) || TEMPLATE.test(rest) || LOOK_UP.test(rest) || INSTRUCTION.test(rest);
}

/** A name in code, or a call: `request.token`, `pw.decode("utf-8")`. */
const DOTTED_NAME = /^\$?[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*){1,8}(?:\(.*)?$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)/;
const ADDRESS =
  /^(?:[a-z][a-z0-9+.-]{1,12}:\/\/|www\.|\.{0,2}\/[\w.-]+\/|[0-9]{1,3}(?:\.[0-9]{1,3}){2,3}(?::[0-9]+)?$|[\w.+-]+@[\w-]+\.[\w.]+$)/i;
const FILE =
  /\.(?:pem|key|crt|cer|json|ya?ml|txt|md|html?|png|jpe?g|gif|svg|pdf|csv|js|ts|py|go|java|rb|sh|env|xml|zip|log|webm|mp[34]|mov|wav|tgz|tar|gz|docx?|xlsx?|pptx?|sql|toml|ini|conf|tsx|jsx|cjs|mjs|rs|cpp|php|lock|map|s?css|webp|ico|woff2?|ttf|whl|jar)$/i;
/** Names, also with digits in them, and classes of characters: `NSURLSpace`, `ed25519.Ed25519Key`, `[A-Za-z0-9._-]`. */
const CODE =
  /^(?:[a-z]+[0-9]*[._])*[a-z]*(?:[A-Z][a-z]+)*(?:[A-Z]{1,4}[a-z]?[0-9]{1,5})+(?:[A-Z]{1,3}[a-z]{2,})+$|^(?:[a-z]+[0-9]?[a-z]*|[A-Z]{0,8})(?:[A-Z][a-z]{2,})+$|[Aa]-[Zz]|0-9\]/;
const PART = /^(?:[A-Za-z]*[0-9]{0,4}[A-Za-z]?[0-9]?|[0-9]{1,13})$/;
const LETTERS = /^[A-Za-z]{3,16}[0-9]?$/;
/** Another assignment, a path and a fingerprint: `uuid=7f…`, `control/blob/4cf1`, `51:c4:0c:…`. */
const PUBLIC_VALUE =
  /^[a-z]{3,}\/[a-z]{3,}\/|^[a-z]{2,12}(?:[_-][a-z]{2,12}){0,2}=[^=]|^(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}$/;
const HEX = /^[0-9a-f]+$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns true for words and short numbers with separators: `claude-3-opus-20240229`, `YOUR_API_KEY_1`. */
function isWordy(value: string): boolean {
  const parts = value.split(/[-_.:/ =&*$]/);
  if (parts.length < 2 || !parts.every((part) => PART.test(part))) return false;
  return parts.filter((part) => LETTERS.test(part)).length * 2 >= parts.length;
}

/** Returns true if a value is a date, an address, a file or a name rather than a secret. */
function isOrdinary(value: string): boolean {
  return (
    DATE.test(value) ||
    ADDRESS.test(value) ||
    FILE.test(value) ||
    PUBLIC_VALUE.test(value) ||
    CODE.test(value) ||
    isPlaceholder(value) ||
    isWordy(value)
  );
}

/** Returns true if the value of a token or key looks generated. */
export function looksGenerated(value: string): boolean {
  const { length } = value;
  if (length < 8) return false;
  const { letters, digits, lower, upper, entropy } = shapeOf(value);
  if (entropy < 2) return false;
  if (digits === 0) {
    // A generated word mixes both cases, or is far longer than a word.
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

/** Returns true if one digit suffices: among letters of one case, and in a long value of both cases. */
const hasLoneDigit = (value: string, entropy: number): boolean =>
  (entropy >= 3 && /^(?:[a-z]{3,}[0-9][a-z]{4,}|[A-Z]{3,}[0-9][A-Z]{4,})$/.test(value)) ||
  (entropy >= 3.8 && value.length >= 24 && /^[A-Za-z0-9+/=]+$/.test(value));

/** Checks more strictly, for a value without an operator before it: long, with letters and digits evenly spread. */
export function looksGeneratedAlone(value: string): boolean {
  if (value.length < 16 || !looksGenerated(value)) return false;
  if (UUID.test(value)) return true;
  const { letters, digits, entropy } = shapeOf(value);
  return letters >= 2 && digits >= 2 && entropy >= (HEX.test(value) ? 2.5 : 3);
}

/** Returns true for letters of both cases and digits, mixed: needs no operator before it, as in `password X`. */
export function looksStrong(value: string): boolean {
  const { lower, upper, digits } = shapeOf(value);
  return lower > 0 && upper > 0 && digits > 1 && looksGenerated(value);
}

/** A constant: `STENCIL_PASS_DEPTH_FAIL: 0x0B95`. */
const NUMBER_IN_CODE = /^0x[0-9A-Fa-f]{1,8}$/;
const CODE_WORD =
  /^(?:string|text|token|password|passwd|passphrase|secret|required|optional|hidden|varchar|char|input|str|self|this|user|username|value|field|prompt|type|status|any|object|function|async|await|return|new|const|let|var|number|boolean|bytes?|u?int\d*array|define|unknown|bcrypt|sha\d+|md5|hash(?:ed)?|plain|encrypted|incorrect|invalid|wrong|expired|missing|correct|reset|protected|managers?|forgotten|changed|read|write|admin)$/i;

/** Returns true for a word that programs and manuals write instead of a password: `user:password@`. */
export const isWordOfCode = (value: string): boolean => CODE_WORD.test(value) || value.toLowerCase() === 'pass';

/** Returns true for a version and an object identifier: `5.005000`, `^1.2.1`, `1.3.6.1`. */
export const isVersion = (value: string): boolean => /^[~^]?\d+(?:\.\d+)+$/.test(value);

/** A tag of YAML: `!vault`. */
const YAML_TAG = /^![A-Za-z]{2,20}$/;
/** A regular expression: `/.+/i`. */
const PATTERN = /^\/.{1,60}\/[dgimsuvy]{0,4}$/;

/**
 * Returns true if a value looks like a password: nearly any quoted value, but an unquoted one only if it is not a word
 * of prose or code.
 */
export function looksLikePassword(value: string, quoted: boolean): boolean {
  if (value.length < 4 || CODE_WORD.test(value)) return false;
  if (!quoted) {
    if (NUMBER_IN_CODE.test(value) || PATTERN.test(value) || YAML_TAG.test(value)) return false;
    const { letters, digits } = shapeOf(value);
    if (!(digits > 0 && (letters > 0 || value.length >= 6)) && !/[!@#$%^&*+]/.test(value.slice(0, -1))) return false;
  } else if (value.length < 5) return false;
  return (
    !isVersion(value) &&
    !/^[a-z]{2,12}:\/\/|^(?:~|\.{0,2})\/\w[\w.-]*(?:\/|$)/i.test(value) &&
    !DOTTED_NAME.test(value) &&
    !isPlaceholder(value)
  );
}

/** Returns true if a phrase is a message about a password (`is too short`) and not a passphrase. */
export function isMessage(value: string): boolean {
  return /\s/.test(value) && (/passwords?\b|%s/i.test(value) || (!/[0-9]/.test(value) && SENTENCE.test(value)));
}

const SENTENCE =
  /(?:^|\s)(?:is|are|was|must|should|cannot|can't|can|be|has|have|does|doesn't|do|don't|not|required|please|your|enter|passphrases?)(?:[\s.!?,]|$)/i;
