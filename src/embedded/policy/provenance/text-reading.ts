import { hasInstructions } from '../instructions.ts';
import { recordsOf } from './passages.ts';
import type { Reading } from './pieces.ts';
import { Pace, Steps } from './steps.ts';
import { TextIndex } from './text-index.ts';
import { WordFilter } from './word-filter.ts';

/** What is read of text that is not the user's, in steps. */
export interface TextReading {
  readonly text: Steps<ReadText>;
  /** The records that address the model. */
  readonly instructed: Steps<TextIndex | undefined>;
}

/** Characters of the texts that are kept read. */
const MAX_KEPT = 4_000_000;
/** A shorter text is read again as quickly as it is found. */
const MIN_KEPT = 1_000;
/** The texts used last: each request to a gateway server has the outputs of the requests before. */
const keptReadings = new Map<string, TextReading>();
let keptCharacters = 0;

/** Returns the reading of an output, which is shared with equal outputs that were used lately. */
export function readingOf(output: string): TextReading {
  const known = keptReadings.get(output);
  if (known) keptReadings.delete(output);
  else if (output.length >= MIN_KEPT) keptCharacters += output.length;
  const reading = known ?? newReading(output);
  if (output.length >= MIN_KEPT) keptReadings.set(output, reading);
  for (const oldest of keptReadings.keys()) {
    if (keptCharacters <= MAX_KEPT) break;
    keptReadings.delete(oldest);
    keptCharacters -= oldest.length;
  }
  return reading;
}

function newReading(output: string): TextReading {
  const text = new Steps(readText(output));
  return { text, instructed: new Steps(readInstructed(text)) };
}

interface ReadText {
  readonly records: readonly (readonly Reading[])[];
  readonly index: TextIndex;
}

function* readText(output: string): Generator<undefined, ReadText> {
  const { isJson, records } = yield* recordsOf(output);
  const readings = records.flat();
  const words = new WordFilter(readings.reduce((sum, { length }) => sum + length, 0));
  const pace = new Pace();
  for (const reading of readings) {
    for (const piece of reading.newPieces) {
      if (pace.isOver(piece.length)) yield;
      words.add(piece);
    }
  }
  yield;
  return { records, index: indexOf(readings, isJson, words) };
}

function indexOf(readings: readonly Reading[], areFields: boolean, words?: WordFilter): TextIndex {
  const whole = (): readonly string[] => readings.map(({ text }) => text);
  return new TextIndex(
    readings.map(({ textWithGaps }) => textWithGaps),
    false,
    areFields,
    words,
    whole,
  );
}

function* readInstructed(reading: Steps<ReadText>): Generator<undefined, TextIndex | undefined> {
  const { records, index } = reading.finish();
  const instructed: (readonly Reading[])[] = [];
  const pace = new Pace();
  for (const readings of records) {
    for (const window of readings.flatMap(({ windows }) => windows)) {
      if (pace.isOver(window.length)) yield;
      if (!hasInstructions(window)) continue;
      instructed.push(readings);
      break;
    }
  }
  if (instructed.length === 0) return undefined;
  if (instructed.length === records.length) return index;
  return indexOf(instructed.flat(), false);
}
