// A port of this machine that leads to a port of a node: what a port mapping of the cluster would be.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface PortForward extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
}

/** Bytes go through as they are, TLS included. */
export async function forwardPort(address: string, port: number): Promise<PortForward> {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(port, address);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.on('close', () => open.delete(from));
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
