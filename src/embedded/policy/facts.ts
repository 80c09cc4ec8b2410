import type { Detection } from '../detection/detect.ts';
import type { Principal } from '../../runner/gateway/gateway.ts';
import type { Target } from '../catalog/target.ts';
import type { BesideBody } from './beside-body.ts';
import type { BodyValues } from './body-values.ts';
import type { Effect } from './provenance/asked.ts';
import type { Origins } from './provenance/origins.ts';
import type { Truth } from './truth.ts';

/** The agent's earlier calls, as far as the gateway still has them. */
export interface History {
  /** Returns true if an earlier cleared call of the agent used the resource. */
  readonly hasTouched: (resource: string) => boolean;
  /** True if the agent exceeds its burst limit. */
  readonly isBurst: boolean;
}

/** The facts about a call that rules are evaluated against. */
export interface Facts {
  readonly target: Target;
  readonly body: unknown;
  readonly values: BodyValues;
  /** What the request carries beside its body: its address and headers. Absent if it carries nothing of its own there. */
  readonly beside: BesideBody | undefined;
  /** What is found in the body and beside it. */
  readonly detection: Detection;
  /** The countries whose formats are detected. */
  readonly regions: readonly string[];
  readonly history: History;
  /** True if a principal of the call is outside your own domains, unknown if the call was not read completely. */
  readonly isExternal: Truth;
  /** Returns true for an address or a host within your own domains. */
  readonly isOwn: (principal: string) => boolean;
  /** Undefined without provenance. `unknown`: there was a conversation, and it was not stored. */
  readonly origins: Origins | 'unknown' | undefined;
  /** Absent if the request names none. */
  readonly principal: Principal | undefined;
}

/**
 * Lists the resources of a call for `new_resource`: the resource it touches, and each principal. A call with neither is
 * identified by its operation.
 */
export function resourcesOf({ resource, principals, tool, operation }: Target): readonly string[] {
  return [resource ?? `${tool}:${operation}`, ...principals.map((principal) => `${tool} for ${principal}`)];
}

/** What a call is, in the words by which a user may ask for it. */
export function effectOf({ operation, operationAliases, aliases, categories }: Target): Effect {
  return { names: [operation, ...operationAliases, ...aliases], categories };
}
