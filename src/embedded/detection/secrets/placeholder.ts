const NOTHING = /^(?:true|false|yes|no|on|off|null|nil|none|undefined|nan|n\/a|tbd|todo|-+|void)$/i;
// One sign over and over, also in groups: ********, xxxx-xxxx, ........, 0000.
const MASK = /^(?:[*•.…_#?-]+|[xX*•.…_\s-]+|0[0\s.-]*)$/;
// The first or last few signs left readable: sk-****, ****1234, abcd....
const MASKED = /^(?:[A-Za-z]{1,8}[-_]){0,3}\w{0,4}(?:\*{3,}|•{3,}|…|\.{3,}|[xX]{6,})\w{0,4}$/;
const TEMPLATE =
  /^(?:\$\{[^{}]*\}|\$\(.*\)|\$[A-Za-z_]\w*|\{\{[^{}]*\}\}|\{[\w .:-]*\}|<[^<>]*>|%[A-Za-z_]\w*%|%[sdv]|#\{[^{}]*\}|\[[A-Za-z][A-Za-z' _-]*\]|__[A-Z_]+__|@[A-Za-z_]+@)$/;
const LOOK_UP =
  /^(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|System\.getenv|ENV|secrets|env)(?:\.get)?[.[(]["']?[A-Za-z_][\w.-]*["']?[\])]{0,2}$/;
const SCHEME = /^(?:bearer|basic|token|apikey|ssws|digest)\s+/i;
const REDACTED = /\[REDACTED(?::[A-Z0-9_:#-]{1,40})?\]/g;
const INSTRUCTION =
  /^(?:(?:your|my|the|an?|some|insert|enter|put|add|replace|use)[-_ ](?:[a-z]+[-_ ]){0,6}(?:key|token|secret|password|passphrase|credentials?|value|here)|change[-_ ]?(?:me|it|this)|redacted|hidden|masked|filtered|removed|omitted|your[a-z]{0,12}(?:key|token|secret|password)(?:here)?)$/i;

/**
 * Whether a value as a whole only stands for a secret: empty, a mask, a template's variable, a look-up, `[REDACTED:…]`,
 * `null`. What stands around the value has no say, or whoever writes the text could switch detection off.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim().replace(SCHEME, '');
  if (text.length > 300) return false;
  const rest = text.includes('[REDACTED') ? text.replace(REDACTED, '').replace(/^[\s:;,.@/|+&-]+$/, '') : text;
  if (rest === '' || NOTHING.test(rest) || MASK.test(rest)) return true;
  return MASKED.test(rest) || TEMPLATE.test(rest) || LOOK_UP.test(rest) || INSTRUCTION.test(rest);
}
