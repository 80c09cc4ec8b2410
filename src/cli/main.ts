#!/usr/bin/env node
import type { Io } from './command.ts';
import { run } from './run.ts';

/** What a shell reports for a process that a signal ended: 128 and its number. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

// Whoever read the results may have had enough; the exit code is still an answer.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const io: Io = {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  log: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  stopSignal: () => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (stop.signal.aborted) process.exit(CODES[signal]);
        stop.abort();
      });
    }
    return stop.signal;
  },
};

/** What a runner's module has open may close in this time, milliseconds: then nobody waits for it any more. */
const CLOSING_MS = 2_000;

// Not exit(): what is written has to arrive first.
process.exitCode = await run(process.argv.slice(2), io);
setTimeout(() => process.exit(), CLOSING_MS).unref();
