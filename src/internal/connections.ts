import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly max: number;
  readonly maxPerAddress: number;
}

/** The other end of a connection. */
export interface Client {
  readonly address: string;
  /** True once a request has been authenticated. The function that serves requests sets it. */
  isKnown: boolean;
}

interface Connection extends Client {
  readonly socket: Socket;
  /** True while a request is answered. */
  isBusy: boolean;
}

const clients = new WeakMap<Request, Client>();

/** Returns the client that sent a request; undefined for a request that no server of ours received. */
export function clientOf(request: Request): Client | undefined {
  return clients.get(request);
}

export function setClient(request: Request, client: Client): void {
  clients.set(request, client);
}

/**
 * Limits a server's connections. At the limit, a new one replaces the oldest of a stranger, or else the oldest idle one.
 * So strangers do not lock out clients with valid credentials, and requests of those always finish.
 *
 * @returns a function that finds the client of a connection
 */
export function limitConnections(server: Server, limits?: ConnectionLimits): (socket: Socket) => Client {
  const connections = new Map<Socket, Connection>();
  const perAddress = new Map<string, number>();

  const remove = (connection: Connection): void => {
    if (!connections.delete(connection.socket)) return;
    const { address } = connection;
    const left = (perAddress.get(address) ?? 1) - 1;
    if (left > 0) perAddress.set(address, left);
    else perAddress.delete(address);
  };

  /** Closes one connection, of this address if one is given, and the new one if all others are busy. */
  const replace = (made: Connection, address?: string): void => {
    let idle: Connection | undefined;
    let stranger: Connection | undefined;
    for (const connection of connections.values()) {
      if (connection === made || (address !== undefined && connection.address !== address)) continue;
      if (!connection.isKnown) {
        stranger = connection;
        break;
      }
      if (!connection.isBusy) idle ??= connection;
    }
    const replaced = stranger ?? idle ?? made;
    remove(replaced);
    replaced.socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const made = { socket, address, isKnown: false, isBusy: false };
    connections.set(socket, made);
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      remove(made);
    });
    if (!limits) return;
    if ((perAddress.get(address) ?? 0) > limits.maxPerAddress) replace(made, address);
    if (connections.size > limits.max) replace(made);
  });
  server.on('request', ({ socket }, response) => {
    const connection = connections.get(socket);
    if (!connection) return;
    // Adding it again makes it the newest.
    connections.delete(socket);
    connections.set(socket, connection);
    connection.isBusy = true;
    response.once('close', () => {
      connection.isBusy = false;
    });
  });
  return (socket) => connections.get(socket) ?? { address: socket.remoteAddress ?? '', isKnown: false };
}
