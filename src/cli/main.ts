#!/usr/bin/env node
import type { Io } from './command.ts';
import { run } from './run.ts';

/** The shell's convention for a process ended by a signal: 128 plus its number. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

// The reader of a pipe may close it early.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const io: Io = {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  screen: process.stdout,
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

/** Milliseconds that open handles of a runner's module may keep the process alive. */
const CLOSING_MS = 2_000;

// Not exit(): output must be flushed first.
process.exitCode = await run(process.argv.slice(2), io);
setTimeout(() => process.exit(), CLOSING_MS).unref();
