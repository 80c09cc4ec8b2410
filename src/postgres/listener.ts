import { hasMethods } from '../internal/checks.ts';
import type { PostgresClient } from './client.ts';

/** A connection of a `pg.Pool`. */
interface Connection {
  query(text: string): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  release(isBroken: boolean): void;
}

/** Receives notifications where the client can. They are only the quick way: what is lost is found by looking. */
export class Listener {
  readonly #client: PostgresClient;
  readonly #channel: string;
  readonly #onNotice: () => void;
  /** Ends the listening. */
  #stop: (() => unknown) | undefined;
  #isConnecting = false;
  #isClosed = false;

  constructor(client: PostgresClient, channel: string, onNotice: () => void) {
    this.#client = client;
    this.#channel = channel;
    this.#onNotice = onNotice;
  }

  /** Listens, unless it does already or the client cannot. Resolves when it does: a client may never answer. */
  async connect(): Promise<void> {
    if (this.#stop || this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      if (isPGlite(this.#client)) this.#stop = await this.#client.listen(this.#channel, this.#onNotice);
      else if (isPool(this.#client)) await this.#listenOn(await this.#client.connect());
      else return;
      // What happened meanwhile.
      this.#onNotice();
    } finally {
      this.#isConnecting = false;
      if (this.#isClosed) await this.close();
    }
  }

  async #listenOn(connection: Connection): Promise<void> {
    let isReleased = false;
    const stop = (): void => {
      if (!isReleased) connection.release(true);
      isReleased = true;
      if (this.#stop === stop) this.#stop = undefined;
    };
    this.#stop = stop;
    connection.on('notification', this.#onNotice);
    connection.on('error', stop);
    connection.on('end', stop);
    try {
      await connection.query(`LISTEN "${this.#channel}"`);
    } catch (error) {
      stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop?.();
    this.#stop = undefined;
  }
}

function isPGlite(
  client: object,
): client is { listen: (channel: string, onNotice: () => void) => Promise<() => Promise<void>> } {
  return hasMethods(client, ['listen']);
}

/** A pool of one connection has none to spare. */
function isPool(client: object): client is { connect: () => Promise<Connection> } {
  const { options } = client as { readonly options?: { readonly max?: unknown } };
  return hasMethods(client, ['connect']) && typeof options?.max === 'number' && options.max > 1;
}
