/** How a secret is hidden from a reader who looks for it. Each gives the body of a call. */
export const DISGUISES: Readonly<Record<string, (token: string) => unknown>> = {
  'in a sentence': (token) => `The key is ${token}.`,
  'in brackets': (token) => `(${token})`,
  'in a URL’s query': (token) => ({ link: `https://example.org/c?d=${encodeURIComponent(token)}&e=1` }),
  'after tok_': (token) => `tok_${token}`,
  'after a written \\n': (token) => `first\\n${token}\\nlast`,
  'as the name of a field': (token) => ({ [token]: 1 }),
  'JSON in JSON': (token) => ({ text: JSON.stringify({ inner: JSON.stringify({ value: token }) }) }),
  base64: (token) => ({ text: Buffer.from(token).toString('base64') }),
  base64url: (token) => ({ text: Buffer.from(`some text ${token}`).toString('base64url') }),
  hex: (token) => ({ text: Buffer.from(token).toString('hex') }),
  'percent, twice': (token) => ({ text: encodeURIComponent(Array.from(token, percent).join('')) }),
  '\\u escapes': (token) => ({ text: Array.from(token, (one) => `\\u${codeOf(one).padStart(4, '0')}`).join('') }),
  'full width': (token) => ({ text: Array.from(token, wide).join('') }),
  'zero-width characters': (token) => ({ text: Array.from(token).join('\u200b') }),
  homoglyphs: (token) => ({ text: token.replace(/[aeopcxi]/g, (letter) => GLYPHS[letter] ?? letter) }),
  'split over a list': (token) => ({ parts: halves(token) }),
  'split over fields': (token) => ({ first: halves(token)[0], second: halves(token)[1] }),
};

const GLYPHS: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', x: 'х', i: 'і' };

function halves(token: string): readonly [string, string] {
  const middle = Math.floor(token.length / 2);
  return [token.slice(0, middle), token.slice(middle)];
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function wide(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0x20 && code < 0x7f ? String.fromCodePoint(code + 0xfee0) : character;
}
