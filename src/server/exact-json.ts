import { pathText } from '../embedded/policy/policy-problems.ts';
import { isExactDecimal } from './exact-decimal.ts';
import { invalid } from './refusal.ts';

/**
 * The value of a JSON text that says the same to every reader. What is judged here runs elsewhere: another language may keep
 * more digits than a double does, and the first of two fields with one name.
 *
 * @throws Refusal 400, with the path at fault, for what is no JSON, a number that has another value once it is written back
 * (9007199254740993 as …992), a number that is too large, a name that stands twice in an object, and a name `__proto__`
 */
export function exactJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('', 'The body is not JSON.');
  }
  checkExact(text);
  return value;
}

/** An object or a list that has begun and not ended. */
interface Open {
  /** The names of an object so far; a list has none. */
  readonly names?: Set<string>;
  /** The name or the place of what is read now. */
  at: string | number;
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** One pass without recursion; the text is known to be JSON. */
function checkExact(text: string): void {
  const open: Open[] = [];
  let isNameNext = false;
  const fault = (message: string): Error => invalid(pathText(open.map(({ at }) => at)), message);
  for (let index = 0; index < text.length; index += 1) {
    const inside = open.at(-1);
    const sign = text[index] ?? '';
    if (sign === '{') {
      open.push({ names: new Set(), at: '' });
      isNameNext = true;
    } else if (sign === '[') {
      open.push({ at: 0 });
    } else if (sign === '}' || sign === ']') {
      open.pop();
    } else if (sign === ',' && inside) {
      isNameNext = inside.names !== undefined;
      if (typeof inside.at === 'number') inside.at += 1;
    } else if (sign === '"') {
      const end = endOfText(text, index);
      if (isNameNext && inside?.names) {
        inside.at = JSON.parse(text.slice(index, end)) as string;
        if (inside.at === '__proto__') throw fault('There is a key named "__proto__".');
        if (inside.names.has(inside.at)) throw fault('This key stands here twice.');
        inside.names.add(inside.at);
        isNameNext = false;
      }
      index = end - 1;
    } else if (sign === '-' || (sign >= '0' && sign <= '9')) {
      NUMBER.lastIndex = index;
      const [written = sign] = NUMBER.exec(text) ?? [];
      const message = faultOfNumber(written);
      if (message !== undefined) throw fault(message);
      index += written.length - 1;
    }
  }
}

/** Behind the quote that ends it. */
function endOfText(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

/** Digits that are written back as they were read pass however many they are: a client that counts in doubles has no others. */
function faultOfNumber(written: string): string | undefined {
  if (!Number.isFinite(Number(written))) return 'There is a number that is too large.';
  return isExactDecimal(written) ? undefined : 'This number has more digits than are kept. Send it as a text.';
}
