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

// The seed's five validation points. Each gives the problems as sentences without full stop; none: it holds.

/** After Building: every image is smaller than its limit. */
export function problemsAfterBuilding(
  images: readonly { readonly name: string; readonly sizeBytes: number; readonly limitBytes: number }[],
): string[] {
  return images
    .filter(({ sizeBytes, limitBytes }) => sizeBytes >= limitBytes)
    .map(
      ({ name, sizeBytes, limitBytes }) => `image ${name} has ${sizeBytes} bytes, its limit is ${limitBytes}`,
    );
}

/** After Loading: every node lists every image. `listed` is by node name. */
export function problemsAfterLoading(
  references: readonly string[],
  listed: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  if (listed.size === 0) return ['the cluster has no node'];
  return [...listed].flatMap(([node, images]) =>
    references
      .filter((reference) => !images.has(reference))
      .map((reference) => `node ${node} lacks ${reference}`),
  );
}

/** After Installing or Upgrading: helm lists the release as deployed. */
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

/** After Pending: every pod is in phase Running, or Succeeded for one that was to end. */
export function problemsAfterPending(
  pods: readonly { readonly name: string; readonly phase: string }[],
): string[] {
  return pods
    .filter(({ phase }) => phase !== 'Running' && phase !== 'Succeeded')
    .map(({ name, phase }) => `pod ${name} is ${phase}`);
}

/** After Ready: every pod passes its readiness probe and every service has an address to send to. */
export function problemsAfterReady(live: {
  readonly pods: readonly { readonly name: string; readonly isReady: boolean }[];
  readonly services: readonly { readonly name: string; readonly readyAddresses: number }[];
}): string[] {
  return [
    ...live.pods
      .filter((pod) => !pod.isReady)
      .map(({ name }) => `pod ${name} does not pass its readiness probe`),
    ...live.services
      .filter(({ readyAddresses }) => readyAddresses === 0)
      .map(({ name }) => `service ${name} has no ready endpoint`),
  ];
}
