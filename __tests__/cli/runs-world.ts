import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeOpenAI, type Script } from 'interven-openai-assistants/testing';
import { program } from '../setup/program.ts';
import { cli, folder, type Folder, type Ran } from './world.ts';

export const RUNNER = '__tests__/cli/runs-runner.ts';

/** An API on a port, a folder for journals, and child processes that serve runs. */
export interface RunsWorld {
  readonly openai: FakeOpenAI;
  readonly seeded: ReturnType<FakeOpenAI['seed']>;
  readonly files: Folder;
  readonly journals: string;
  /** The effects of handlers, in all processes. */
  effects(): readonly string[];
  /** Runs `runs …` with the journals. */
  runs(...args: string[]): Promise<Ran>;
  /** Starts a process that serves the seeded thread, and waits until its handler `stay` has begun. */
  serveInChild(): Promise<ChildProcess>;
  close(): Promise<void>;
}

export async function runsWorld(script: Script): Promise<RunsWorld> {
  const openai = new FakeOpenAI({ script });
  const listening = await openai.listen();
  const files = await folder();
  const journals = join(files.path, 'journals');
  await mkdir(journals);
  const effectsFile = join(files.path, 'effects');
  const effects = (): readonly string[] =>
    existsSync(effectsFile) ? readFileSync(effectsFile, 'utf8').split('\n').slice(0, -1) : [];
  const env = { RUNS_API: `${listening.url}/v1`, RUNS_JOURNAL: journals, RUNS_EFFECTS: effectsFile };
  Object.assign(process.env, env);
  delete process.env['RUNS_APPROVED'];
  const seeded = openai.seed('Hello');
  const children: ChildProcess[] = [];
  return {
    openai,
    seeded,
    files,
    journals,
    effects,
    runs: async (...args) => cli(['runs', ...args, '--journal', journals]),
    async serveInChild() {
      const served = [seeded.threadId, seeded.assistantId];
      const child = spawn('node', [program(`import './__tests__/cli/runs-child.ts'`), ...served], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      children.push(child);
      while (child.exitCode === null && !effects().includes('stay')) await sleep(10);
      return child;
    },
    async close() {
      for (const child of children) await killed(child);
      await listening.close();
      await files.remove();
    },
  };
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The path of the only journal in a folder. */
export async function onlyJournal(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.journal.jsonl'));
  return join(directory, names[0] ?? '');
}

/** The run id in the path of a journal. */
export function idOf(file: string): string {
  return file.replace(/^.*\/|\.journal\.jsonl$/g, '');
}

/** The name and content of each file in a folder. */
export async function snapshot(directory: string): Promise<readonly (readonly [name: string, text: string])[]> {
  const names = (await readdir(directory)).toSorted();
  return names.map((name) => [name, readFileSync(join(directory, name), 'utf8')] as const);
}
