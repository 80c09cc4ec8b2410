import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Random } from './random.ts';

/** A proxy before the database, which cuts connections. */
export interface Proxy {
  readonly port: number;
  /** Cuts some connections: the statement in flight, or its response, is lost. */
  cut(): void;
  close(): void;
}

export async function startProxy(target: number, random: Random): Promise<Proxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const pair = [client, server] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [server, client] as const]) {
      one.setNoDelay(true);
      one.on('data', (bytes) => other.write(bytes));
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    cut() {
      for (const [client, server] of pairs) {
        if (random.chance(0.5)) continue;
        // The server may still execute what it has received.
        if (random.chance(0.5)) client.destroy();
        else server.destroy();
      }
    },
    close() {
      listener.close();
      for (const [client, server] of pairs) for (const socket of [client, server]) socket.destroy();
    },
  };
}
