import { scanBody } from './body-scan.ts';
import type { BodyScan, Hit } from './hit.ts';
import { Placeholders } from './placeholders.ts';
import { replaceHits, type Redaction } from './redact.ts';
import type { DataClass, Detector } from './span.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** A finding: the type and the location of sensitive data, never its value. */
export interface Finding {
  readonly dataClass: DataClass;
  /** The type as in the placeholder: `EMAIL`, `GITHUB_TOKEN`, … */
  readonly type: string;
  /** The path, such as `user.emails[0]`; empty if the body is a string. Names with findings become `[REDACTED:…]`. */
  readonly path: string;
  readonly where: 'value' | 'key';
  /** True for an address in an address field, such as `to`: not a leak, and not redacted. */
  readonly isAddress: boolean;
  /** The encoding: `base64`, `hex`, `percent`, `nested JSON`, `unicode`, `split`, …; absent for plain text. */
  readonly encoding?: string;
}

/** The findings in a body. */
export interface Detection {
  readonly findings: readonly Finding[];
  /** The classes of the findings that are not addresses. */
  readonly classes: ReadonlySet<DataClass>;
  /** False if a detector failed, the body is not JSON, or a limit was exceeded. Policies treat that like a finding. */
  readonly isComplete: boolean;
}

export interface DetectOptions {
  /** The countries whose telephone numbers are detected without their prefix, as ISO 3166 codes (`US`). */
  readonly regions: readonly string[];
}

/** A value that was found. */
export interface FoundValue {
  readonly value: string;
  /** The name of the field whose whole value it is; undefined for a part of a text. */
  readonly wholeOf: string | undefined;
}

export interface DetectionEngine {
  readonly detect: (body: unknown, options: DetectOptions) => Detection;
  readonly redact: (detection: Detection, classes: ReadonlySet<DataClass>) => Redaction | undefined;
  readonly valuesOf: (detection: Detection, dataClass: DataClass) => readonly FoundValue[] | undefined;
}

// A further round redacts copies of the same data in another encoding.
const MAX_ROUNDS = 3;

/** Creates detection and redaction with these detectors. */
export function createDetector(detectors: readonly Detector[]): DetectionEngine {
  // Kept outside of the detection, so that logging a detection shows no values.
  const scans = new WeakMap<Detection, { readonly scan: BodyScan; readonly regions: readonly string[] }>();

  return {
    detect: (body, { regions }) => {
      const scanned = scanBody(body, detectors, regions);
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

    valuesOf: (detection, dataClass) => {
      const hits = scans.get(detection)?.scan.hits.filter((hit) => !hit.isAddress && hit.dataClass === dataClass);
      const whole = new Set(hits?.flatMap((hit) => (isWholeValue(hit) ? hit.leaf : [])));
      // What is decoded from a value that is a secret itself is the same secret: the parts of a JWT.
      return hits
        ?.filter((hit) => hit.encoding === undefined || isWholeValue(hit) || !whole.has(hit.leaf))
        .map((hit) => ({ value: hit.value, wholeOf: isWholeValue(hit) ? hit.leaf.key : undefined }));
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
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const next = replaceHits(current, classes, placeholders);
        for (const field of next.fields) fields.add(field);
        current = scanBody(next.body, detectors, known.regions, placeholders.made);
        if (!current.isComplete) return undefined;
        if (!isDirty(current, classes)) return { body: next.body, fields: [...fields] };
      }
      return undefined;
    },
  };
}

function isWholeValue({ leaf: { container, name, where }, value }: Hit): boolean {
  return where === 'value' && (container as Record<string | number, unknown>)[name] === value;
}

function isDirty({ hits }: BodyScan, classes: ReadonlySet<DataClass>): boolean {
  return hits.some(({ dataClass, isAddress }) => !isAddress && classes.has(dataClass));
}

function asFinding({ dataClass, type, leaf, isAddress, encoding }: Hit): Finding {
  const { path, where } = leaf;
  return omitUndefined({ dataClass, type, path, where, isAddress, encoding });
}
