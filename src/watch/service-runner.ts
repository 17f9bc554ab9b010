// Brings one service to what is wanted of it: plans, runs the plan, and goes back to the version before when need be.

import type { Journal } from '../run/journal.ts';
import type { RunEvent } from '../run/events.ts';
import { runPlan } from '../run/run-plan.ts';
import { Failure } from '../failure.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { BuildRequest } from '../images/image-store.ts';
import { SourcesChanged } from '../images/context/sources-changed.ts';
import { planUp } from '../plan/plan-up.ts';
import type { Lane, Step } from '../plan/step.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import { recordMaking } from '../run/journalled.ts';
import { judgeReleases } from '../up/observe-state.ts';
import { applyOptions } from '../releases/install-release.ts';
import { performUp } from '../up/perform-up.ts';
import { patienceOf } from '../releases/release-patience.ts';
import { ReleaseTracker } from '../releases/release-tracker.ts';
import type { UpTools } from '../up/up-tools.ts';
import type { Task } from '../task.ts';
import type { KnownState } from './known-state.ts';
import { LaneGate, NO_LIMITS } from './lane-gate.ts';
import type { RememberedReleases } from './remembered-releases.ts';
import { restartRelease } from '../kubernetes/restart-release.ts';
import { RunReleases } from './run-releases.ts';
import { rollBackAfter } from './rollback.ts';
import { noteTime, type RunTimes } from './run-times.ts';
import { isSameManifest } from './same-manifest.ts';
import {
  describeChange,
  hasSameSettings,
  imagesOf,
  releaseOf,
  scopeTo,
  stepsFor,
  tagsOf,
  workOf,
  type AskedWork,
} from './service-steps.ts';
import { SharedWork } from './shared-work.ts';
import { storedOf } from './stored-of.ts';
import type { RunEnd, RunReport } from './watch-world.ts';

export interface ServiceRunnerOptions {
  readonly tools: Omit<UpTools, 'run' | 'releases' | 'tracker'>;
  readonly releases: RememberedReleases;
  readonly journal: Journal;
  readonly known: KnownState;
  readonly limits: Readonly<Record<Lane, number>>;
  /** Whether a version that does not get ready gives way to the one before. */
  readonly rollsBack: boolean;
  /** What the steps of a run tell. */
  readonly emit: (service: string, event: RunEvent) => void;
  /** A service serves this version. */
  readonly onServed: (service: string, run: EnvironmentRun) => void;
}

export class ServiceRunner {
  readonly #options: ServiceRunnerOptions;
  readonly #gate: LaneGate;
  readonly #shared = new SharedWork();
  /** By image name, the last build that ended well. */
  readonly #lastBuilt = new Map<string, BuildRequest>();
  readonly #lastServed = new Map<string, EnvironmentRun>();
  readonly #trying = new Set<EnvironmentRun>();
  readonly #asked = new Map<string, AskedWork>();

  constructor(options: ServiceRunnerOptions) {
    this.#options = options;
    this.#gate = new LaneGate(options.limits);
  }

  /** What is there when watching begins. */
  begin(run: EnvironmentRun): void {
    const { known } = this.#options;
    for (const [name, request] of run.builds)
      if (known.hasImage(request.reference)) this.#lastBuilt.set(name, request);
    for (const { group, name, namespace, fingerprint } of run.desired.releases)
      if (known.servedOf({ name, namespace }) === fingerprint) this.#lastServed.set(`${group}:${name}`, run);
  }

  /** References of images that runs work with, or may. */
  get references(): string[] {
    const trying = [...this.#trying].flatMap(({ builds }) => [...builds.values()]);
    return [...this.#lastBuilt.values(), ...trying].map(({ reference }) => reference);
  }

  /** For the next run of this service: what is to be done although nothing has changed. */
  ask(service: string, work: AskedWork | undefined): void {
    if (work) this.#asked.set(service, work);
    else this.#asked.delete(service);
  }

  isAsked(service: string): boolean {
    return this.#asked.has(service);
  }

  async run(service: string, wanted: EnvironmentRun, signal: AbortSignal): Promise<RunEnd> {
    const { known, releases } = this.#options;
    const run = scopeTo(wanted, service, this.#lastBuilt);
    const spec = run.releases.get(service)!;
    const before = this.#servedRun(service, spec);
    const asked = this.#asked.get(service);
    this.ask(service, undefined);
    if (asked === 'rebuild')
      for (const name of imagesOf(run, service)) known.gone(run.builds.get(name)!.reference);
    const what = describeChange(before, run, service, asked);
    const times: RunTimes = {};
    const isSameChart = before !== undefined && hasSameSettings(before, run, service);
    await using own = new RunReleases(releases, { validates: !isSameChart });
    const attempt: Attempt = { service, run, what, releases: own };
    const tracker = new ReleaseTracker(run.desired, () => undefined);
    const tools: UpTools = { ...this.#options.tools, run, tracker, releases: own };
    this.#trying.add(run);
    try {
      releases.prepare(spec);
      // What rules say of a chart does not depend on which build of an image it names.
      const steps = stepsFor(planUp(run.desired, known.state), service).filter(
        ({ group }) => group !== 'policy' || !isSameChart,
      );
      await runPlan(steps, {
        perform: (step, task) => this.#perform(step, task, attempt, tools),
        limits: NO_LIMITS,
        signal,
        emit: (event) => {
          noteTime(times, event);
          this.#options.emit(service, event);
        },
      });
      if (asked) await this.#restart(attempt, signal);
      this.#lastServed.set(service, run);
      this.#options.onServed(service, run);
      return { name: 'served', report: { what, ...times } };
    } catch (error) {
      return await this.#explain(error, attempt, { what, ...times }, signal);
    } finally {
      this.#trying.delete(run);
    }
  }

  /** The run of what the cluster is known to have of a service, and of nothing else. */
  #servedRun(service: string, spec: ReleaseSpec): EnvironmentRun | undefined {
    const last = this.#lastServed.get(service);
    return last && releaseOf(last, service)?.fingerprint === this.#options.known.servedOf(spec)
      ? last
      : undefined;
  }

  async #restart(attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { tools, releases } = this.#options;
    const { service, run } = attempt;
    const stored = await storedOf(releases, run.releases.get(service)!, signal);
    const api = await tools.connect();
    attempt.releases.noteChange();
    await restartRelease(
      { api, stored, at: new Date().toISOString(), ...patienceOf(run, service) },
      { signal, report: this.#reportFor(service) },
    );
  }

  async #perform(step: Step, task: Task, attempt: Attempt, tools: UpTools): Promise<string | undefined> {
    const { journal, known } = this.#options;
    const { run, service } = attempt;
    const onWait = (): void => task.report({ text: 'waiting for another build or transfer to end' });
    if (step.id === service && (await this.#isUnchanged(attempt, task.signal))) return 'the same manifest';
    // While the image is on its way to the nodes, helm gets as far as it can without it.
    if (step.group === 'load')
      attempt.releases.prepareApply(
        run.releases.get(service)!,
        applyOptions(tools, releaseOf(run, service)!, task.signal),
      );
    const perform = recordMaking(journal, performUp(tools));
    const note = await this.#shared.do(workOf(step, run, service), task, (shared) =>
      this.#gate.during(step.lane, { signal: shared.signal, onWait }, () => perform(step, shared)),
    );
    const request = run.builds.get(step.subject);
    // It is another version that is wanted then: the next look at the sources finds which.
    if (step.group === 'image' && request && tools.aliases.of(request.reference) !== request.reference)
      throw new SameContent(request.reference);
    known.done(step, run);
    if ((step.group === 'image' || step.group === 'load') && request)
      this.#lastBuilt.set(step.subject, request);
    if (step.id === service)
      known.served(await storedOf(this.#options.releases, run.releases.get(service)!, task.signal));
    return note;
  }

  /** A comment in a chart, a default that is overridden: nothing of it reaches the cluster. */
  async #isUnchanged({ service, run, what }: Attempt, signal: AbortSignal): Promise<boolean> {
    const { known, releases } = this.#options;
    const spec = run.releases.get(service)!;
    if (what.startsWith('image') || known.servedOf(spec) === undefined) return false;
    const stored = await storedOf(releases, spec, signal);
    if (!isSameManifest(await releases.render(spec), stored.manifest, spec.namespace)) return false;
    known.served(stored, releaseOf(run, service)?.fingerprint);
    return true;
  }

  async #explain(error: unknown, attempt: Attempt, report: RunReport, signal: AbortSignal): Promise<RunEnd> {
    const { known } = this.#options;
    const spec = attempt.run.releases.get(attempt.service)!;
    if (!(error instanceof Failure) && !signal.aborted) throw error;
    const failure =
      error instanceof Failure ? error : new Failure('interrupted', 'stopped', { cause: error });
    if (failure instanceof SourcesChanged || failure instanceof SameContent)
      return { name: 'stale', served: known.servedOf(spec), report };
    if (signal.aborted) {
      if (attempt.releases.hasApplied) await this.#lookAgain(signal);
      return { name: 'cancelled', served: known.servedOf(spec), report };
    }
    if (!attempt.releases.hasApplied)
      return { name: 'failed', served: known.servedOf(spec), failure, report };
    const back = await this.#rollBackAfter(attempt, failure, signal);
    await this.#lookAgain(signal);
    const served = known.servedOf(spec);
    if (signal.aborted) return { name: 'cancelled', served, report };
    return { name: 'failed', served, failure: back.failure, report: { ...report, rolledBackTo: back.to } };
  }

  async #rollBackAfter(
    { service, run }: Attempt,
    failure: Failure,
    signal: AbortSignal,
  ): ReturnType<typeof rollBackAfter> {
    const { rollsBack, releases, tools, known } = this.#options;
    const release = run.releases.get(service)!;
    const good = known.goodOf(release);
    // A cluster that does not answer says nothing about the version.
    if (!rollsBack || !good || failure.code === 'cluster') return { failure };
    const before = this.#lastServed.get(service);
    const tags = before ? tagsOf(before, service) : [];
    const request = {
      releases,
      api: await tools.connect(),
      release,
      toRevision: good.revision,
      tags,
      failure,
      ...patienceOf(run, service),
    };
    const back = await rollBackAfter(request, { signal, report: this.#reportFor(service) });
    if (back.stored) known.served(back.stored);
    return back;
  }

  #reportFor(service: string): Task['report'] {
    return ({ text }) => this.#options.emit(service, { type: 'step-progress', id: service, text });
  }

  /** After a run that did not end well the cluster is asked, not believed. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { releases, tools, known } = this.#options;
    const lookSignal = signal.aborted ? AbortSignal.timeout(5_000) : signal;
    try {
      const stored = await releases.list(lookSignal);
      known.releases(await judgeReleases(await tools.connect(), stored, lookSignal), stored);
    } catch (error) {
      if (!(error instanceof Failure) && !lookSignal.aborted) throw error;
    }
  }
}

interface Attempt {
  readonly service: string;
  readonly run: EnvironmentRun;
  readonly what: string;
  readonly releases: RunReleases;
}

/** Ends a run whose image came to what an earlier one is. */
class SameContent extends Failure {
  constructor(reference: string) {
    super('interrupted', `${reference} has the content of an image that is there`);
  }
}
