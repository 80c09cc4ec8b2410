import { detect } from '../src/embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../src/embedded/detection/personal/phone.ts';
import { readSet } from './dataset.ts';
import type { Figure } from './table.ts';

/** A value with the right form and check digits counts as found, whatever its source. */
const CERTAIN: ReadonlySet<string> = new Set(['EMAIL', 'IP', 'IBAN', 'CARD', 'MAC']);

/**
 * What is found where there is nothing to find but what is really there. All of it is counted; how much of that is false only a
 * reader can say (`--show` lists it).
 */
export function benignFigures(folder: string, isShown: boolean): readonly Figure[] {
  return ['benign-business', 'benign-api'].flatMap((set) => {
    const rows = readSet(folder, set) as { readonly text: string }[];
    if (rows.length === 0) return [];
    const megabytes = rows.reduce((sum, { text }) => sum + text.length, 0) / 1_000_000;
    const counts = new Map<string, number>();
    for (const { text } of rows) {
      for (const { dataClass, type, path, isAddress } of detect(bodyOf(text), { regions: DEFAULT_REGIONS }).findings) {
        if (isAddress || CERTAIN.has(type)) continue;
        counts.set(`${dataClass} ${type}`, (counts.get(`${dataClass} ${type}`) ?? 0) + 1);
        if (isShown) console.log(`${set}: ${dataClass} ${type} at ${path}`);
      }
    }
    return [...counts].map(([what, count]) => ({
      set,
      what: `${what} a MB`,
      cases: count,
      measured: count / megabytes,
    }));
  });
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
