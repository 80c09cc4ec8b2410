import { detect } from '../src/embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../src/embedded/detection/personal/phone.ts';
import { inHalves, readSet } from './dataset.ts';
import type { Figure } from './table.ts';

/** A value with the right form and check digits counts as found, whatever its source. */
const CERTAIN: ReadonlySet<string> = new Set(['EMAIL', 'IP', 'IBAN', 'CARD', 'MAC']);

/**
 * What is found in harmless texts. All of it is counted, also personal data that is really there: how much is false only a
 * reader can say (`--show` lists the even half).
 */
export function benignFigures(folder: string, isShown: boolean): readonly Figure[] {
  return ['benign-business', 'benign-api'].flatMap((name) =>
    inHalves(readSet(folder, name) as { readonly text: string }[], ({ text }) => text).flatMap(([half, rows]) => {
      if (rows.length === 0) return [];
      const set = `${name}, ${half} half`;
      const megabytes = rows.reduce((sum, { text }) => sum + text.length, 0) / 1_000_000;
      const counts = new Map<string, number>();
      for (const { text } of rows) {
        for (const { dataClass, type, path, isAddress } of detect(bodyOf(text), { regions: DEFAULT_REGIONS })
          .findings) {
          if (isAddress || CERTAIN.has(type)) continue;
          counts.set(dataClass, (counts.get(dataClass) ?? 0) + 1);
          if (isShown && half === 'even') console.log(`${set}: ${dataClass} ${type} at ${path}`);
        }
      }
      return [...counts].flatMap(([what, count]) => [
        {
          set,
          what: `${what}, findings a MB (${count} in ${megabytes.toFixed(2)} MB)`,
          cases: rows.length,
          measured: count / megabytes,
        },
        { set, what: `${what}, findings in 1,000 texts`, cases: rows.length, measured: (count / rows.length) * 1_000 },
      ]);
    }),
  );
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
