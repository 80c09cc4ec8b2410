import type { GatewayCallOptions } from '../../runner/gateway/gateway.ts';
import type { JsonObject } from '../../internal/json.ts';

/**
 * Where a scan comes from when a server asks for others. A process that scans its own calls says nothing of it: its approvals
 * belong to the agent that each request names. (What any gateway takes, a signal, is taken too; nothing here waits for it.)
 */
export interface ScanOrigin extends GatewayCallOptions {
  /**
   * Tells the key that asks from every other one, such as the beginning of its hash; never the key itself, as it is stored with
   * the approvals. An approval that was asked for with a key is for calls with that key alone, and tells no other key its status.
   */
  readonly key?: string;
  /**
   * The headers that are sent with the call, in JSON. A person is shown them, and an approval is for exactly these; the case of
   * their names does not count.
   */
  readonly headers?: JsonObject;
}
