import type { StoredApproval } from '../approvals/approval-store.ts';
import type { Decision, ScanRequest } from '../core/gateway.ts';

/** What happens at an embedded gateway. */
export type GatewayEvent =
  | {
      readonly type: 'decision';
      readonly at: Date;
      /** With the arguments. */
      readonly request: ScanRequest;
      readonly decision: Decision;
    }
  /** A person has decided. */
  | { readonly type: 'approval'; readonly approval: StoredApproval };

/** What it returns is not waited for, and what it throws changes nothing. */
export type GatewayListener = (event: GatewayEvent) => unknown;

/** Who listens to a gateway. */
export class GatewayEvents {
  readonly #listeners = new Set<GatewayListener>();

  /** Returns what takes the listener away again. */
  add(listener: GatewayListener): () => void {
    // The same function may listen twice.
    const own: GatewayListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  tell(event: GatewayEvent): void {
    for (const listener of this.#listeners) {
      try {
        void Promise.resolve(listener(event)).catch(() => undefined);
      } catch {
        // As it says.
      }
    }
  }
}
