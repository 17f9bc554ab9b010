// Pure: how long a release may take to get ready, and when it is given up on before.

import type { FailFast } from '../kubernetes/readiness/fail-fast.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';

export interface ReleasePatience {
  readonly deadlineMs: number;
  readonly failFast?: FailFast | undefined;
}

/** Of addons; releases have readyWithinSeconds in the config. */
const ADDON_READY_WITHIN_MS = 180_000;

/** By the id of its step: 'release:backend', 'addon:dapr'. */
export function patienceOf(
  { environment }: Pick<EnvironmentRun, 'environment'>,
  id: string,
): ReleasePatience {
  const [group, name = ''] = id.split(':');
  const rules = group === 'release' ? environment.releases[name] : undefined;
  if (rules === undefined) return { deadlineMs: ADDON_READY_WITHIN_MS };
  return { deadlineMs: rules.readyWithinSeconds * 1000, failFast: rules.failFast };
}
