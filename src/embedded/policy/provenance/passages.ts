import { decodedForms } from '../../detection/decoded-forms.ts';
import { runsInSteps } from '../../detection/encoded-runs.ts';
import { isLossless, looksLikeJson, parsed } from '../../detection/nested-json.ts';
import { unescapeText } from '../../detection/unescape.ts';
import { isJsonObject } from '../../../internal/json.ts';
import { piecesOf, Reading } from './pieces.ts';
import { Pace } from './steps.ts';
import { undisguised } from './text-index.ts';

const MAX_NESTING = 3;

interface Records {
  readonly isJson: boolean;
  readonly records: readonly (readonly Reading[])[];
}

/**
 * Splits a tool output into passages as a model reads them: as written, with escapes, HTML and percent-encoding decoded,
 * without tags and the brackets of a defanged address (`evil[.]example`), and with what is encoded (base64) decoded, also several times. Those of one
 * record are together: of one JSON object with its lists, of one item of a YAML list, or of any other output as a whole. All are without disguises.
 */
export function* recordsOf(output: string): Generator<undefined, Records> {
  // Names of fields recur.
  const known = new Map<string, readonly Reading[]>();
  const records: Reading[][] = [];
  const pace = new Pace();
  const read = jsonRecords(output);
  const isJson = read[0]?.[0] !== output;
  const written = isJson || read.length > 1 ? read : itemsOf(output).map((item) => [item]);
  yield;
  for (const passages of written) {
    const record: Reading[] = [];
    for (const passage of passages) {
      if (pace.isOver(passage.length)) yield;
      let readings = known.get(passage);
      if (!readings) {
        readings = yield* readingsOf(passage);
        if (passage.length <= MAX_NAME) known.set(passage, readings);
      }
      record.push(...readings);
    }
    records.push(record);
  }
  return { isJson, records };
}

/** The start of a line that is neither such an item nor in one. */
const OTHER_LINE = /^(?!- [\w-]{1,64}:(?: |$)|[ \t\r]|$)/m;

/** Splits a list of records in YAML (`- id: 7`, with all other lines indented) into these; returns any other text as a whole. */
function itemsOf(text: string): readonly string[] {
  return !text.startsWith('- ') || OTHER_LINE.test(text) ? [text] : text.split(/\n(?=- )/);
}

const MAX_NAME = 64;
/** Without these, a passage of fewer characters than an encoded run has one reading. */
const ANY_SIGN = /[\\&%=<[({]|hxxp/i;
const MIN_ENCODED = 16;
const TAG = /<!--[^>]{0,500}-->|<\/?[A-Za-z][^<>]{0,1000}>/g;
const DEFANGED = /[[({] ?(:\/\/|[.:@]) ?[\])}]/g;
const DEFANGED_SCHEME = /\bhxxp(?=s?:|s?\[)/gi;

function* readingsOf(passage: string): Generator<undefined, readonly Reading[]> {
  if (passage.length < MIN_ENCODED && !ANY_SIGN.test(passage)) return [new Reading([undisguised(passage)])];
  const forms = yield* formsOf(passage);
  const readings = forms.map((form, at) => new Reading(form, forms.slice(0, at))).filter(({ isNew }) => isNew);
  yield;
  const decoded = (yield* runsInSteps(passage)).flatMap(({ text }) => [text, ...decodedForms(text)]);
  return [...readings, ...[...new Set(decoded)].map((text) => new Reading([undisguised(text)]))];
}

/** Lists the pieces of a passage as written, with escapes decoded, and without tags and the brackets of a defanged address. */
function* formsOf(passage: string): Generator<undefined, readonly (readonly string[])[]> {
  const forms: [string[], string[], string[]] = [[], [], []];
  const pace = new Pace();
  for (const { written, unescaped } of piecesOf(passage, (text) => unescapeText(text)?.text ?? text)) {
    const plain = unescaped.replace(TAG, '').replace(DEFANGED, '$1').replace(DEFANGED_SCHEME, 'http');
    const ofWritten = undisguised(written);
    const ofUnescaped = unescaped === written ? ofWritten : undisguised(unescaped);
    forms[0].push(ofWritten);
    forms[1].push(ofUnescaped);
    forms[2].push(plain === unescaped ? ofUnescaped : undisguised(plain));
    if (pace.isOver(written.length)) yield;
  }
  return forms;
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
