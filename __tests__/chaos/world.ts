import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeOpenAI } from '../../src/testing.ts';
import { MODEL } from '../setup/model.ts';
import { program } from '../setup/program.ts';
import { chaosGateway, type ChaosGateway } from './gateway.ts';
import type { JournalKind, Settings, Start } from './jobs.ts';
import type { JournalFile } from './journal-file.ts';
import { chaosModel, type ChaosModel } from './model.ts';
import type { Plan } from './plans.ts';
import { postgresStore, type DatabaseKind } from './postgres-store.ts';
import type { Random } from './random.ts';
import { fileStore, type ChaosStore } from './store.ts';

const FOLDERS = ['effects', 'transfers'] as const;

/** The API, the gateway and the disk, which outlive every process. */
export interface ChaosWorld {
  /** Path of the program that serves runs. */
  readonly module: string;
  readonly settings: Settings;
  readonly gateway: ChaosGateway;
  readonly model: ChaosModel;
  readonly store: ChaosStore;
  /** The run's journal, if it exists and its first line is complete. */
  journalOf(plan: Plan): Promise<JournalFile | undefined>;
  /** The request that starts or resumes the run, from what an operator can see. */
  startOf(plan: Plan): Promise<Start>;
  close(): Promise<void>;
}

export async function chaosWorld(
  plans: ReadonlyMap<string, Plan>,
  journal: JournalKind,
  random: Random,
  database?: DatabaseKind,
  isCalm = false,
): Promise<ChaosWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const [effects = '', transfers = ''] = FOLDERS.map((name) => join(folder, name));
  for (const one of [effects, transfers]) mkdirSync(one);
  // The database has a user of its own.
  if (database) chmodSync(folder, 0o755);
  const store = await (database ? postgresStore(database, folder, random, isCalm) : fileStore(folder, random));
  const module = program(`import './__tests__/chaos/worker.ts'`);
  const model = chaosModel(plans, random);
  const openai = new FakeOpenAI({ script: model.script });
  const [api, gateway] = await Promise.all([openai.listen(), chaosGateway(random)]);
  const places = new Map([...plans.keys()].map((id) => [id, openai.seed(id)]));
  const placeOf = ({ id }: Plan): ReturnType<FakeOpenAI['seed']> => {
    const place = places.get(id);
    if (!place) throw new Error(`No thread was seeded for ${id}.`);
    return place;
  };

  const journalOf = async (plan: Plan): Promise<JournalFile | undefined> => {
    const { threadId, conversationId, sessionId } = placeOf(plan);
    const ids = plan.api === 'session' ? [sessionId] : [threadId, conversationId, plan.id];
    return store.find(ids);
  };

  return {
    module,
    gateway,
    model,
    store,
    settings: { apiUrl: api.url, gatewayUrl: gateway.url, effects, transfers, journal, ...store.settings },
    journalOf,
    async startOf(plan) {
      const { threadId, assistantId, conversationId, sessionId } = placeOf(plan);
      if (plan.api === 'assistants') {
        const runId = openai.runs(threadId).at(-1)?.id;
        return runId === undefined ? { how: 'run', threadId, assistantId } : { how: 'resume', threadId, runId };
      }
      if (plan.api === 'session') {
        const hasStarted = openai.session(sessionId).turns.length > 0;
        return hasStarted ? { how: 'resume-session', sessionId } : { how: 'session', sessionId, input: plan.id };
      }
      const runId = (await journalOf(plan))?.run?.id;
      if (runId !== undefined) return { how: 'resume-responses', runId };
      const where = { chain: {}, conversation: { conversation: conversationId }, stateless: { store: false } }[
        plan.api
      ];
      const background = plan.isBackground ? { background: true } : {};
      return { how: 'respond', params: { model: MODEL, input: plan.id, ...background, ...where } };
    },
    async close() {
      await Promise.all([api.close(), gateway.close(), store.close()]);
      // A process that was killed may leave a file the moment before.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
