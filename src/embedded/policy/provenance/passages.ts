import { decodedForms } from '../../detection/decoded-forms.ts';
import { decodeRuns } from '../../detection/encoded-runs.ts';
import { isLossless, looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { unescapeText } from '../../detection/unescape.ts';
import { isJsonObject } from '../../../internal/json.ts';
import { undisguised } from './text-index.ts';

const MAX_NESTING = 3;

interface Records {
  readonly isJson: boolean;
  readonly records: readonly (readonly string[])[];
}

/**
 * Splits a tool output into passages as a model reads them: as written, with escapes, HTML and percent-encoding decoded,
 * without tags and the brackets of a defanged address (`evil[.]example`), and with what is encoded (base64) decoded, also several times. Those of one
 * record are together: of one JSON object with its lists, or of a text that is no JSON. All are without disguises.
 */
export function* recordsOf(output: string): Generator<undefined, Records> {
  // Names of fields recur.
  const known = new Map<string, readonly string[]>();
  const records: string[][] = [];
  let length = 0;
  const written = jsonRecords(output);
  for (const passages of written) {
    const record: string[] = [];
    for (const passage of passages) {
      let readings = known.get(passage);
      if (!readings) {
        readings = yield* readingsOf(passage);
        if (passage.length <= MAX_NAME) known.set(passage, readings);
      }
      record.push(...readings);
      length += passage.length;
      if (length > LENGTH_OF_STEP) {
        yield;
        length = 0;
      }
    }
    records.push(record);
  }
  return { isJson: written[0]?.[0] !== output, records };
}

const MAX_NAME = 64;
/** Characters that are read in one step, if they are many passages. */
export const LENGTH_OF_STEP = 16_384;
/** Without these, a passage of fewer characters than an encoded run has one reading. */
const ANY_SIGN = /[\\&%=<[({]|hxxp/i;
const MIN_ENCODED = 16;
const TAG = /<!--[^>]{0,500}-->|<\/?[A-Za-z][^<>]{0,1000}>/g;
const DEFANGED = /[[({] ?(:\/\/|[.:@]) ?[\])}]/g;
const DEFANGED_SCHEME = /\bhxxp(?=s?:|s?\[)/gi;

function* readingsOf(passage: string): Generator<undefined, readonly string[]> {
  if (passage.length < MIN_ENCODED && !ANY_SIGN.test(passage)) return [undisguised(passage)];
  const isLong = passage.length > LENGTH_OF_STEP;
  const unescaped = unescapeText(passage)?.text ?? passage;
  if (isLong) yield;
  const plain = unescaped.replace(TAG, '').replace(DEFANGED, '$1').replace(DEFANGED_SCHEME, 'http');
  if (isLong) yield;
  const decoded = decodeRuns(passage).flatMap(({ text }) => [text, ...decodedForms(text)]);
  const readings: string[] = [];
  for (const reading of new Set([passage, unescaped, plain, ...decoded])) {
    if (isLong) yield;
    readings.push(undisguised(reading));
  }
  return readings;
}

/** Lists the strings, numbers and names of JSON, including nested JSON, by record; returns any other text as a whole. */
export function jsonRecords(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  const added = (): string[] => {
    const record: string[] = [];
    records.push(record);
    return record;
  };
  const open: [value: unknown, record: string[] | undefined, nesting: number][] = [[text, undefined, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, record, nesting] = next;
    if (typeof value === 'string') {
      const nested = nesting < MAX_NESTING && looksLikeJson(value) ? parsed(value) : undefined;
      if (nested) open.push([nested[0], record, nesting + 1]);
      // The parsed value has only the last of duplicate keys; a model reads all of them.
      if (!nested || !isLossless(value, nested[0])) (record ?? added()).push(value);
    } else if (Array.isArray(value)) {
      for (const item of value) open.push([item, record, nesting]);
    } else if (isJsonObject(value)) {
      const inner = added();
      for (const [key, item] of Object.entries(value)) {
        inner.push(key);
        open.push([item, inner, nesting]);
      }
    } else if (typeof value === 'number') {
      (record ?? added()).push(String(value));
    }
  }
  return records;
}
