import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Job, JobEnd, Settings } from './jobs.ts';

/** A process that serves runs until it is killed. */
export interface Worker {
  readonly pid: number;
  /** Set once it is gone; what it wrote to stderr, if that was not a kill. */
  readonly gone: Promise<string | undefined>;
  send(job: Job): void;
  kill(): void;
  /** Lets it go. */
  close(): void;
}

/** @param told called with the end of each job */
export async function startWorker(
  module: string,
  settings: Settings,
  told: (worker: Worker, end: JobEnd) => Promise<void>,
): Promise<Worker> {
  const child = fork(module, [JSON.stringify(settings)], {
    execArgv: [],
    // Whatever started the test has options of its own.
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let says = '';
  child.stderr?.on('data', (text) => (says += String(text)));
  const gone = exited(child).then((signal) => (signal === 'SIGKILL' || says === '' ? undefined : says));
  const worker: Worker = {
    pid: child.pid ?? 0,
    gone,
    send: (job) => {
      if (child.connected) child.send(job, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
      else void told(worker, message as JobEnd);
    });
  });
  await Promise.race([ready, gone]);
  return worker;
}

async function exited(child: ChildProcess): Promise<unknown> {
  const [, signal] = (await once(child, 'exit')) as unknown[];
  return signal;
}
