import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CallContext } from '../../src/runner/call/registered-tool.ts';
import type { InDoubtAnswer, InDoubtCall } from '../../src/runner/call/open-call.ts';
import { tool, type Tool } from '../../src/runner/tools/tool.ts';
import { realNow } from './clock.ts';
import type { Settings, Witnessed } from './jobs.ts';
import { TOOLS, type ToolName } from './plans.ts';

/** The arguments of a call. The gateway may redact `note`. */
const parameters = z.object({
  key: z.string(),
  note: z.string(),
  act: z.enum(['return', 'slow', 'throw-before', 'throw-after', 'hang']),
  ms: z.number(),
});
type Input = z.output<typeof parameters>;

const HANDLER_MS = 250;

/** Appends a line to the plan's file. Syncs an effect before it returns. */
export function witness(folder: string, planId: string, seen: Witnessed): void {
  const file = fs.openSync(join(folder, planId), 'a');
  fs.writeSync(file, `${JSON.stringify(seen)}\n`);
  if (seen.what === 'effect') fs.fsyncSync(file);
  fs.closeSync(file);
}

export function readWitnessed(folder: string, planId: string): readonly Witnessed[] {
  const path = join(folder, planId);
  const lines = fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\n') : [];
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Witnessed);
}

export const planOf = (key: string): string => key.slice(0, key.indexOf('.'));

export function workerTools(settings: Pick<Settings, 'effects' | 'transfers'>): Record<ToolName, Tool> {
  const toolOf = (name: ToolName): Tool =>
    tool({
      parameters,
      execute: async (input, call) => act(name, input, call, settings),
      timeoutMs: HANDLER_MS,
      sequential: name === 'book',
      idempotent: name === 'mirror',
    });
  return Object.fromEntries(TOOLS.map((name) => [name, toolOf(name)])) as Record<ToolName, Tool>;
}

async function act(
  name: ToolName,
  { key, note, act, ms }: Input,
  call: CallContext,
  { effects, transfers }: Pick<Settings, 'effects' | 'transfers'>,
): Promise<string> {
  if (act === 'slow') await sleep(ms);
  if (act === 'throw-before') throw new Error('Before the effect.');
  const { callId, idempotencyKey } = call;
  const mine = randomUUID();
  // Of the same transfer twice, the bank makes one: a process that was paused may wake up after another one asked the bank.
  const id = name === 'transfer' ? firstUnder(join(transfers, encodeURIComponent(idempotencyKey)), mine) : mine;
  if (id === mine)
    witness(effects, planOf(key), { what: 'effect', id, key, callId, tool: name, idempotencyKey, note, at: realNow() });
  if (act === 'slow') await sleep(ms);
  if (act === 'throw-after') throw new Error('After the effect.');
  if (act === 'hang') await new Promise(() => undefined);
  return `did ${id}`;
}

/** Returns what the first caller wrote to the file. */
function firstUnder(path: string, text: string): string {
  try {
    fs.linkSync(written(`${path}.${text}`, text), path);
    return text;
  } catch {
    return fs.readFileSync(path, 'utf8');
  }
}

function written(path: string, text: string): string {
  fs.writeFileSync(path, text);
  return path;
}

/** Answers `onInDoubt`: looks `transfer` up by its idempotency key, and reports every other call as in doubt. */
export async function settleInDoubt(
  effects: string,
  { name, arguments: args, idempotencyKey }: InDoubtCall,
): Promise<InDoubtAnswer> {
  if (name !== 'transfer') return 'report';
  const done = readWitnessed(effects, planOf(String(args['key']))).find(
    (seen) => seen.what === 'effect' && seen.idempotencyKey === idempotencyKey,
  );
  return done?.what === 'effect' ? { output: `did ${done.id}` } : 'run';
}
