import { readdirSync } from 'node:fs';
import { STANDARD_MESSAGES } from '../../src/runner/call/messages.ts';
import { changedDecisions, type Effect } from './changed.ts';
import type { Course } from './course.ts';
import { groupBy } from './grouped.ts';
import { startedCalls, type JournalFile } from './journal-file.ts';
import type { Plan } from './plans.ts';
import { readWitnessed } from './worker-tools.ts';
import type { ChaosWorld } from './world.ts';

/** The state after every run has ended. Each violation names its call or run, so that it can be investigated. */
export interface Findings {
  /** Number of side effects of handlers. */
  readonly effects: number;
  readonly scans: number;
  /** Calls that the model received as in doubt; and how many of them had had their effect. */
  readonly inDoubt: number;
  readonly inDoubtAndDone: number;
  /** Effects of idempotent tools that were repeated. */
  readonly repeated: number;
  /** Effects that must not repeat, and did. */
  readonly duplicates: readonly string[];
  /** Calls that did not follow their first decision. */
  readonly changed: readonly string[];
  /** All other violations. */
  readonly faults: readonly string[];
}

/** A call with its outputs, as the model received them. */
interface AnsweredCall {
  readonly callId: string;
  readonly key: string;
  readonly texts: readonly string[];
  readonly last: string;
}

const IN_DOUBT = STANDARD_MESSAGES.in_doubt({
  name: '',
  reasonCodes: [],
  policyName: undefined,
  reason: undefined,
  approvalUrl: undefined,
  fields: [],
  error: undefined,
  problems: [],
  outputBytes: 0,
});
/** The output of a call that ran. */
const RAN = /^(?:#(?:sanitized|edited)\n\n)?did (\S+)$/;
const NOT_RUN: readonly string[] = ['#denied', '#approval_pending', '#approval_denied', '#approval_expired'];
const MAY_HAVE_RUN: readonly string[] = ['#handler_error', '#handler_timeout', IN_DOUBT];

export async function findings(plans: readonly Plan[], world: ChaosWorld, course: Course): Promise<Findings> {
  const { effects: folder } = world.settings;
  const witnessed = readdirSync(folder).flatMap((id) => readWitnessed(folder, id));
  const effects = witnessed.filter((seen) => seen.what === 'effect');
  const journals = await world.store.all();
  const answered = [...world.model.received].map(([callId, one]): AnsweredCall => ({
    callId,
    ...one,
    last: one.texts.at(-1) ?? '',
  }));
  const doubted = answered.filter(({ last }) => last === IN_DOUBT);
  const done = new Set(effects.map(({ callId }) => callId));
  const { snapshots, deaths, unseen, parked, paused, cancelled } = course;
  const duplicates = duplicatesOf(effects);
  return {
    effects: effects.length,
    scans: world.gateway.scans.length,
    inDoubt: doubted.length,
    inDoubtAndDone: doubted.filter(({ callId }) => done.has(callId)).length,
    repeated: effects.length - new Set(effects.map(({ key }) => key)).size,
    duplicates,
    changed: changedDecisions({ witnessed, effects, journals, snapshots, parked, paused, gateway: world.gateway }),
    faults: [
      ...course.faults,
      ...world.model.complaints,
      ...unanswered(
        plans.filter(({ id }) => !cancelled.has(id)),
        answered,
      ),
      ...answered.flatMap((one) => wrongOutputs(one, effects)),
      ...falseDoubts(plans, answered, deaths, unseen),
    ],
  };
}

/** Effects that repeat, except those of an idempotent tool with the same idempotency key and arguments. */
function duplicatesOf(effects: readonly Effect[]): string[] {
  return [...groupBy(effects, ({ key }) => key)].flatMap(([key, same]) => {
    const [first] = same;
    const isRepeat = same.every((one) => one.idempotencyKey === first?.idempotencyKey && one.note === first.note);
    return same.length === 1 || (first?.tool === 'mirror' && isRepeat) ? [] : [`${key}: ${JSON.stringify(same)}`];
  });
}

/** Planned calls for which the model received no output. */
function unanswered(plans: readonly Plan[], answered: readonly AnsweredCall[]): string[] {
  const keys = new Set(answered.map(({ key }) => key));
  const planned = plans.flatMap(({ api, turns }) => turns.flat().map(({ key }) => ({ key, api })));
  return planned
    .filter(({ key }) => !keys.has(key))
    .map(({ key, api }) => `The model received no output for ${key} (${api}).`);
}

/** Outputs that are wrong, or that differ for one call. */
function wrongOutputs({ callId, key, texts, last }: AnsweredCall, effects: readonly Effect[]): string[] {
  // A request that was lost with its process, and sent again, may have reported the call as pending.
  const outputs = new Set(texts.filter((text) => text !== '#approval_pending'));
  if (outputs.size > 1) return [`The model received for ${callId} (${key}): ${[...outputs].join(' | ')}`];
  const own = effects.filter((effect) => effect.callId === callId);
  const ran = RAN.exec(last)?.[1];
  if (ran !== undefined)
    return own.some(({ id }) => id === ran)
      ? []
      : [`${callId} (${key}) has the output of ${ran}, which is not its effect.`];
  if (MAY_HAVE_RUN.includes(last)) return [];
  if (!NOT_RUN.includes(last)) return [`The model received for ${callId} (${key}): ${last}`];
  return own.length === 0 ? [] : [`The model received ${last} for ${callId} (${key}), which had its effect.`];
}

/**
 * Calls that are in doubt and should not be, and the reverse. A call is in doubt when its process died after its
 * handler started and before its end was recorded, unless its tool is idempotent or `onInDoubt` settles it.
 */
function falseDoubts(
  plans: readonly Plan[],
  answered: readonly AnsweredCall[],
  deaths: readonly JournalFile[],
  unseen: ReadonlySet<string>,
): string[] {
  const started = new Set(deaths.flatMap(startedCalls));
  const toolOf = new Map(plans.flatMap(({ turns }) => turns.flat().map(({ key, tool }) => [key, tool])));
  return answered.flatMap(({ callId, key, last }) => {
    const tool = toolOf.get(key);
    const isInDoubt = last === IN_DOUBT;
    const mustBe = started.has(callId) && (tool === 'pay' || tool === 'book');
    // A call that was started between two reads of its journal may be in doubt.
    const [planId = ''] = key.split('.');
    if (isInDoubt === mustBe || (isInDoubt && unseen.has(planId))) return [];
    return [`${callId} (${key}, ${tool ?? ''}) is ${mustBe ? '' : 'not '}in doubt, and the model received: ${last}`];
  });
}
