// The world of the watch loop for a real environment: looks by describing it anew, works by running steps of `up`.

import type { Environment } from '../config/schema.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { ReleaseVersion } from '../plan/state.ts';
import type { BundledParts } from '../packages/bundled-parts.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { ConfigSource } from './config-source.ts';
import { CONFIG_ROOT, environmentRoots } from './environment-roots.ts';
import { waitForGit } from './git-lock.ts';
import type { RememberedContent } from './remembered-content.ts';
import type { RunEnd, Scene, WatchWorld } from './watch-world.ts';

export interface EnvironmentScene extends Scene {
  readonly run: EnvironmentRun;
}

export interface EnvironmentWorldOptions {
  readonly config: ConfigSource<Environment>;
  readonly content: RememberedContent;
  /** What the fingerprints of releases have to be told to. */
  readonly releases: { know(spec: ReleaseSpec, version: ReleaseVersion): void };
  readonly gitFolder: string | undefined;
  readonly describe: (
    environment: Environment,
    parts: Promise<BundledParts>,
    signal: AbortSignal,
  ) => Promise<EnvironmentRun>;
  readonly describeBundled: (environment: Environment) => Promise<BundledParts>;
  /** Another config holds: what is known of the cluster has to be looked at with its observers. */
  readonly onConfig: (run: EnvironmentRun, signal: AbortSignal) => Promise<void>;
  readonly redeploy: (service: string, run: EnvironmentRun, signal: AbortSignal) => Promise<RunEnd>;
}

export class EnvironmentWorld implements WatchWorld<EnvironmentScene> {
  readonly #options: EnvironmentWorldOptions;
  #environment: Environment | undefined;
  #parts: { readonly of: string; readonly made: Promise<BundledParts> } | undefined;

  constructor(options: EnvironmentWorldOptions) {
    this.#options = options;
  }

  forget(root: string | undefined): void {
    // The config looks after itself, by its files.
    if (root !== CONFIG_ROOT) this.#options.content.forget(root);
  }

  async look(signal: AbortSignal): Promise<EnvironmentScene> {
    const { config, releases, describe, onConfig, gitFolder } = this.#options;
    await waitForGit(gitFolder, signal);
    const environment = await config.current(signal);
    const run = await describe(environment, this.#partsOf(environment), signal);
    if (this.#environment && environment !== this.#environment) await onConfig(run, signal);
    this.#environment = environment;
    const wanted = new Map<string, string>();
    const needs = new Map<string, readonly string[]>();
    for (const release of run.desired.releases) {
      const service = `${release.group}:${release.name}`;
      wanted.set(service, release.fingerprint);
      needs.set(
        service,
        release.needs.map((need) => (need.startsWith('addon:') ? need : `release:${need}`)),
      );
      releases.know(run.releases.get(service)!, release);
    }
    return { run, wanted, needs, ...(await environmentRoots(run, config.files)) };
  }

  redeploy(service: string, { run }: EnvironmentScene, signal: AbortSignal): Promise<RunEnd> {
    return this.#options.redeploy(service, run, signal);
  }

  /** Of Slipway's own parts, only the config's word on addons can change while it runs. */
  #partsOf(environment: Environment): Promise<BundledParts> {
    const of = JSON.stringify(environment.addons);
    if (this.#parts?.of === of) return this.#parts.made;
    const parts = { of, made: this.#options.describeBundled(environment) };
    this.#parts = parts;
    parts.made.catch(() => {
      if (this.#parts === parts) this.#parts = undefined;
    });
    return parts.made;
  }
}
