import type { Detection } from '../detection/detect.ts';
import type { Conversation } from '../../runner/gateway/gateway.ts';
import type { Target } from '../catalog/target.ts';

/** The earlier calls of this agent, as far as they are remembered. */
export interface History {
  /** Whether an earlier cleared call of the agent used the resource. */
  readonly hasTouched: (resource: string) => boolean;
  /** Whether the agent exceeds its burst limit. */
  readonly isBurst: boolean;
}

/** Everything that rules are evaluated against. */
export interface Facts {
  readonly target: Target;
  readonly body: unknown;
  readonly detection: Detection;
  readonly history: History;
  /** Whether a principal of the call is outside your own domains. */
  readonly isExternal: boolean;
  /** Absent without provenance. */
  readonly conversation: Conversation | undefined;
}

/**
 * The resources of a call that `new_resource` remembers: what it touches, and each principal. A call without either is
 * identified by its operation.
 */
export function resourcesOf({ resource, principals, tool, operation }: Target): readonly string[] {
  return [resource ?? `${tool}:${operation}`, ...principals.map((principal) => `${tool} for ${principal}`)];
}
