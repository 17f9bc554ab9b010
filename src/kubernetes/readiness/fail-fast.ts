// Pure: when a release is given up on before its deadline.

/**
 * What is hopeless fails early: an image that cannot exist, a spec that can never run, a container that goes on
 * crashing when all that it depends on is there. false: nothing but the deadline ends the wait, and what has failed
 * for good (a Job out of tries, a Pod that is not restarted).
 */
export type FailFast = false | FailFastRules;

export interface FailFastRules {
  /** So many runs of a container must have ended in a crash. */
  readonly crashes: number;
  /**
   * A state counts as lasting after this time. Of a crash: its last run began so long after the pod and the other
   * workloads of the release were ready.
   */
  readonly afterSeconds: number;
}

/**
 * kubelet starts a container that crashes at once at about 0, 1, 12 and 33 s: the third run has begun 10 s after the
 * first, and the fourth would come half a minute after the first crash has shown.
 */
export const DEFAULT_FAIL_FAST: FailFastRules = { crashes: 3, afterSeconds: 10 };
