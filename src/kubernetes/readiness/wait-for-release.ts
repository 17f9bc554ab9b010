// Waits until the workloads of a release are up: as long as its owner allows, and no longer than there is hope.
import { Failure } from '../../failure.ts';
import type { Task } from '../../task.ts';
import { isTransient } from '../client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../client/cluster-api.ts';
import { describePod, explainFailureCause, hintOf } from './explain-failure-cause.ts';
import type { FailFast } from './fail-fast.ts';
import { hintOfLog } from './hint-of-log.ts';
import { observeRelease } from './observe-release.ts';
import type { ReleaseObjects } from './release-objects.ts';
import { pause } from '../pause.ts';
import { judgeRelease, type Verdict } from './readiness.ts';

export interface ReleaseWait {
  readonly api: ClusterApi;
  /** The objects of the release, as `parseManifest` gives them. */
  readonly manifest: readonly ClusterObject[];
  /** Namespace of the release. */
  readonly namespace: string;
  /** How long to wait at most, from now. */
  readonly deadlineMs: number;
  /** When to give up before. */
  readonly failFast?: FailFast | undefined;
  /** How long the API may be silent or at fault before that ends the wait. Default 15 s. */
  readonly outageMs?: number;
  /** Time between two looks. Default 300 ms. */
  readonly intervalMs?: number;
  /** Called once, when all pods of the newest revision run (ready or not). */
  readonly onRunning?: () => void;
}

/** So many pods are described when the deadline passes; more would bury the message. */
const DESCRIBED_PODS = 3;

/**
 * Resolves when everything is ready. Rejects with Failure 'release' (events and log tail of the pod that blocks)
 * as soon as nothing can mend what is wrong, with 'timeout' (last state seen, and the same of the pods that are
 * not ready), and with 'cluster' when the API stays away.
 */
export async function waitForRelease(wait: ReleaseWait, { signal, report }: Task): Promise<void> {
  const { api, manifest, namespace, deadlineMs, failFast } = wait;
  const { outageMs = 15_000, intervalMs = 300 } = wait;
  const deadline = performance.now() + deadlineMs;
  let answeredAt = performance.now();
  let seen: { objects: ReleaseObjects; verdict: Verdict } | undefined;
  let said = '';
  let wasRunning = false;
  for (;;) {
    let text: string;
    try {
      const objects = await observeRelease({ api, declared: manifest }, signal);
      const verdict = judgeRelease(objects, failFast);
      answeredAt = performance.now();
      seen = { objects, verdict };
      const { failureCause } = verdict;
      if (failureCause !== undefined) {
        throw await explainFailureCause({ api, failureCause, namespace, live: objects.live }, signal);
      }
      if (verdict.isRunning && !wasRunning) {
        wasRunning = true;
        wait.onRunning?.();
      }
      if (verdict.state === 'ready') return;
      text = verdict.waitingFor.join('; ');
    } catch (error) {
      // An API server that restarts is no reason to give up at once.
      if (!isTransient(error) || performance.now() - answeredAt >= outageMs) throw error;
      text = (error as Failure).message;
    }
    if (performance.now() >= deadline) {
      const details =
        seen === undefined ? [] : await describeUnready(wait, seen.objects.live, seen.verdict, signal);
      throw new Failure('timeout', `not ready after ${deadlineMs / 1000} s: ${text}`, {
        details,
        hint:
          hintOfLog(details) ??
          hintOf(seen?.verdict.troubles[0]?.reason) ??
          `See also: kubectl -n ${namespace} get pods,events`,
      });
    }
    if (text !== said) {
      const { ready = 0, wanted = 0 } = seen?.verdict.pods ?? {};
      report({
        text: `waiting for ${text}`,
        ...(wanted > 0 ? { done: Math.min(ready, wanted), total: wanted, unit: 'pods' } : {}),
      });
      said = text;
    }
    await pause(intervalMs, signal);
  }
}

async function describeUnready(
  { api, namespace }: ReleaseWait,
  live: readonly ClusterObject[],
  { waitingFor, pods }: Verdict,
  signal: AbortSignal,
): Promise<string[]> {
  const described = await Promise.all(
    pods.unready.slice(0, DESCRIBED_PODS).map(({ metadata }) => {
      const place = { namespace: metadata.namespace ?? namespace, pod: metadata.name };
      return describePod({ api, ...place, live }, signal);
    }),
  );
  return [...waitingFor.map((line) => `last seen: ${line}`), ...described.flat()];
}
