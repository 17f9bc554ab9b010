// Port: connections to ports of pods, through the API server.

import type { Duplex } from 'node:stream';

export interface TunnelTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

export interface PodTunnel {
  /**
   * Resolves when the way to the pod's node stands. That nobody listens on the port shows later: the stream is
   * destroyed with Failure 'cluster' then, and whenever the connection breaks. It ends when the pod ends it.
   * Rejects with Failure 'cluster', or with 'interrupted' when the signal aborts before.
   */
  open(target: TunnelTarget, signal: AbortSignal): Promise<Duplex>;
}
