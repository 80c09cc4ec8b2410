import { createHash } from 'node:crypto';
import type { BoundTo } from './approvals/requested-call.ts';
import type { Facts, History } from './policy/facts.ts';

/** The limit above which an agent's calls to one tool are a burst. */
export interface BurstLimit {
  /** Maximum number of calls. Default 30. */
  readonly calls: number;
  /** Milliseconds in which the calls are counted. Default 60 000. */
  readonly withinMs: number;
}

const MAX_REQUESTERS = 1_000;
const MAX_RESOURCES = 10_000;
const MAX_TOOLS = 1_000;
/** Longer names are stored as their hash. */
const MAX_NAME_LENGTH = 64;

/** The requester of a call: an agent, or an agent on behalf of one principal. */
export interface Requester {
  readonly id: string;
  /** Whose calls are counted together: a key's, whatever agents it names. */
  readonly countedAs: string;
}

interface Known {
  readonly touched: Set<string>;
  /** The times of its calls by tool. */
  readonly calls: Map<string, number[]>;
}

/**
 * The history of each requester, in memory, for `new_resource` and `volume_burst`. Beyond 1,000 requesters, or 1,000
 * tools and 10,000 resources of each, the least recently used are removed, and count as new again.
 */
export class AgentHistory {
  readonly #requesters = new Map<string, Known>();
  readonly #burst: BurstLimit;

  constructor(burst: BurstLimit) {
    this.#burst = burst;
  }

  /**
   * Returns the history before a call, and counts the call.
   *
   * @param counts false to count nothing
   */
  recordCall(requester: Requester, tool: string, now: number, counts = true): History {
    const { touched } = this.#requester(requester.id);
    const { calls } = this.#requester(requester.countedAs);
    const since = now - this.#burst.withinMs;
    const name = shortened(tool);
    // Drops times in the future, which were recorded before the clock was set back.
    const recent = (calls.get(name) ?? []).filter((time) => time > since && time <= now);
    const times = recent.slice(-this.#burst.calls);
    times.push(now);
    if (counts) {
      calls.delete(name);
      calls.set(name, times);
      forgetOldest(calls, MAX_TOOLS);
    }
    return { hasTouched: (resource) => touched.has(shortened(resource)), isBurst: times.length > this.#burst.calls };
  }

  /** Remembers the resources of a cleared call. */
  recordResources({ id }: Requester, resources: readonly string[]): void {
    const { touched } = this.#requester(id);
    for (const resource of resources.map(shortened)) {
      touched.delete(resource);
      touched.add(resource);
    }
    forgetOldest(touched, MAX_RESOURCES);
  }

  #requester(requester: string): Known {
    const name = shortened(requester);
    const known = this.#requesters.get(name) ?? { touched: new Set(), calls: new Map() };
    this.#requesters.delete(name);
    this.#requesters.set(name, known);
    forgetOldest(this.#requesters, MAX_REQUESTERS);
    return known;
  }
}

/** Removes the least recently used entries, which come first. */
function forgetOldest(entries: Set<string> | Map<string, unknown>, max: number): void {
  for (const name of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(name);
  }
}

function shortened(name: string): string {
  return name.length <= MAX_NAME_LENGTH ? name : createHash('sha256').update(name).digest('base64');
}

type Caller = { readonly [Part in 'agentId' | 'agentName' | 'principalId']?: string | undefined } & {
  readonly principal?: { readonly id: string } | undefined;
};

/** Identifies the requester whose history a call belongs to. Calls without an agent share one. */
export function requesterOf(
  { agentId, agentName, principal, principalId = principal?.id }: Caller,
  key: string | undefined,
  boundTo: BoundTo,
): Requester {
  const agent = agentId ?? agentName;
  const boundPrincipal = boundTo === 'agent' ? undefined : principalId;
  const named = (...parts: readonly (string | undefined)[]): string =>
    JSON.stringify(parts.map((part) => part ?? null));
  const id = named(key, agent, boundPrincipal);
  return { id, countedAs: key === undefined ? id : named(key, undefined, boundPrincipal) };
}

/** Identifies the tool that `volume_burst` counts by. Each function without a known service is its own tool. */
export function toolOf({ tool, aliases, operation }: Facts['target']): string {
  return aliases.includes(operation) ? `${tool}:${operation}` : tool;
}
