// Plays runs of `up` and `down` on fakes, each like a process of its own: what one leaves on disk, the next one finds.
// Any run can be broken at any call of any of its steps; the steps are those of the plans themselves.

import { statSync, truncateSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunEvent } from '../../src/run/events.ts';
import { Journal } from '../../src/run/journal.ts';
import { type Perform, runPlan } from '../../src/run/run-plan.ts';
import { Failure } from '../../src/failure.ts';
import { ImageAliases } from '../../src/images/image-aliases.ts';
import { SizeHistory } from '../../src/images/size-history.ts';
import { planUp } from '../../src/plan/plan-up.ts';
import type { Step } from '../../src/plan/step.ts';
import { Redactor } from '../../src/secrets/redact.ts';
import type { EnvironmentRun } from '../../src/up/environment-run.ts';
import { reviveCluster } from '../../src/cluster/ensure-cluster.ts';
import { type Kept, recordMaking, settleJournal } from '../../src/run/journalled.ts';
import { observeState } from '../../src/up/observe-state.ts';
import { performUp } from '../../src/up/perform-up.ts';
import { ReleaseTracker } from '../../src/releases/release-tracker.ts';
import { planTakeDown, takeDown, type TakeDownOptions } from '../../src/down/take-down.ts';
import type { UpTools } from '../../src/up/up-tools.ts';
import { FakeAuthoritySource } from '../fakes/authority-source.ts';
import { FaultGate, type Fault, type GateCall } from '../fakes/fault-gate.ts';
import { FakeMachine } from '../fakes/machine.ts';
import type { FakeChart } from '../fakes/release-store.ts';
import { lookAtMachine, type MachineLook } from './machine-look.ts';

/** What a story is about: the files of a project, its charts as fakes, and how it is described. */
export interface StoryPlot {
  readonly files: Readonly<Record<string, string>>;
  /** By path in the project. */
  readonly charts: Readonly<Record<string, FakeChart>>;
  readonly describe: (scene: StoryScene) => Promise<EnvironmentRun>;
  /** Its path in the project; '.state' if absent. */
  readonly stateFolder?: string;
}

export interface StoryScene {
  readonly projectFolder: string;
  readonly stateFolder: string;
  readonly machine: FakeMachine;
  readonly signal: AbortSignal;
}

export interface PlayedRun {
  /** 'done', or the code of the Failure that it ended in. */
  readonly outcome: string;
  readonly error: unknown;
  readonly steps: readonly Step[];
  /** Ids of the steps that had to be done. */
  readonly todo: readonly string[];
  readonly events: readonly RunEvent[];
  /** Every call of a port, by step. */
  readonly calls: readonly GateCall[];
  readonly hasFired: boolean;
  /** What a `down` has left. */
  readonly kept?: readonly Kept[];
}

const limits = { compile: 1, build: 1, transfer: 2, cluster: 4 };

export class EnvironmentStory implements AsyncDisposable {
  readonly machine: FakeMachine;
  readonly #plot: StoryPlot;
  readonly #folder: string;
  #hasTornJournal = false;

  private constructor(plot: StoryPlot, folder: string, machine?: FakeMachine) {
    this.#plot = plot;
    this.#folder = folder;
    const charts = Object.entries(plot.charts).map(([path, chart]) => [join(folder, path), chart]);
    this.machine = machine ?? new FakeMachine(Object.fromEntries(charts) as Record<string, FakeChart>);
  }

  /** @param beside - The story of another environment of the same project, on the same machine. */
  static async begin(plot: StoryPlot, beside?: EnvironmentStory): Promise<EnvironmentStory> {
    const folder = beside === undefined ? await mkdtemp(join(tmpdir(), 'slipway-story-')) : beside.#folder;
    const story = new EnvironmentStory(plot, folder, beside?.machine);
    for (const [path, text] of Object.entries(plot.files)) await story.edit(path, text);
    return story;
  }

  get stateFolder(): string {
    return join(this.#folder, this.#plot.stateFolder ?? '.state');
  }

  get journalFile(): string {
    return join(this.stateFolder, 'journal.jsonl');
  }

  async edit(path: string, text: string): Promise<void> {
    const file = join(this.#folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  up(fault?: Fault): Promise<PlayedRun> {
    return this.#play(fault, async (stage) => {
      const { gate, journal, signal, emit, run, guarded } = stage;
      const tools: UpTools = {
        run,
        ...guarded,
        sizes: new SizeHistory(this.stateFolder),
        aliases: await ImageAliases.open(this.stateFolder),
        env: {},
        tracker: new ReleaseTracker(run.desired, emit),
        note: (text) => emit({ type: 'note', level: 'info', text }),
        redactor: new Redactor(),
        authority: new FakeAuthoritySource(),
        connect: async () => guarded.api,
      };
      let observed = await gate.within('observe', () => observeState(tools, journal, signal));
      if (observed.cluster === 'stopped' || observed.cluster === 'waking') {
        await gate.within('revive', () => reviveCluster(tools, { signal, report: () => undefined }));
        observed = await gate.within('observe', () => observeState(tools, journal, signal));
      }
      const steps = planUp(run.desired, observed);
      stage.planned(steps);
      await gate.within('settle', () =>
        settleJournal(stage.guardedJournal, steps, observed, run.environment.cluster),
      );
      const guardedSteps = gate.guard('step', {
        perform: recordMaking(stage.guardedJournal, performUp(tools)),
      });
      await runPlan(steps, {
        perform: (step, task) => gate.within(step.id, () => guardedSteps.perform(step, task)),
        ...{ limits, signal, emit },
      });
      await journal.compact();
    });
  }

  async down(fault?: Fault, flags: Partial<TakeDownOptions> = {}): Promise<PlayedRun> {
    let kept: readonly Kept[] = [];
    const played = await this.#play(fault, async (stage) => {
      const { gate, journal, signal, emit, run, guarded } = stage;
      const tools = {
        ...{ ...run, ...guarded, journal: stage.guardedJournal },
        connect: async () => guarded.api,
        findMissingHelm: async () => undefined,
      };
      const options = { keepCluster: false, keepImages: false, isHurried: false, ...flags };
      const plan = await gate.within('observe', () => planTakeDown({ ...tools, journal }, options, signal));
      stage.planned(plan.steps);
      const around = (perform: Perform): Perform => {
        const guardedSteps = gate.guard('step', { perform });
        return (step, task) => gate.within(step.id, () => guardedSteps.perform(step, task));
      };
      kept = await takeDown(tools, plan, { signal, emit, around });
    });
    return { ...played, kept };
  }

  look(): Promise<MachineLook> {
    return lookAtMachine(this.machine, this.stateFolder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #play(fault: Fault | undefined, main: (stage: Stage) => Promise<void>): Promise<PlayedRun> {
    const controller = new AbortController();
    const { signal } = controller;
    const { machine, stateFolder } = this;
    const gate = new FaultGate({
      fault,
      interrupt: () => controller.abort(new Failure('interrupted', 'interrupted')),
      afterKill: (name, args, how) => this.#tear(name, args, how),
    });
    const events: RunEvent[] = [];
    let steps: readonly Step[] = [];
    const described = await this.#plot.describe({
      projectFolder: this.#folder,
      stateFolder,
      machine,
      signal,
    });
    const artifacts = [...described.artifacts].map(
      ([id, artifact]) => [id, gate.guard('artifact', artifact)] as const,
    );
    const journal = await Journal.open(this.journalFile);
    const error = await main({
      ...{ gate, signal, journal },
      guardedJournal: gate.guard('journal', journal, ['record']),
      emit: (event) => void events.push(event),
      run: { ...described, artifacts: new Map(artifacts) },
      guarded: {
        images: gate.guard('images', machine.images),
        loader: gate.guard('loader', machine.loader),
        driver: gate.guard('driver', machine.driver),
        releases: gate.guard('releases', machine.releases),
        api: gate.guard('api', machine.api),
      },
      planned: (plan) => void (steps = plan),
    }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    // Whatever was written last: other steps may have been at it, too.
    if (this.#hasTornJournal) truncateSync(this.journalFile, statSync(this.journalFile).size - 20);
    this.#hasTornJournal = false;
    return {
      outcome: error === undefined ? 'done' : error instanceof Failure ? error.code : String(error),
      error,
      steps,
      todo: steps.filter((step) => step.action === 'do').map((step) => step.id),
      events,
      calls: gate.calls,
      hasFired: gate.hasFired,
    };
  }

  /** helm that is killed leaves its release pending, a power cut half a line of the journal. */
  #tear(name: string, args: readonly unknown[], how: Fault['how']): void {
    if (how === 'power-cut') this.#hasTornJournal = true;
    if (name !== 'releases.apply') return;
    this.machine.cluster!.releases.setStatus(
      args[0] as { name: string; namespace: string },
      'pending-install',
    );
  }
}

/** What one run works with. */
interface Stage {
  readonly gate: FaultGate;
  readonly signal: AbortSignal;
  readonly journal: Journal;
  /** The same one: what steps write to it goes through the gate. */
  readonly guardedJournal: Journal;
  readonly emit: (event: RunEvent) => void;
  readonly run: EnvironmentRun;
  readonly guarded: Pick<FakeMachine, 'images' | 'loader' | 'driver' | 'releases' | 'api'>;
  readonly planned: (steps: readonly Step[]) => void;
}
