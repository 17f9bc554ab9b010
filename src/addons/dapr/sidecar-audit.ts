// Finds pods that came up without the Dapr sidecar they ask for, again and again, and has them made anew.

import { restartBarePods, type BarePodsOutcome } from './dapr-restart.ts';
import { findBareSidecarPods, type BarePod } from './dapr-sidecars.ts';
import { Failure } from '../../failure.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import type { Clock } from '../../watch/clock.ts';

export interface SidecarAuditOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly note: (level: 'info' | 'warn', text: string) => void;
  readonly signal: AbortSignal;
}

/** So long somebody else may be at it: the installation of a release mends its own pods. */
const GRACE_MS = 10_000;
/** After a restart that did not help: as long as the injector is away, more of them would not either. */
const PAUSES_MS = [30_000, 120_000, 600_000];

interface Seen {
  readonly sinceMs: number;
  /** Whether it was told of. */
  isTold: boolean;
}

export class SidecarAudit {
  readonly #options: SidecarAuditOptions;
  /** By uid of a bare pod. */
  readonly #seen = new Map<string, Seen>();
  /** By controller: how often its pods were restarted in vain, and when that may be tried again. */
  readonly #tries = new Map<string, { count: number; notBeforeMs: number }>();
  #healing: Promise<void> | undefined;

  constructor(options: SidecarAuditOptions) {
    this.#options = options;
  }

  /** Takes a look at all pods; what is to be mended is mended in the background, one look at a time. */
  take(pods: readonly ClusterObject[]): void {
    const now = this.#options.clock.nowMs();
    const bare = findBareSidecarPods(pods);
    const keys = new Set(bare.map(keyOf));
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
    for (const pod of bare)
      if (!this.#seen.has(keyOf(pod))) this.#seen.set(keyOf(pod), { sinceMs: now, isTold: false });
    const due = bare.filter((pod) => now - this.#seen.get(keyOf(pod))!.sinceMs >= GRACE_MS);
    if (due.length > 0 && !this.#healing) this.#begin(due, now);
  }

  /** Resolves when nothing is being mended. */
  async idle(): Promise<void> {
    await this.#healing;
  }

  #begin(due: readonly BarePod[], now: number): void {
    const { note } = this.#options;
    const ready = due.filter((pod) => now >= (this.#tries.get(controllerOf(pod))?.notBeforeMs ?? 0));
    for (const pod of due) {
      const seen = this.#seen.get(keyOf(pod))!;
      if (seen.isTold) continue;
      seen.isTold = true;
      const then =
        pod.controller === undefined
          ? 'nothing would make it again, so it is left to you'
          : ready.includes(pod)
            ? 'it is restarted'
            : 'a restart did not help just now; it is tried again later';
      note('warn', `${pod.reason}: ${then}`);
    }
    const mendable = ready.filter(({ controller }) => controller !== undefined);
    if (mendable.length === 0) return;
    for (const controller of new Set(mendable.map(controllerOf))) {
      const count = this.#tries.get(controller)?.count ?? 0;
      const pauseMs = PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)]!;
      this.#tries.set(controller, { count: count + 1, notBeforeMs: now + pauseMs });
    }
    this.#healing = this.#heal(mendable).finally(() => (this.#healing = undefined));
  }

  async #heal(pods: readonly BarePod[]): Promise<void> {
    const { api, note, signal } = this.#options;
    try {
      const { restarted }: BarePodsOutcome = await restartBarePods(
        { api, pods },
        { signal, report: () => undefined },
      );
      note('info', `restarted for their Dapr sidecar: ${restarted.join(', ')}`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      note('warn', `pods without their Dapr sidecar could not be restarted: ${error.message}`);
    }
  }
}

function keyOf({ namespace, name, uid }: BarePod): string {
  return uid ?? `${namespace}/${name}`;
}

function controllerOf({ namespace, controller }: BarePod): string {
  return `${namespace} ${controller}`;
}
