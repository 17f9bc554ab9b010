// Chooses the host ports of a cluster: those that are wanted, or the next free ones, with the reason.

import { createServer } from 'node:net';
import { Failure } from '../failure.ts';
import type { PortMapping } from './cluster-driver.ts';
import { type EngineCli, findPortHolder } from './port-holder.ts';

/** What choosePorts asks about the host. */
export interface PortProbe {
  isFree(port: number, listenAddress: string): Promise<boolean>;
  /** In words; undefined when it cannot be told. */
  holder(port: number, signal: AbortSignal): Promise<string | undefined>;
}

export interface ChosenPorts {
  readonly mappings: PortMapping[];
  /** One sentence for each port that is not the wanted one: what holds it, and which one is used instead. */
  readonly notes: string[];
}

// Guessed: so many taken neighbours mean that something else is wrong.
const triedPorts = 200;
const highestPort = 65_535;

/** Asks this machine; containers are named when the engine's CLI is given. */
export function hostPortProbe(engine?: EngineCli): PortProbe {
  return {
    isFree: canListen,
    holder: (port, signal) => findPortHolder(port, { engine, signal }),
  };
}

/**
 * For each wanted mapping its own host port if that is free, else the next higher free one.
 * @throws Failure 'port' that names the holder when there is no free port among the next 200.
 */
export async function choosePorts(
  wanted: readonly PortMapping[],
  signal: AbortSignal,
  probe: PortProbe = hostPortProbe(),
): Promise<ChosenPorts> {
  const mappings: PortMapping[] = [];
  const notes: string[] = [];
  // A port that is wanted further down must not be given away as somebody's next free one.
  const reserved = new Set(wanted.map((mapping) => mapping.hostPort));
  for (const mapping of wanted) {
    signal.throwIfAborted();
    if (await probe.isFree(mapping.hostPort, mapping.listenAddress)) {
      mappings.push(mapping);
      continue;
    }
    const holder = (await probe.holder(mapping.hostPort, signal)) ?? 'a program that could not be named';
    const last = Math.min(mapping.hostPort + triedPorts, highestPort);
    let next = mapping.hostPort + 1;
    while (next <= last && (reserved.has(next) || !(await probe.isFree(next, mapping.listenAddress)))) next++;
    if (next > last) {
      throw new Failure(
        'port',
        `port ${mapping.hostPort} is taken by ${holder}, and so is each up to ${last}`,
        {
          hint: `End what holds it, or give ${mapping.name} another hostPort in kind/cluster.yaml.`,
        },
      );
    }
    reserved.add(next);
    mappings.push({ ...mapping, hostPort: next });
    notes.push(`port ${mapping.hostPort} (${mapping.name}) is taken by ${holder}: using ${next} instead`);
  }
  return { mappings, notes };
}

/** The only sure way to know is to listen. A port that we may not listen on is not free for us. */
async function canListen(port: number, listenAddress: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else {
        const message = `cannot listen on ${listenAddress}:${port}: ${error.message}`;
        reject(new Failure('port', message, { cause: error, hint: 'Is listenAddress one of this machine?' }));
      }
    });
    server.listen({ port, host: listenAddress, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
