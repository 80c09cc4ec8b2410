import { open } from 'node:fs/promises';
import { hashOf, linkOf, type Link } from '../../internal/hash-chain.ts';
import { eachLine } from '../../internal/json-lines.ts';
import { jsonObjectIn } from '../../internal/json.ts';

/** A line of a file, counted from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
}

export interface ChainProblem extends Place {
  /** Completes "line 4 …". */
  readonly message: string;
}

export interface ChainReport {
  readonly lines: number;
  /** The problems, at most 100 of them. */
  readonly problems: readonly ChainProblem[];
  readonly problemCount: number;
  /** What the chain cannot show about these files. */
  readonly notes: readonly string[];
  /** The last entry, which no other line vouches for. */
  readonly last: ChainEntry | undefined;
  /** The line with the hash that was kept elsewhere. */
  readonly anchor: Place | undefined;
}

export interface ChainEntry extends Place {
  readonly seq: number;
  readonly hash: string;
}

const MAX_PROBLEMS = 100;

/**
 * Checks the files of an audit log, oldest first: that each line is as it was when the next one was written, and that no
 * line is missing or moved.
 *
 * @param anchor the hash of a line that was kept elsewhere
 * @throws Error if a file cannot be read
 */
export async function verifyChain(files: readonly string[], anchor?: string): Promise<ChainReport> {
  const chain = new ChainCheck(anchor);
  for (const file of files) {
    const handle = await open(file, 'r');
    try {
      let line = 0;
      const rest = await eachLine(handle, 0, (bytes) => {
        line += 1;
        chain.check({ file, line }, bytes);
      });
      if (rest > 0) chain.notes.push(`${file} ends with ${rest} bytes of an unfinished line, from a write or a crash.`);
    } finally {
      await handle.close();
    }
  }
  return chain.report();
}

/** Checks the lines of a chain, oldest first. */
export class ChainCheck {
  readonly notes: string[] = [];
  readonly #anchor: string | undefined;
  #anchorAt: Place | undefined;
  #lines = 0;
  #problemCount = 0;
  /** A function makes its message once all numbers are known. */
  readonly #problems: (Place & { readonly message: string | (() => string) })[] = [];
  readonly #numbers = new Set<number>();
  #previous: ChainEntry | undefined;
  /** Lines since the previous entry that are no entries. */
  #skipped = 0;

  constructor(anchor: string | undefined) {
    this.#anchor = anchor;
  }

  check(place: Place, bytes: Buffer): void {
    this.#lines += 1;
    const hash = hashOf(bytes);
    if (hash === this.#anchor) this.#anchorAt = place;
    const link = linkOf(jsonObjectIn(bytes.toString('utf8')) ?? {});
    if (!link) {
      this.#skipped += 1;
      this.#add(place, 'is not an entry with `seq` and `prev`');
      return;
    }
    const { seq, prev } = link;
    const isFirst = this.#previous === undefined;
    if (isFirst && seq !== 1) this.notes.push(`The chain begins with number ${seq}: earlier lines are not among them.`);
    const due = this.#previous ? this.#previous.seq + 1 : seq;
    const isNext = isFirst || prev === this.#previous?.hash;
    if (isNext && seq !== due) this.#add(place, `was changed: its number is ${seq} instead of ${due}`);
    else if (!isNext) this.#checkBreak(place, { seq, prev, due });
    if (this.#numbers.has(seq)) this.#add(place, `has the number ${seq}, as an earlier line has`);
    this.#numbers.add(seq);
    this.#previous = { ...place, hash, seq: isNext ? due : seq };
    this.#skipped = 0;
  }

  /** Checks the link that is kept for the next line: it shows whether the last lines are missing or changed. */
  checkNext(place: Place, link: Link | undefined): void {
    if (!link) this.#add(place, 'is missing, so nothing shows which line is the last one');
    else if (this.#previous && link.prev === this.#previous.hash) return;
    else if (this.#previous || link.seq > 1) this.#checkBreak(place, { ...link, due: (this.#previous?.seq ?? 0) + 1 });
  }

  /** Names the problem between the previous entry and one that does not carry its hash. */
  #checkBreak(place: Place, { seq, prev, due }: { seq: number; prev: string | null; due: number }): void {
    const before = this.#previous ?? place;
    if (seq === due) this.#add(before, `was changed, or the hash of it in ${inFile(place, before)}`);
    else if (this.#skipped > 0 && seq === due + this.#skipped) return;
    else if (prev === null) this.#add(place, 'begins a new chain: nothing shows which lines were before it');
    else this.#add(place, () => this.#gap(seq, due));
  }

  #gap(seq: number, due: number): string {
    const elsewhere = [...this.#numbers].filter((number) => number >= due && number < seq).length;
    if (seq < due || elsewhere === seq - due) return `is out of order: its number is ${seq} where ${due} is due`;
    const count = seq - due - elsewhere;
    const range = seq - due === 1 ? `number ${due}` : `${elsewhere > 0 ? 'of ' : ''}numbers ${due} to ${seq - 1}`;
    return `follows a gap: ${count === 1 ? '1 line is' : `${count} lines are`} missing (${range})`;
  }

  #add(place: Place, message: string | (() => string)): void {
    this.#problemCount += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ file: place.file, line: place.line, message });
  }

  report(): ChainReport {
    const problems = this.#problems.map(({ message, ...place }) => {
      return { ...place, message: typeof message === 'string' ? message : message() };
    });
    return {
      lines: this.#lines,
      problems,
      problemCount: this.#problemCount,
      notes: this.notes,
      last: this.#previous,
      anchor: this.#anchorAt,
    };
  }
}

function inFile({ file, line }: Place, other: Place): string {
  return file === other.file ? `line ${line}` : `line ${line} of ${file}`;
}
