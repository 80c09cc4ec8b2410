import type { Detection } from '../detection/detect.ts';
import type { Conversation } from '../../runner/gateway/gateway.ts';
import type { Target } from '../catalog/target.ts';

/** What this agent did before, as far as it is remembered. */
export interface History {
  /** Whether the agent has touched this before, in a call that was cleared. */
  readonly hasTouched: (resource: string) => boolean;
  /** Whether the agent asks for more calls than usual. */
  readonly isBurst: boolean;
}

/** Everything that rules are judged by. */
export interface Facts {
  readonly target: Target;
  readonly body: unknown;
  readonly detection: Detection;
  readonly history: History;
  /** Whether somebody outside the user's own domains receives something or is let in. */
  readonly isExternal: boolean;
  /** Absent without provenance. */
  readonly conversation: Conversation | undefined;
}

/**
 * What is remembered of a call for `new_resource`: what it touches, and everybody who receives something or is let in. A call
 * that names nothing is told by its operation.
 */
export function resourcesOf({ resource, principals, tool, operation }: Target): readonly string[] {
  return [resource ?? `${tool}:${operation}`, ...principals.map((principal) => `${tool} for ${principal}`)];
}
