import type { Random } from './random.ts';

/** `chain`, `conversation` and `stateless` (`store: false`) are the Responses API's. */
export const APIS = ['assistants', 'chain', 'conversation', 'stateless', 'session'] as const;
export type Api = (typeof APIS)[number];

/** `pay` as it comes; `book` is sequential; `mirror` is idempotent; of `transfer` the user finds out what it did (`onInDoubt`). */
export const TOOLS = ['pay', 'book', 'mirror', 'transfer'] as const;
export type ToolName = (typeof TOOLS)[number];

const APPROVALS = ['message', 'wait', 'park'] as const;

/** What the handler does about its effect. */
const ACTS = ['return', 'return', 'return', 'slow', 'slow', 'slow', 'throw-before', 'throw-after', 'hang'] as const;
export type Act = (typeof ACTS)[number];

/** What the model asks for. */
export interface PlannedCall {
  /** One for each thing that the model wants done, however often it asks for it: no more than one effect may have it. */
  readonly key: string;
  readonly tool: ToolName;
  readonly act: Act;
  /** How long a slow handler takes before its effect, and after it. */
  readonly ms: number;
}

/** The id of a plan in a text. */
export const PLAN_ID = /[a-z]+-[a-z]+-\d+/;

export interface Plan {
  readonly id: string;
  readonly api: Api;
  readonly approval: (typeof APPROVALS)[number];
  readonly transport: 'poll' | 'stream';
  /** Of the Responses API: whether its responses are created in the background. */
  readonly isBackground: boolean;
  readonly turns: readonly (readonly PlannedCall[])[];
}

export function randomPlans(count: number, random: Random): readonly Plan[] {
  return Array.from({ length: count }, (_, index) => randomPlan(index, APIS[index % APIS.length] ?? 'chain', random));
}

function randomPlan(index: number, api: Api, random: Random): Plan {
  const approval = random.pick(APPROVALS);
  // Tells in a finding what it is about.
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
