import type { Random } from './random.ts';

/** `chain`, `conversation` and `stateless` (`store: false`) use the Responses API. */
export const APIS = ['assistants', 'chain', 'conversation', 'stateless', 'session'] as const;
export type Api = (typeof APIS)[number];

/** `book` is sequential, `mirror` is idempotent, `onInDoubt` settles `transfer`, and `pay` has no options. */
export const TOOLS = ['pay', 'book', 'mirror', 'transfer'] as const;
export type ToolName = (typeof TOOLS)[number];

const APPROVALS = ['message', 'wait', 'park'] as const;

/** How the handler behaves before and after its effect. */
const ACTS = ['return', 'return', 'return', 'slow', 'slow', 'slow', 'throw-before', 'throw-after', 'hang'] as const;
export type Act = (typeof ACTS)[number];

/** A call that the model makes. */
export interface PlannedCall {
  /** Identifies the action, however often the model repeats the call. At most one effect may have it. */
  readonly key: string;
  readonly tool: ToolName;
  readonly act: Act;
  /** Milliseconds that a slow handler takes before its effect, and again after it. */
  readonly ms: number;
}

/** Finds the id of a plan in a string. */
export const PLAN_ID = /[a-z]+-[a-z]+-\d+/;

export interface Plan {
  readonly id: string;
  readonly api: Api;
  readonly approval: (typeof APPROVALS)[number];
  readonly transport: 'poll' | 'stream';
  /** Creates the responses in the background. Responses API only. */
  readonly isBackground: boolean;
  readonly turns: readonly (readonly PlannedCall[])[];
}

export function randomPlans(count: number, random: Random): readonly Plan[] {
  return Array.from({ length: count }, (_, index) => randomPlan(index, APIS[index % APIS.length] ?? 'chain', random));
}

function randomPlan(index: number, api: Api, random: Random): Plan {
  const approval = random.pick(APPROVALS);
  // A finding with this id shows its API and approval mode.
  const id = `${api}-${approval}-${index}`;
  const turns = Array.from({ length: 1 + random.below(3) }, (_, turn) =>
    Array.from({ length: 1 + random.below(random.chance(0.5) ? 3 : 8) }, (__, index) => ({
      key: `${id}.${turn}.${index}`,
      tool: random.pick(TOOLS),
      act: random.pick(ACTS),
      ms: random.below(60),
    })),
  );
  const transport = random.pick(['poll', 'stream'] as const);
  return { id, api, approval, transport, isBackground: api !== 'stateless' && random.chance(0.3), turns };
}
