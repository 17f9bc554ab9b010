// All forwards of an environment, kept in step with the config and with the pods that are there.

import { Failure } from '../failure.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import type { PodTunnel } from '../kubernetes/exec/pod-tunnel.ts';
import { findTarget, type ForwardSpec } from './forward-target.ts';
import { PortForward, type ForwardState } from './port-forward.ts';

export interface ForwardsOptions {
  readonly api: Pick<ClusterApi, 'get'>;
  readonly tunnel: PodTunnel;
  readonly onState: (state: ForwardState) => void;
}

export class Forwards implements AsyncDisposable {
  readonly #options: ForwardsOptions;
  /** By the JSON of the spec; 'failed' ones are not tried again as long as the spec stays. */
  readonly #open = new Map<string, PortForward | 'failed'>();

  constructor(options: ForwardsOptions) {
    this.#options = options;
  }

  /** Takes a look: opens what is new in the config, closes what is gone, and leads the rest to pods that are ready. */
  async take(
    specs: readonly ForwardSpec[],
    pods: readonly ClusterObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = new Map(specs.map((spec) => [JSON.stringify(spec), spec]));
    for (const [key, forward] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      if (forward !== 'failed') await forward[Symbol.asyncDispose]();
    }
    for (const [key, spec] of wanted) if (!this.#open.has(key)) this.#open.set(key, await this.#begin(spec));
    await Promise.all(
      [...wanted].map(async ([key, spec]) => {
        const forward = this.#open.get(key);
        if (!(forward instanceof PortForward)) return;
        const { service: name, namespace } = spec;
        const service = await this.#options.api.get(
          { apiVersion: 'v1', kind: 'Service', name, namespace },
          signal,
        );
        forward.lead(findTarget(spec, service, pods, forward.pod));
      }),
    );
  }

  /** The cluster does not answer: no connection can be made. */
  lost(reason: string): void {
    for (const forward of this.#open.values()) if (forward !== 'failed') forward.lead({ reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(async (forward) => forward !== 'failed' && forward[Symbol.asyncDispose]()));
  }

  async #begin(spec: ForwardSpec): Promise<PortForward | 'failed'> {
    const { tunnel, onState } = this.#options;
    try {
      return await PortForward.open({ spec, tunnel, onState });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { name, localPort, service, port } = spec;
      const known = { name, address: `127.0.0.1:${localPort}`, target: `${service}:${port}` };
      onState({ ...known, state: 'failed', reason: error.message });
      return 'failed';
    }
  }
}
