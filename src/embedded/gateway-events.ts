import type { StoredApproval } from './approvals/approval-store.ts';
import type { Decision, ScanRequest } from '../runner/gateway/gateway.ts';
import type { Detection } from './detection/detect.ts';

/** What happens at an embedded gateway. */
export type GatewayEvent =
  | {
      readonly type: 'decision';
      readonly at: Date;
      /** With the arguments. */
      readonly request: ScanRequest;
      /** Tells the key that asked from others; absent for a call that was scanned in process. */
      readonly key?: string | undefined;
      readonly decision: Decision;
      /** Where in the arguments something of the decision's classes stands, such as `user.emails[0]`: the first 20. */
      readonly fields?: readonly string[];
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

const MOST_FIELDS = 20;
/** Names of fields are the model's. */
const LONGEST_FIELD = 200;

/** The fields by which a call has its classes; they say where, and never what. */
export function fieldsAtFault({ findings }: Detection): readonly string[] {
  const paths = findings.flatMap(({ isAddress, path }) => (isAddress ? [] : [path]));
  return [...new Set(paths)].slice(0, MOST_FIELDS).map((path) => path.slice(0, LONGEST_FIELD));
}
