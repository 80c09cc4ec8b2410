import { DEFAULT_REGIONS } from '../src/embedded/detection/personal/phone.ts';
import { findPersonal } from '../src/embedded/detection/personal/personal.ts';
import { findHealth } from '../src/embedded/detection/health/health.ts';
import type { Span } from '../src/embedded/detection/span.ts';
import { inHalves, readSet } from './dataset.ts';
import type { Figure } from './table.ts';

interface Sentence {
  readonly text: string;
  readonly spans: readonly (readonly [type: string, start: number, end: number])[];
}

interface RecogniserRow {
  readonly entity: string;
  readonly text: string;
  readonly expect_count: number;
}

const STRUCTURED = ['CREDIT_CARD', 'EMAIL_ADDRESS', 'IBAN_CODE', 'IP_ADDRESS', 'US_SSN'];

export function personalFigures(folder: string): readonly Figure[] {
  return [
    ...inHalves(readSet(folder, 'pii-presidio-research') as Sentence[], ({ text }) => text).flatMap(([half, rows]) =>
      sentenceFigures(`presidio-research, ${half} half`, rows),
    ),
    ...recogniserFigures(readSet(folder, 'pii-presidio') as RecogniserRow[]),
  ];
}

function sentenceFigures(set: string, sentences: readonly Sentence[]): readonly Figure[] {
  if (sentences.length === 0) return [];
  const counts = new Map<string, { all: number; found: number }>();
  let falseSpans = 0;
  for (const { text, spans } of sentences) {
    const found = foundIn(text);
    for (const [type, start, end] of spans) {
      const count = counts.get(type) ?? { all: 0, found: 0 };
      counts.set(type, count);
      count.all += 1;
      if (found.some((span) => span.start < end && start < span.end)) count.found += 1;
    }
    falseSpans += found.filter((span) => !spans.some(([, start, end]) => span.start < end && start < span.end)).length;
  }
  const figure = (what: string, types: readonly string[], atLeast?: number): Figure => {
    const all = types.reduce((sum, type) => sum + (counts.get(type)?.all ?? 0), 0);
    const found = types.reduce((sum, type) => sum + (counts.get(type)?.found ?? 0), 0);
    return { set, what, cases: all, measured: found / Math.max(all, 1), ...(atLeast ? { goal: { atLeast } } : {}) };
  };
  return [
    figure('structured, recall', STRUCTURED, 0.95),
    ...STRUCTURED.map((type) => figure(`… ${type}`, [type])),
    figure('PHONE_NUMBER, recall', ['PHONE_NUMBER'], 0.85),
    figure('STREET_ADDRESS, recall', ['STREET_ADDRESS']),
    {
      set,
      what: 'false spans in 1,000 sentences',
      cases: sentences.length,
      measured: (falseSpans / sentences.length) * 1000,
      goal: { atMost: 5 },
    },
  ];
}

/** Cases of single recognisers: many are bare numbers, which count for us only with a word or a field's name beside them. */
function recogniserFigures(rows: readonly RecogniserRow[]): readonly Figure[] {
  return ['CREDIT_CARD', 'EMAIL_ADDRESS', 'IBAN_CODE', 'IP_ADDRESS', 'PHONE_NUMBER', 'US_SSN'].flatMap((entity) => {
    const share = (chosen: readonly RecogniserRow[]): number =>
      chosen.filter(({ text }) => foundIn(text).length > 0).length / Math.max(chosen.length, 1);
    const positive = rows.filter((row) => row.entity === entity && row.expect_count > 0);
    const negative = rows.filter((row) => row.entity === entity && row.expect_count === 0);
    const set = 'presidio';
    return [
      { set, what: `${entity}, found`, cases: positive.length, measured: share(positive) },
      { set, what: `${entity}, negatives flagged`, cases: negative.length, measured: share(negative) },
    ].filter(({ cases }) => cases > 0);
  });
}

function foundIn(text: string): readonly Span[] {
  const found: Span[] = [];
  const place = { key: undefined, regions: DEFAULT_REGIONS };
  findPersonal(text, place, found);
  findHealth(text, place, found);
  return found;
}
