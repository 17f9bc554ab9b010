// Watches the hooks that helm runs and waits for: says what they wait for, gives up on what is hopeless, and keeps what
// their pods said. helm itself is silent until they are done, then names a Job, and may have deleted it by then.

import { Failure } from '../failure.ts';
import { readHooks } from './release-hooks.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { describePod, explainFailureCause, hintOf } from '../kubernetes/readiness/explain-failure-cause.ts';
import type { FailFast } from '../kubernetes/readiness/fail-fast.ts';
import { hintOfLog } from '../kubernetes/readiness/hint-of-log.ts';
import { type PodStatus, statusOf, timeOf } from '../kubernetes/object-shapes.ts';
import { observeRelease } from '../kubernetes/readiness/observe-release.ts';
import { pause } from '../kubernetes/pause.ts';
import { judgeRelease } from '../kubernetes/readiness/readiness.ts';
import type { ReleaseObjects } from '../kubernetes/readiness/release-objects.ts';
import type { Task } from '../task.ts';

export interface HookRun {
  readonly api: ClusterApi;
  readonly release: { readonly name: string; readonly namespace: string };
  /** 'helm upgrade' */
  readonly doing: string;
  readonly failFast?: FailFast | undefined;
  /** The first look: most charts have no hooks, and helm is done by then. Default 1 s. */
  readonly firstLookMs?: number;
  readonly intervalMs?: number;
}

/** helm notices by itself that a hook has failed, as a rule; after this time it is not waited for any more. */
const NOTICED_WITHIN_MS = 10_000;

/**
 * Does the work of helm. Its Failure gets the events and the log of the hook that failed, or is replaced by what is
 * hopeless about one; `giveUp` aborts then.
 */
export async function watchingHooks<T>(
  run: HookRun,
  work: (giveUp: AbortSignal) => Promise<T>,
  task: Task,
): Promise<T> {
  const giveUp = new AbortController();
  const over = new AbortController();
  const watch = new HookWatch(run);
  const watching = watch.follow((failure) => giveUp.abort(failure), {
    ...task,
    signal: AbortSignal.any([task.signal, over.signal]),
  });
  try {
    return await work(giveUp.signal);
  } catch (error) {
    if (task.signal.aborted || !(error instanceof Failure)) throw error;
    over.abort();
    await watching;
    throw await watch.explain(error, task.signal);
  } finally {
    over.abort();
    await watching;
  }
}

class HookWatch {
  readonly #run: HookRun;
  readonly #beganAtMs = performance.timeOrigin + performance.now();
  #hopeless: Failure | undefined;
  /** By pod, what it said when it had failed. */
  readonly #said = new Map<string, readonly string[]>();

  constructor(run: HookRun) {
    this.#run = run;
  }

  /** Resolves when the signal aborts. */
  async follow(onHopeless: (failure: Failure) => void, { signal, report }: Task): Promise<void> {
    const { doing, firstLookMs = 1_000, intervalMs = 1_000 } = this.#run;
    let failedSince: number | undefined;
    let said = '';
    try {
      await pause(firstLookMs, signal);
      for (;;) {
        const look = await this.#look(signal);
        const { failureCause, waitingFor } = look.verdict;
        if (failureCause !== undefined) {
          failedSince ??= performance.now();
          const isLate = performance.now() - failedSince >= NOTICED_WITHIN_MS;
          if (failureCause.reason !== 'JobFailed' || isLate) {
            const { api, release } = this.#run;
            const { live } = look.objects;
            this.#hopeless = await explainFailureCause(
              {
                api,
                failureCause: { ...failureCause, workload: `hook ${failureCause.workload}` },
                namespace: release.namespace,
                live,
              },
              signal,
            );
            return onHopeless(this.#hopeless);
          }
        }
        const text = waitingFor.join('; ');
        if (text !== '' && text !== said) report({ text: `${doing}: waiting for hook ${text}` });
        said = text;
        await pause(intervalMs, signal);
      }
    } catch (error) {
      // It only looks on: what keeps it from looking is met by helm, too.
      if (!signal.aborted && !(error instanceof Failure)) throw error;
    }
  }

  /** The same failure with what the hooks said, or what keeps them from running. */
  async explain(error: Failure, signal: AbortSignal): Promise<Failure> {
    if (this.#hopeless !== undefined) return this.#hopeless;
    const look = await this.#look(signal).catch((problem: unknown) => {
      if (signal.aborted || !(problem instanceof Failure)) throw problem;
      return undefined;
    });
    const { waitingFor = [], failureCause, troubles = [], pods } = look?.verdict ?? {};
    const [stuck] = pods?.unready ?? [];
    const said = [...this.#said.values()].flat();
    const told =
      said.length > 0 || stuck === undefined ? said : await this.#describe(stuck, look!.objects.live, signal);
    const details = [...error.details, ...waitingFor.map((text) => `hook ${text}`), ...told];
    if (details.length === error.details.length) return error;
    const reason = failureCause?.reason ?? troubles[0]?.reason ?? 'JobFailed';
    const hint = hintOfLog(told) ?? error.hint ?? hintOf(reason);
    return new Failure(error.code, error.message, { cause: error, details, hint });
  }

  #describe(pod: ClusterObject, live: readonly ClusterObject[], signal: AbortSignal): Promise<string[]> {
    const { api, release } = this.#run;
    const { name, namespace = release.namespace } = pod.metadata;
    return describePod({ api, namespace, pod: name, live }, signal);
  }

  /** At the hooks of this run that are there; Jobs of an earlier one are about to be deleted. */
  async #look(signal: AbortSignal) {
    const { api, release, failFast } = this.#run;
    const hooks = (await readHooks(api, release, signal)).filter(({ kind }) => ['Job', 'Pod'].includes(kind));
    const seen =
      hooks.length === 0
        ? { declared: [], live: [], nowMs: 0 }
        : await observeRelease({ api, declared: hooks }, signal);
    const isFresh = (object: ClusterObject): boolean =>
      (timeOf(object.metadata.creationTimestamp) ?? Infinity) >= this.#beganAtMs - CLOCK_STEP_MS;
    const declared = hooks.filter((hook) =>
      seen.live.some((object) => isSameObject(hook, object) && isFresh(object)),
    );
    const objects: ReleaseObjects = { ...seen, declared };
    const verdict = judgeRelease(objects, failFast);
    await this.#listen(objects, signal);
    return { objects, verdict };
  }

  /** helm may delete them the moment they have failed. */
  async #listen({ declared, live }: ReleaseObjects, signal: AbortSignal): Promise<void> {
    const { release } = this.#run;
    for (const pod of live.filter(({ kind }) => kind === 'Pod')) {
      const { name, namespace = release.namespace, ownerReferences = [] } = pod.metadata;
      const isOurs = declared.some(
        (hook) =>
          isSameObject(hook, pod) ||
          ownerReferences.some((owner) => owner.kind === hook.kind && owner.name === hook.metadata.name),
      );
      const key = `${namespace}/${name} ${endsOf(pod)}`;
      if (!isOurs || endsOf(pod) === '' || this.#said.has(key)) continue;
      // What the last run says is enough: a Job makes a new pod for each.
      this.#said.clear();
      this.#said.set(key, await this.#describe(pod, live, signal));
    }
  }
}

/** Times in the cluster are whole seconds. */
const CLOCK_STEP_MS = 1_000;

function isSameObject(left: ClusterObject, right: ClusterObject): boolean {
  return (
    left.kind === right.kind &&
    left.metadata.name === right.metadata.name &&
    left.metadata.namespace === right.metadata.namespace
  );
}

/** Changes with every run of a container that ended badly; '' while none has. */
function endsOf(pod: ClusterObject): string {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf<PodStatus>(pod);
  return [...initContainerStatuses, ...containerStatuses]
    .map(({ name, restartCount = 0, state, lastState }) => {
      const end = state?.terminated ?? lastState?.terminated;
      return end === undefined || end.exitCode === 0 ? '' : `${name}:${restartCount}:${end.finishedAt ?? ''}`;
    })
    .join('');
}
