import type { Hit, Scan } from './hit.ts';
import { Placeholders } from './placeholders.ts';
import { replaceHits, type Redaction } from './redact.ts';
import { scan } from './scan.ts';
import type { DataClass, Detector } from './span.ts';

/** Something found in a body. It says where, and never what. */
export interface Finding {
  readonly dataClass: DataClass;
  /** `EMAIL`, `GITHUB_TOKEN`, …: as the placeholder says it. */
  readonly type: string;
  /** Such as `user.emails[0]`; empty when the body is a text. Names that hold something are `[REDACTED:…]` in it. */
  readonly path: string;
  readonly where: 'value' | 'key';
  /** An address in a field that one addresses by: not a leak, and not redacted. */
  readonly isAddress: boolean;
  /** How it was hidden: `base64`, `hex`, `percent`, `nested JSON`, `unicode`, `split`, …; absent when it was not. */
  readonly encoding?: string;
}

/** What a body holds. */
export interface Detection {
  readonly findings: readonly Finding[];
  /** The classes of the findings, without what is only an address. */
  readonly classes: ReadonlySet<DataClass>;
  /** False when a detector failed, the body is not JSON, or the work was more than is allowed: counts as found. */
  readonly isComplete: boolean;
}

export interface DetectOptions {
  /** The countries whose telephone numbers are known without their prefix, as ISO 3166 codes (`US`). */
  readonly regions: readonly string[];
}

export interface Detecting {
  readonly detect: (body: unknown, options: DetectOptions) => Detection;
  readonly redact: (detection: Detection, classes: ReadonlySet<DataClass>) => Redaction | undefined;
}

// What one redaction leaves is mostly a second copy in another encoding.
const MOST_ROUNDS = 3;

/** Detection and redaction with a list of detectors. */
export function createDetector(detectors: readonly Detector[]): Detecting {
  // Apart from the detection, so that no log of one has the values in it.
  const scans = new WeakMap<Detection, { readonly scan: Scan; readonly regions: readonly string[] }>();

  return {
    detect: (body, { regions }) => {
      const scanned = scan(body, detectors, regions);
      const findings = scanned.hits.map(asFinding);
      const leaks = findings.filter(({ isAddress }) => !isAddress);
      const detection: Detection = {
        findings,
        classes: new Set(leaks.map(({ dataClass }) => dataClass)),
        isComplete: scanned.isComplete,
      };
      scans.set(detection, { scan: scanned, regions });
      return detection;
    },

    redact: (detection, classes) => {
      const known = scans.get(detection);
      if (!known) return undefined;
      let { scan: current } = known;
      const [body] = current.root;
      if (!current.isComplete) return undefined;
      if (!isDirty(current, classes)) return { body, fields: [] };
      const placeholders = new Placeholders(JSON.stringify(body));
      const fields = new Set<string>();
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const next = replaceHits(current, classes, placeholders);
        for (const field of next.fields) fields.add(field);
        current = scan(next.body, detectors, known.regions, placeholders.made);
        if (!current.isComplete) return undefined;
        if (!isDirty(current, classes)) return { body: next.body, fields: [...fields] };
      }
      return undefined;
    },
  };
}

function isDirty({ hits }: Scan, classes: ReadonlySet<DataClass>): boolean {
  return hits.some(({ dataClass, isAddress }) => !isAddress && classes.has(dataClass));
}

function asFinding({ dataClass, type, leaf, isAddress, encoding }: Hit): Finding {
  const { path, where } = leaf;
  return { dataClass, type, path, where, isAddress, ...(encoding === undefined ? {} : { encoding }) };
}
