import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Job, JobEnd, Settings } from './jobs.ts';

/** A process that serves runs until it is killed. */
export interface Worker {
  readonly pid: number;
  /** Resolves when the process has exited, with its stderr unless it was killed. */
  readonly gone: Promise<string | undefined>;
  send(job: Job): void;
  kill(): void;
  pause(): void;
  wake(): void;
  /** Disconnects, so that the process exits. */
  close(): void;
}

/** @param onJobEnd called with the end of each job */
export async function startWorker(
  module: string,
  settings: Settings,
  onJobEnd: (worker: Worker, end: JobEnd) => void,
): Promise<Worker> {
  const child = fork(module, [JSON.stringify(settings)], {
    execArgv: [],
    // Without the options of the process that started the test.
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (text) => (stderr += String(text)));
  const gone = exited(child).then((signal) => (signal === 'SIGKILL' || stderr === '' ? undefined : stderr));
  const worker: Worker = {
    pid: child.pid ?? 0,
    gone,
    send: (job) => {
      if (child.connected) child.send(job, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
      else onJobEnd(worker, message as JobEnd);
    });
  });
  await Promise.race([ready, gone]);
  return worker;
}

async function exited(child: ChildProcess): Promise<unknown> {
  const [, signal] = (await once(child, 'exit')) as unknown[];
  return signal;
}
