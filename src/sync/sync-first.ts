// Brings a service to what is wanted: by syncing files where that is possible, else by what comes after it.

import type { ReleaseSpec } from '../releases/release-store.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { RunEnd } from '../watch/watch-world.ts';
import type { FileSync } from './file-sync.ts';

export interface SyncFirstOptions {
  readonly sync: Pick<FileSync, 'bring' | 'prepare' | 'deployed' | 'servedOf'>;
  /** The fingerprint of what helm has of a release, when that is ready. */
  readonly servedOf: (release: Pick<ReleaseSpec, 'name' | 'namespace'>) => string | undefined;
  /** Whether somebody wants it built or restarted, whatever has changed. */
  readonly isAsked: (service: string) => boolean;
  /** Builds and deploys. */
  readonly rebuild: (service: string, run: EnvironmentRun, signal: AbortSignal) => Promise<RunEnd>;
  /** Told why an edit of synced files needs more than that. */
  readonly onRefused: (service: string, reason: string) => void;
}

export class SyncFirst {
  readonly #options: SyncFirstOptions;

  constructor(options: SyncFirstOptions) {
    this.#options = options;
  }

  /** Rejects only for a bug. */
  async run(service: string, wanted: EnvironmentRun, signal: AbortSignal): Promise<RunEnd> {
    const { sync, rebuild, onRefused, isAsked } = this.#options;
    const refused: string[] = [];
    if (this.#helmServes(service, wanted) !== undefined && !isAsked(service)) {
      const outcome = await sync.bring(service, wanted, signal);
      if (outcome.kind === 'served') return { name: 'served', report: { what: outcome.what } };
      if (outcome.kind === 'failed') {
        const { failure, what } = outcome;
        return { name: 'failed', served: this.#serves(service, wanted), failure, report: { what } };
      }
      if (outcome.kind === 'rebuild') {
        refused.push(`not synced: ${outcome.reason}`);
        onRefused(service, outcome.reason);
      }
    }
    sync.prepare(service, wanted);
    const end = await rebuild(service, wanted, signal);
    const report = { ...end.report, what: [end.report.what, ...refused].join('; ') };
    if (end.name === 'served') {
      sync.deployed(service, wanted);
      return { ...end, report };
    }
    return { ...end, report, served: this.#serves(service, wanted) };
  }

  #helmServes(service: string, run: EnvironmentRun): string | undefined {
    return this.#options.servedOf(run.releases.get(service)!);
  }

  #serves(service: string, run: EnvironmentRun): string | undefined {
    return this.#options.sync.servedOf(service, this.#helmServes(service, run));
  }
}
