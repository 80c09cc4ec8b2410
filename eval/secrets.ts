import { detect } from '../src/embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../src/embedded/detection/personal/phone.ts';
import { findSecrets } from '../src/embedded/detection/secrets/secrets.ts';
import type { Span } from '../src/embedded/detection/span.ts';
import { inHalves, readSet } from './dataset.ts';
import { DISGUISES } from './disguises.ts';
import type { Figure } from './table.ts';

interface SecretRow {
  readonly rule: string;
  readonly text: string;
  readonly expect: boolean;
}

const SETS = [
  { set: 'secrets-gitleaks', aim: 0.9 },
  { set: 'secrets-kingfisher', aim: 0.67 },
  { set: 'secrets-secretlint', aim: 0.72 },
] as const;

export const hasSecret = (body: unknown): boolean => detect(body, { regions: DEFAULT_REGIONS }).classes.has('SECRETS');

export function secretFigures(folder: string): readonly Figure[] {
  const halves = SETS.flatMap(({ set, aim }) =>
    inHalves(readSet(folder, set) as SecretRow[], ({ text }) => text).map(([half, rows]) => ({
      ...{ set: `${set}, ${half} half`, aim, rows },
    })),
  );
  return halves.flatMap(({ set, aim, rows }) => {
    if (rows.length === 0) return [];
    const positive = rows.filter((row) => row.expect);
    const negative = rows.filter((row) => !row.expect);
    const rules = [...new Set(positive.map(({ rule }) => rule))].map((rule) =>
      recall(positive.filter((row) => row.rule === rule)),
    );
    const mean = rules.reduce((sum, one) => sum + one, 0) / rules.length;
    return [
      { set, what: 'recall', cases: positive.length, measured: recall(positive), goal: { atLeast: aim } },
      { set, what: 'recall, mean over its rules', cases: rules.length, measured: mean },
      { set, what: 'its negatives that are flagged', cases: negative.length, measured: recall(negative) },
    ];
  });
}

/** Tokens that are found as they are, each in every disguise. */
export function disguiseFigures(folder: string): readonly Figure[] {
  const tokens = new Set<string>();
  for (const { set } of SETS) {
    if (set === 'secrets-kingfisher') continue;
    for (const { text, expect } of readSet(folder, set) as SecretRow[]) {
      const token = expect ? tokenOf(text) : undefined;
      if (token !== undefined && hasSecret(token)) tokens.add(token);
    }
  }
  if (tokens.size === 0) return [];
  const figures = Object.entries(DISGUISES).map(([what, disguise]) => {
    const found = [...tokens].filter((token) => hasSecret(disguise(token))).length;
    return { set: 'obfuscated secrets', what, cases: tokens.size, measured: found / tokens.size };
  });
  const measured = figures.reduce((sum, figure) => sum + figure.measured, 0) / figures.length;
  const cases = figures.length * tokens.size;
  return [...figures, { set: 'obfuscated secrets', what: 'all together', cases, measured, goal: { atLeast: 0.9 } }];
}

/** The longest secret of a text, if it is one word. */
function tokenOf(text: string): string | undefined {
  const found: Span[] = [];
  findSecrets(text, { key: undefined, regions: [] }, found);
  const tokens = found.map(({ start, end }) => text.slice(start, end)).filter((token) => /^\S{16,200}$/.test(token));
  return tokens.sort((one, other) => other.length - one.length)[0];
}

function recall(rows: readonly SecretRow[]): number {
  return rows.length === 0 ? 0 : rows.filter(({ text }) => hasSecret(text)).length / rows.length;
}
