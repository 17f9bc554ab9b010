// `watch` on fakes: a project on disk, described and planned as it really is, on a machine in memory that needs a
// moment for each build.

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openWatch, type WatchSetup } from '../../src/cli/wiring/open-watch.ts';
import { Journal } from '../../src/run/journal.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { runPlan } from '../../src/run/run-plan.ts';
import { loadConfig, selectEnvironment } from '../../src/config/load-config.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { Failure } from '../../src/failure.ts';
import { ImageAliases } from '../../src/images/image-aliases.ts';
import { SizeHistory } from '../../src/images/size-history.ts';
import { planUp } from '../../src/plan/plan-up.ts';
import { Redactor } from '../../src/secrets/redact.ts';
import { describeBundled } from '../../src/packages/bundled-parts.ts';
import { describeEnvironment } from '../../src/up/describe-environment.ts';
import { recordMaking } from '../../src/run/journalled.ts';
import { observeState } from '../../src/up/observe-state.ts';
import { performUp } from '../../src/up/perform-up.ts';
import { ReleaseTracker } from '../../src/releases/release-tracker.ts';
import type { UpTools } from '../../src/up/up-tools.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import { systemClock } from '../../src/watch/clock.ts';
import { DEFAULT_TIMING } from '../../src/watch/debounce.ts';
import type { EnvironmentScene } from '../../src/watch/environment-world.ts';
import type { Hint, OnHint, SourceTree } from '../../src/watch/source-tree.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type { AskedWork } from '../../src/watch/service-steps.ts';
import { WatchLoop, type WatchTiming } from '../../src/watch/watch-loop.ts';
import { FakeAuthoritySource } from '../fakes/authority-source.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { ProgramAnswers } from '../fakes/program-answers.ts';
import { podChart } from './small-environment.ts';

export interface WatchedMachineOptions {
  readonly services: readonly string[];
  readonly openTree: (onHint: OnHint) => SourceTree;
  readonly timing?: Partial<WatchTiming>;
  /** How long a build takes. Default 20 ms. */
  readonly buildMs?: () => number;
  readonly rollsBack?: boolean;
  /** Beside the files of the services. */
  readonly files?: Readonly<Record<string, string>>;
}

const { signal: never } = new AbortController();

export class WatchedMachine implements AsyncDisposable {
  readonly folder: string;
  readonly machine: FakeMachine;
  readonly events: WatchEvent[] = [];
  readonly notes: RunEvent[] = [];
  readonly #options: WatchedMachineOptions;
  readonly #stop = new AbortController();
  #loop: WatchLoop<EnvironmentScene> | undefined;
  #running: Promise<void> | undefined;
  #tree: SourceTree | undefined;
  #setup: WatchSetup | undefined;
  #aliases: ImageAliases | undefined;

  private constructor(folder: string, options: WatchedMachineOptions) {
    this.folder = folder;
    this.#options = options;
    const names = options.services.map((name) => join(folder, `charts/${name}`));
    this.machine = new FakeMachine(Object.fromEntries(names.map((chart) => [chart, podChart])));
    const build = this.machine.images.build.bind(this.machine.images);
    this.machine.images.build = async (request, task) => {
      const image = await build(request, task);
      await delay(options.buildMs?.() ?? 20, undefined, { signal: task.signal }).catch(() => {
        throw new Failure('interrupted', 'the build was stopped');
      });
      return image;
    };
  }

  /** A project that is up and followed. */
  static async begin(options: WatchedMachineOptions): Promise<WatchedMachine> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-watched-')));
    const watched = new WatchedMachine(folder, options);
    for (const name of options.services) {
      await watched.write(`services/${name}/main`, 'first');
      await watched.write(`services/${name}/Dockerfile`, 'FROM scratch\nCOPY . /\n');
      await watched.write(`charts/${name}/Chart.yaml`, `name: ${name}\n`);
    }
    for (const [path, text] of Object.entries(options.files ?? {})) await watched.write(path, text);
    await watched.write('cluster.yaml', '');
    await watched.configure();
    await watched.#begin();
    return watched;
  }

  /** Writes the config, with a change to its environment. */
  async configure(
    change: (environment: ConfigInput['environments'][string]) => void = () => {},
  ): Promise<void> {
    const environment: ConfigInput['environments'][string] = {
      namespace: 'watched',
      cluster: { name: 'slipway-watched', config: 'cluster.yaml' },
      policy: { onUp: 'off' },
      images: Object.fromEntries(
        this.#options.services.map((name) => [
          name,
          { dockerfile: `services/${name}/Dockerfile`, context: `services/${name}` },
        ]),
      ),
      releases: Object.fromEntries(
        this.#options.services.map((name) => [name, { chart: `charts/${name}`, images: { image: name } }]),
      ),
    };
    change(environment);
    const config: ConfigInput = { default: 'watched', environments: { watched: environment } };
    await this.write('slipway.config.ts', `export default ${JSON.stringify(config)};\n`);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  get loop(): WatchLoop<EnvironmentScene> {
    return this.#loop!;
  }

  /** By service: the reference that runs in the cluster. */
  served(): Record<string, string> {
    const pods = this.machine.cluster!.api.objects.filter(({ kind }) => kind === 'Pod');
    return Object.fromEntries(
      pods.map(({ metadata, spec }) => [
        metadata.name,
        (spec as { containers: { image: string }[] }).containers[0]!.image,
      ]),
    );
  }

  /** By service: the reference that the files on disk come to. */
  async wanted(): Promise<Record<string, string>> {
    const run = await this.#describe({});
    return Object.fromEntries(run.desired.images.map(({ name, reference }) => [name, reference]));
  }

  /** As by a key of the terminal. */
  ask(service: string, work: AskedWork): void {
    this.#setup!.ask(`release:${service}`, work);
    this.loop.retry(`release:${service}`);
  }

  /** Of a service, the runs that have begun building or deploying something. */
  runsOf(service: string): number {
    return this.events.filter(
      (event) =>
        event.kind === 'ended' && event.service === `release:${service}` && event.end.name !== 'stale',
    ).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Failure('interrupted', 'the test is over'));
    await this.#running;
    await this.#tree?.[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #description(): Promise<Parameters<typeof describeEnvironment>[0]> {
    const { folder, machine } = this;
    const configFile = join(folder, 'slipway.config.ts');
    const config = await loadConfig({ configFile, addons: [] });
    const artifact = (id: string) => ({
      ...{ id, title: `Make ${id}`, needs: [], fingerprint: '1', location: `/cache/${id}` },
      ...{ isPresent: async () => true, make: async () => undefined },
    });
    return {
      place: {
        ...{ name: 'watched', clusterName: 'slipway-watched', stateFolder: join(folder, '.state') },
        kubeconfigFile: join(folder, '.state/kubeconfig'),
      },
      environment: selectEnvironment(config, undefined).environment,
      projectFolder: folder,
      slipwayFolder: folder,
      source: 'registry',
      workshop: {
        ...{ cache: new ArtifactCache(join(folder, '.cache')), commands: new ProgramAnswers() },
        ...{ goVersion: 'none', platform: 'linux/amd64', images: machine.images },
      },
      ...{ ports: [], toolArtifacts: [], mmdebstrap: artifact('mmdebstrap'), proxyArgs: {}, signal: never },
    };
  }

  async #describe(changes: Partial<Parameters<typeof describeEnvironment>[0]>) {
    const description = await this.#description();
    this.#aliases ??= await ImageAliases.open(description.place.stateFolder);
    return describeEnvironment({ ...description, aliases: this.#aliases, ...changes });
  }

  async #begin(): Promise<void> {
    const { folder, machine } = this;
    const { openTree, timing, rollsBack = true } = this.#options;
    const { signal } = this.#stop;
    const run = await this.#describe({});
    const journal = await Journal.open(join(run.stateFolder, 'journal.jsonl'));
    const emit = (event: RunEvent): void => void this.notes.push(event);
    const tools: UpTools = {
      ...{ run, env: {}, redactor: new Redactor(), connect: async () => machine.api },
      ...{
        images: machine.images,
        loader: machine.loader,
        driver: machine.driver,
        releases: machine.releases,
      },
      sizes: new SizeHistory(run.stateFolder),
      aliases: this.#aliases!,
      tracker: new ReleaseTracker(run.desired, () => {}),
      note: () => {},
      authority: new FakeAuthoritySource(),
    };
    const limits = { compile: 1, build: 2, transfer: 4, cluster: 16 };
    const steps = planUp(run.desired, await observeState(tools, journal, signal));
    await runPlan(steps, { perform: recordMaking(journal, performUp(tools)), limits, signal, emit });
    const setup = await openWatch(
      { signal, emit, configFile: join(folder, 'slipway.config.ts') },
      {
        ...{ tools, limits, source: 'registry' },
        place: { journal, commands: new ProgramAnswers().answer('docker exec', '') },
        describe: (changes) => this.#describe(changes),
        describeBundled: async (environment) =>
          describeBundled({ ...(await this.#description()), environment }),
      },
      { rollsBack, failedSteps: [], hardSignal: signal },
    );
    this.#setup = setup;
    const following = Promise.withResolvers<void>();
    this.#tree = openTree((hint: Hint) => this.loop.hint(hint));
    this.#loop = new WatchLoop({
      ...{
        world: setup.world,
        begin: setup.begin,
        described: setup.described,
        tree: this.#tree,
        clock: systemClock,
      },
      timing: { ...DEFAULT_TIMING, cancelRestMs: 500, sweepEveryMs: 60_000, ...timing },
      emit: (event) => {
        this.events.push(event);
        if (event.kind === 'following') following.resolve();
      },
    });
    this.#running = this.#loop.run(signal);
    await Promise.race([following.promise, this.#running]);
  }
}
