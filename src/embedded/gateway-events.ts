import type { Freeze, StoredApproval, StoredGrant } from './approvals/approval-store.ts';
import type { Decision, OutputDecision, OutputRequest, ScanRequest } from '../runner/gateway/gateway.ts';
import type { Detection } from './detection/detect.ts';

/** An event of an embedded gateway. */
export type GatewayEvent =
  | {
      readonly type: 'decision';
      readonly at: Date;
      /** Contains the arguments. */
      readonly request: ScanRequest;
      /** Id of the requesting API key; absent for calls scanned in process. */
      readonly key?: string | undefined;
      /** The name of that key. */
      readonly keyName?: string | undefined;
      readonly decision: Decision;
      /** Argument fields with sensitive data, such as `user.emails[0]`: the first 20. */
      readonly fields?: readonly string[];
    }
  /** The gateway judged an output, before the model reads it. */
  | {
      readonly type: 'output';
      readonly at: Date;
      /** Contains the arguments and the output. */
      readonly request: OutputRequest;
      readonly key?: string | undefined;
      readonly keyName?: string | undefined;
      readonly decision: OutputDecision;
    }
  /** An approver decided. The approval is still pending if others are missing. */
  | { readonly type: 'approval'; readonly approval: StoredApproval }
  /** Approvers gave a grant, or one of them revoked it (`grant.revoked`). */
  | { readonly type: 'grant'; readonly grant: StoredGrant }
  /** A person froze the gateway. */
  | {
      readonly type: 'freeze';
      readonly freeze: Freeze;
      /** The number of approvals that it voided. */
      readonly voided: number;
    }
  /** Policies were applied, or their files changed. */
  | {
      readonly type: 'policy-change';
      readonly at: Date;
      /** The names of all policies in effect. */
      readonly policyNames: readonly string[];
      /** The name of the policy that was applied; absent for files. */
      readonly applied?: string | undefined;
      /** The policy's `applied_by`. */
      readonly by?: string | undefined;
    }
  /** A person ended the freeze. */
  | { readonly type: 'unfreeze'; readonly at: Date; readonly by?: string | undefined };

/** Receives events. The gateway does not await it and ignores its errors. */
export type GatewayListener = (event: GatewayEvent) => unknown;

export class GatewayEvents {
  readonly #listeners = new Set<GatewayListener>();

  /** Adds a listener. Returns a function that removes it. */
  add(listener: GatewayListener): () => void {
    // Wrapped, so that the same function can be added twice.
    const wrapped: GatewayListener = (event) => listener(event);
    this.#listeners.add(wrapped);
    return () => {
      this.#listeners.delete(wrapped);
    };
  }

  emit(event: GatewayEvent): void {
    for (const listener of this.#listeners) {
      try {
        void Promise.resolve(listener(event)).catch(() => undefined);
      } catch {
        // Listeners must not affect decisions.
      }
    }
  }
}

const MAX_FIELDS = 20;
/** Characters. The model chooses the names of fields. */
const MAX_FIELD_LENGTH = 200;

/** Lists the paths of the fields with sensitive data, never their values. */
export function sensitiveFields({ findings }: Detection): readonly string[] {
  return shortPaths(findings.flatMap(({ isAddress, path }) => (isAddress ? [] : [path])));
}

/** Returns the first paths, cut. */
export function shortPaths(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].slice(0, MAX_FIELDS).map((path) => path.slice(0, MAX_FIELD_LENGTH));
}
