import type { History } from '../policy/facts.ts';

/** More calls of an agent to one tool than this are a burst. */
export interface BurstLimit {
  /** Default 30. */
  readonly calls: number;
  /** Milliseconds. Default 60 000. */
  readonly withinMs: number;
}

const MOST_AGENTS = 10_000;
const MOST_RESOURCES = 10_000;

interface Agent {
  readonly touched: Set<string>;
  /** The times of its calls, by tool. */
  readonly calls: Map<string, number[]>;
}

/** What each agent has done, in memory: for `new_resource` and `volume_burst`. Beyond 10 000 agents, or resources of one, the oldest are forgotten. */
export class AgentHistory {
  readonly #agents = new Map<string, Agent>();
  readonly #burst: BurstLimit;

  constructor(burst: BurstLimit) {
    this.#burst = burst;
  }

  /** Counts a call and tells what came before it. */
  called(agentId: string, tool: string, now: number): History {
    const { touched, calls } = this.#agent(agentId);
    const since = now - this.#burst.withinMs;
    // One more than the limit is all that has to be known.
    const times = (calls.get(tool) ?? []).filter((time) => time > since).slice(-this.#burst.calls);
    times.push(now);
    calls.set(tool, times);
    return { hasTouched: (resource) => touched.has(resource), isBurst: times.length > this.#burst.calls };
  }

  /** To be called for a call that was cleared. */
  touched(agentId: string, resource: string): void {
    keep(this.#agent(agentId).touched, resource);
  }

  #agent(agentId: string): Agent {
    const known = this.#agents.get(agentId) ?? { touched: new Set(), calls: new Map() };
    this.#agents.delete(agentId);
    this.#agents.set(agentId, known);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > MOST_AGENTS && oldest !== undefined) this.#agents.delete(oldest);
    return known;
  }
}

function keep(resources: Set<string>, resource: string): void {
  resources.delete(resource);
  resources.add(resource);
  const [oldest] = resources;
  if (resources.size > MOST_RESOURCES && oldest !== undefined) resources.delete(oldest);
}
