// Waits until the workloads of a release are up, and gives up the moment it is clear that they will not be.
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import { isTransient } from './api-status.ts';
import type { ClusterApi, ClusterObject } from './cluster-api.ts';
import { explainCulprit } from './explain-culprit.ts';
import { observeRelease } from './observe-release.ts';
import { pause } from './pause.ts';
import { DEFAULT_PATIENCE, type Patience } from './pod-trouble.ts';
import { judgeRelease, type Verdict } from './readiness.ts';

export interface ReleaseWait {
  readonly api: ClusterApi;
  /** The objects of the release, as `parseManifest` gives them. */
  readonly manifest: readonly ClusterObject[];
  /** Namespace of the release. */
  readonly namespace: string;
  /** How long to wait at most, from now. */
  readonly deadlineMs: number;
  readonly patience?: Patience;
  /** Called once, when all pods of the newest revision run (ready or not). */
  readonly onRunning?: () => void;
}

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Resolves when everything is ready. Rejects with Failure 'release' (events and log tail of the pod that blocks)
 * as soon as something has failed for good, and with 'timeout' that holds the last state seen.
 */
export async function waitForRelease(wait: ReleaseWait, { signal, report }: Task): Promise<void> {
  const { api, manifest, namespace, deadlineMs, patience = DEFAULT_PATIENCE } = wait;
  const deadline = performance.now() + deadlineMs;
  let pauseMs = SHORTEST_PAUSE_MS;
  let verdict: Verdict | undefined;
  let said = '';
  let wasRunning = false;
  for (;;) {
    let text: string;
    try {
      const objects = await observeRelease({ api, declared: manifest }, signal);
      verdict = judgeRelease(objects, patience);
      if (verdict.culprit !== undefined) {
        const { culprit } = verdict;
        throw await explainCulprit({ api, culprit, namespace, live: objects.live }, signal);
      }
      if (verdict.isRunning && !wasRunning) {
        wasRunning = true;
        wait.onRunning?.();
      }
      if (verdict.state === 'ready') return;
      text = `waiting for ${verdict.waitingFor.join('; ')}`;
    } catch (error) {
      // An API server that restarts is no reason to give up before the deadline.
      if (!isTransient(error)) throw error;
      text = `waiting for the cluster to answer: ${(error as Failure).message}`;
    }
    if (performance.now() >= deadline) {
      throw new Failure('timeout', `not ready after ${deadlineMs / 1000} s: ${text}`, {
        details: verdict?.waitingFor.map((line) => `last seen: ${line}`),
      });
    }
    if (text !== said) {
      report({ text });
      said = text;
      pauseMs = SHORTEST_PAUSE_MS;
    }
    await pause(pauseMs, signal);
    // Looking often is for the first seconds; several releases may be waiting on a small machine.
    pauseMs = Math.min(pauseMs * 1.25, LONGEST_PAUSE_MS);
  }
}
