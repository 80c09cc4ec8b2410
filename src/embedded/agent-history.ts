import { createHash } from 'node:crypto';
import type { History } from './policy/facts.ts';

/** More calls of an agent to one tool than this are a burst. */
export interface BurstLimit {
  /** Default 30. */
  readonly calls: number;
  /** Milliseconds. Default 60 000. */
  readonly withinMs: number;
}

const MOST_AGENTS = 1_000;
const MOST_RESOURCES = 10_000;
const MOST_TOOLS = 1_000;
/** Longer names are kept as their hash. */
const LONGEST_NAME = 64;

interface Agent {
  readonly touched: Set<string>;
  /** The times of its calls, by tool. */
  readonly calls: Map<string, number[]>;
}

/**
 * What each agent has done, in memory: for `new_resource` and `volume_burst`. Of more than 1 000 agents, or 1 000 tools or
 * 10 000 resources of one, the longest unused are forgotten: they are new again, and their count begins anew.
 */
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
    const name = shortened(tool);
    // What lies in the future was counted while the clock was ahead.
    const recent = (calls.get(name) ?? []).filter((time) => time > since && time <= now);
    const times = recent.slice(-this.#burst.calls);
    times.push(now);
    calls.delete(name);
    calls.set(name, times);
    forgetOldest(calls, MOST_TOOLS);
    return { hasTouched: (resource) => touched.has(shortened(resource)), isBurst: times.length > this.#burst.calls };
  }

  /** To be called for a call that was cleared. */
  touched(agentId: string, resources: readonly string[]): void {
    const { touched } = this.#agent(agentId);
    for (const resource of resources.map(shortened)) {
      touched.delete(resource);
      touched.add(resource);
    }
    forgetOldest(touched, MOST_RESOURCES);
  }

  #agent(agentId: string): Agent {
    const name = shortened(agentId);
    const known = this.#agents.get(name) ?? { touched: new Set(), calls: new Map() };
    this.#agents.delete(name);
    this.#agents.set(name, known);
    forgetOldest(this.#agents, MOST_AGENTS);
    return known;
  }
}

/** Of a set or a map, whose first entries are the longest unused. */
function forgetOldest(kept: Set<string> | Map<string, unknown>, most: number): void {
  for (const name of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(name);
  }
}

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('base64');
}
