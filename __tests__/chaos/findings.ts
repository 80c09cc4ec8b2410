import { readdirSync } from 'node:fs';
import { STANDARD_MESSAGES } from '../../src/runner/call/messages.ts';
import { changedDecisions, type Effect } from './changed.ts';
import type { Course } from './course.ts';
import { grouped } from './grouped.ts';
import { begunCalls, journalFiles, readJournalFile, type JournalFile } from './journal-file.ts';
import type { Plan } from './plans.ts';
import { readWitnessed } from './worker-tools.ts';
import type { ChaosWorld } from './world.ts';

/** What was found when all was over. What must not be is named, so that it can be looked into. */
export interface Findings {
  /** Handlers' effects. */
  readonly effects: number;
  readonly scans: number;
  /** Calls of which the model was told that nobody knows; and how many of them had had their effect. */
  readonly inDoubt: number;
  readonly inDoubtAndDone: number;
  /** Effects of idempotent tools that came again. */
  readonly repeated: number;
  /** Effects that came twice and must not. */
  readonly duplicates: readonly string[];
  /** Calls that were done otherwise than was decided first. */
  readonly changed: readonly string[];
  /** Everything else that must not be. */
  readonly faults: readonly string[];
}

/** A call, and what the model was told of it last. */
interface ToldCall {
  readonly callId: string;
  readonly key: string;
  readonly texts: readonly string[];
  readonly last: string;
}

const IN_DOUBT = STANDARD_MESSAGES.in_doubt({
  name: '',
  reasonCodes: [],
  approvalUrl: undefined,
  fields: [],
  error: undefined,
  outputBytes: 0,
});
/** What the model may be told of a call that ran. */
const RAN = /^(?:#sanitized\n\n)?did (\S+)$/;
const NOT_RUN: readonly string[] = ['#denied', '#approval_pending', '#approval_denied', '#approval_expired'];
const MAY_HAVE_RUN: readonly string[] = ['#handler_error', '#handler_timeout', IN_DOUBT];

export function findings(plans: readonly Plan[], world: ChaosWorld, course: Course): Findings {
  const { effects: folder, journals: journalFolder } = world.settings;
  const witnessed = readdirSync(folder).flatMap((id) => readWitnessed(folder, id));
  const effects = witnessed.filter((seen) => seen.what === 'effect');
  const journals = journalFiles(journalFolder).map(readJournalFile);
  const told = [...world.model.told].map(([callId, one]): ToldCall => ({
    callId,
    ...one,
    last: one.texts.at(-1) ?? '',
  }));
  const doubted = told.filter(({ last }) => last === IN_DOUBT);
  const done = new Set(effects.map(({ callId }) => callId));
  const { snapshots, unseen, parked } = course;
  const duplicates = duplicatesOf(effects);
  return {
    effects: effects.length,
    scans: world.gateway.scans.length,
    inDoubt: doubted.length,
    inDoubtAndDone: doubted.filter(({ callId }) => done.has(callId)).length,
    repeated: effects.length - new Set(effects.map(({ key }) => key)).size,
    duplicates,
    changed: changedDecisions({ witnessed, effects, journals, snapshots, parked, gateway: world.gateway }),
    faults: [
      ...course.faults,
      ...world.model.complaints,
      ...unheard(plans, told),
      ...told.flatMap((one) => falselyTold(one, effects)),
      ...falseDoubts(plans, told, snapshots, unseen),
    ],
  };
}

/** Of a tool that is not idempotent no thing is done twice; of one that is, always by the same key and with the same arguments. */
function duplicatesOf(effects: readonly Effect[]): string[] {
  return [...grouped(effects, ({ key }) => key)].flatMap(([key, same]) => {
    const [first] = same;
    const isRepeat = same.every((one) => one.idempotencyKey === first?.idempotencyKey && one.note === first.note);
    return same.length === 1 || (first?.tool === 'mirror' && isRepeat) ? [] : [`${key}: ${JSON.stringify(same)}`];
  });
}

/** The model was told of everything that it was to ask for. */
function unheard(plans: readonly Plan[], told: readonly ToldCall[]): string[] {
  const heard = new Set(told.map(({ key }) => key));
  const planned = plans.flatMap(({ api, turns }) => turns.flat().map(({ key }) => ({ key, api })));
  return planned
    .filter(({ key }) => !heard.has(key))
    .map(({ key, api }) => `The model never heard of ${key} (${api}).`);
}

/** What the model is told of a call is so, and is told once. */
function falselyTold({ callId, key, texts, last }: ToldCall, effects: readonly Effect[]): string[] {
  // Of a request that was lost with its process, and sent again, nobody saw the first reply.
  const words = new Set(texts.filter((text) => text !== '#approval_pending'));
  if (words.size > 1) return [`The model was told of ${callId} (${key}): ${[...words].join(' | ')}`];
  const own = effects.filter((effect) => effect.callId === callId);
  const ran = RAN.exec(last)?.[1];
  if (ran !== undefined) return own.some(({ id }) => id === ran) ? [] : [`${callId} (${key}) never did ${ran}.`];
  if (MAY_HAVE_RUN.includes(last)) return [];
  if (!NOT_RUN.includes(last)) return [`The model was told of ${callId} (${key}): ${last}`];
  return own.length === 0 ? [] : [`The model was told ${last} of ${callId} (${key}), which had its effect.`];
}

/** In doubt is what was begun when its process died, and is not recorded; unless its tool is idempotent, or the user finds out. */
function falseDoubts(
  plans: readonly Plan[],
  told: readonly ToldCall[],
  snapshots: readonly JournalFile[],
  unseen: ReadonlySet<string>,
): string[] {
  const begun = new Set(snapshots.flatMap(begunCalls));
  const toolOf = new Map(plans.flatMap(({ turns }) => turns.flat().map(({ key, tool }) => [key, tool])));
  return told.flatMap(({ callId, key, last }) => {
    const tool = toolOf.get(key);
    const isDoubted = last === IN_DOUBT;
    const mustBe = begun.has(callId) && (tool === 'pay' || tool === 'book');
    // What was begun when nobody looked may be in doubt.
    const [planId = ''] = key.split('.');
    if (isDoubted === mustBe || (isDoubted && unseen.has(planId))) return [];
    return [`${callId} (${key}, ${tool ?? ''}) is ${mustBe ? '' : 'not '}in doubt, and the model was told: ${last}`];
  });
}
