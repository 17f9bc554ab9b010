// Pure: the states of one release during a run, which one may follow which, and what has to hold to leave one.

/**
 * After the seed's "Deployment Workflow State".
 *
 *   Building ──> Loading ──┬──> Installing ──┬──> Pending ──> Running ──> Ready
 *                          └──> Upgrading  ──┘
 *
 *   any state but Failed ──> Failed
 *   Failed               ──> Building, Loading, Installing, Upgrading   (the next attempt)
 *   Ready                ──> Building, Loading, Upgrading               (something has changed)
 *   Pending, Running, Ready ──> one another   (pods come and go)
 *
 * A release enters at the first thing that has to be done for it, so Building and Loading are passed over where
 * the images are there, and a release that only has to be watched enters at Pending.
 */
export type ReleaseState =
  'Building' | 'Loading' | 'Installing' | 'Pending' | 'Running' | 'Ready' | 'Failed' | 'Upgrading';

const entries: readonly ReleaseState[] = ['Building', 'Loading', 'Installing', 'Upgrading', 'Pending'];

const successors: Readonly<Record<ReleaseState, readonly ReleaseState[]>> = {
  Building: ['Loading', 'Installing', 'Upgrading', 'Failed'],
  Loading: ['Installing', 'Upgrading', 'Failed'],
  Installing: ['Pending', 'Failed'],
  Upgrading: ['Pending', 'Failed'],
  Pending: ['Running', 'Failed'],
  Running: ['Ready', 'Pending', 'Failed'],
  Ready: ['Building', 'Loading', 'Upgrading', 'Running', 'Pending', 'Failed'],
  Failed: ['Building', 'Loading', 'Installing', 'Upgrading'],
};

/** The states that may follow; `undefined` stands for a release of which nothing has been told yet. */
export function statesAfter(from: ReleaseState | undefined): readonly ReleaseState[] {
  return from === undefined ? entries : successors[from];
}

/** Gives `to` back, or throws a plain Error: a run that tells an impossible transition is a bug of ours. */
export function nextState(from: ReleaseState | undefined, to: ReleaseState): ReleaseState {
  if (statesAfter(from).includes(to)) return to;
  throw new Error(`a release cannot go from ${from ?? 'its beginning'} to ${to}`);
}

/**
 * What has to hold after Installing or Upgrading: helm lists the release as deployed. Problems as sentences without full
 * stop; none: it holds. The seed's other validation points are checked where the thing is done: by planBudget, by the
 * image loader, and by the verdict on readiness.
 */
export function problemsAfterInstalling(
  release: { readonly name: string; readonly namespace: string },
  listed: readonly { readonly name: string; readonly namespace: string; readonly status: string }[],
): string[] {
  const label = `release ${release.namespace}/${release.name}`;
  const found = listed.find(
    ({ name, namespace }) => name === release.name && namespace === release.namespace,
  );
  if (found === undefined) return [`helm does not list ${label}`];
  return found.status === 'deployed' ? [] : [`helm lists ${label} as ${found.status}`];
}
