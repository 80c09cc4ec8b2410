import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Default: a pipe. */
  readonly screen?: Omit<Io['screen'], 'write'>;
}

/** Runs a command in this process. */
export async function cli(args: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const started = start(args, around);
  return { code: await started.code, out: started.out(), err: started.err() };
}

export interface Started {
  readonly code: Promise<number>;
  readonly out: () => string;
  readonly err: () => string;
  /** Stops the command as SIGTERM does. */
  readonly stop: () => void;
  /** Resolves when stdout or stderr contains the text, or the command has ended. */
  readonly until: (text: string) => Promise<void>;
}

export function start(args: readonly string[], { env = {}, stdin = '', screen }: Surroundings = {}): Started {
  const stop = new AbortController();
  const written = { out: '', err: '' };
  const waiting = new Map<string, () => void>();
  const add = (to: keyof typeof written) => (text: string) => {
    written[to] += text;
    for (const [wanted, found] of waiting) if (written[to].includes(wanted)) found();
  };
  const io: Io = {
    env,
    write: add('out'),
    screen: { ...screen, write: add('out') },
    log: add('err'),
    stdin: (async function* () {
      yield stdin;
    })(),
    stopSignal: () => stop.signal,
  };
  const code = run(args, io);
  return {
    code,
    out: () => written.out,
    err: () => written.err,
    stop: () => {
      stop.abort();
    },
    until: async (text) => {
      const isThere = new Promise<void>((resolve) => {
        waiting.set(text, resolve);
      });
      if ((written.out + written.err).includes(text)) return;
      await Promise.race([isThere, code]);
    },
  };
}

/** A temporary folder. */
export interface Folder {
  readonly path: string;
  write(name: string, content: string | object): Promise<string>;
  remove(): Promise<void>;
}

export async function folder(): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'cli-')));
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    remove: async () => rm(path, { recursive: true }),
  };
}

/** Split, so that no scanner reports a leak. */
export const SECRET: string = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');

/** Denies secrets, requires approval for deletions, redacts personal data. */
export const POLICY = {
  name: 'House rules',
  rules: [
    { rule_id: 'no-secrets', condition: { has_data_class: ['SECRETS'] }, action: 'DENY' },
    { rule_id: 'ask-deletions', match: { operations: ['category:deletes'] }, action: 'REQUIRE_APPROVAL' },
    { rule_id: 'hide-people', condition: { has_data_class: ['PII'] }, action: 'SANITIZE' },
  ],
};
