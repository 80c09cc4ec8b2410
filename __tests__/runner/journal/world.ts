import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import OpenAI from 'openai7';
import {
  fileJournal,
  GuardedRunner,
  type GuardedRunnerOptions,
  type OpenAIClient,
  type Tools,
} from 'interven-openai-assistants';
import {
  FakeOpenAI,
  ScriptedGateway,
  type FakeOpenAIOptions,
  type ScriptedRule,
} from 'interven-openai-assistants/testing';
import type { JournalEvent } from '../../../src/runner/journal/events.ts';
import { waitFor } from '../../setup/wait-for.ts';

const folders: string[] = [];
const controllers: AbortController[] = [];

afterEach(async () => {
  const left = controllers.splice(0);
  for (const one of left) one.abort();
  // Otherwise a run would close its journal after the test environment is gone, or never.
  if (left.length > 0) {
    await waitFor(async () =>
      (await Promise.all(folders.map(async (folder) => readdir(folder))))
        .flat()
        .every((name) => !name.endsWith('.lock')),
    );
  }
  await Promise.all(folders.splice(0).map(async (folder) => rm(folder, { recursive: true, force: true })));
});

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return folder;
}

/** Copies the journals of a folder as a process would leave them if it died now, without its locks. */
export async function imageOf(folder: string): Promise<string> {
  const image = await newFolder();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.journal.jsonl'));
  await Promise.all(names.map(async (name) => cp(join(folder, name), join(image, name))));
  return image;
}

/** Waits until a journal of the folder has a record of that kind whose line contains the text. */
export async function untilRecorded(folder: string, type: JournalEvent['type'], text: string): Promise<void> {
  await waitFor(async () => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.journal.jsonl'));
    const contents = await Promise.all(names.map(async (name) => readFile(join(folder, name), 'utf8')));
    // The last line may be incomplete.
    const lines = contents.flatMap((content) => content.split('\n').slice(0, -1));
    return lines.some((line) => line.includes(`"type":"${type}"`) && line.includes(text));
  });
}

export type Options = Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;

export interface JournalWorld {
  readonly openai: FakeOpenAI;
  readonly client: OpenAI;
  readonly gateway: ScriptedGateway;
  readonly place: ReturnType<FakeOpenAI['seed']>;
  readonly folder: string;
  /** Starts a simulated process: a runner with its journals in a folder. */
  process(tools: Tools, options?: Options & { readonly in?: string }): GuardedRunner;
}

/** An API and a gateway that outlive the processes that use them. */
export async function journalWorld(
  script: FakeOpenAIOptions['script'],
  decisions: Record<string, ScriptedRule>,
  api: Partial<FakeOpenAIOptions> = {},
): Promise<JournalWorld> {
  const openai = new FakeOpenAI({ script, ...api });
  const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
  const gateway = new ScriptedGateway(decisions);
  const folder = await newFolder();
  return {
    openai,
    client,
    gateway,
    folder,
    place: openai.seed('Hello'),
    process: (tools, { in: where = folder, ...options } = {}) =>
      new GuardedRunner({ client, gateway, tools, journal: fileJournal(where), pollIntervalMs: 5, ...options }),
  };
}

/** A signal that aborts when the test ends, for simulated processes that would never end. */
export function untilTheEnd(): AbortSignal {
  const one = new AbortController();
  controllers.push(one);
  return one.signal;
}
