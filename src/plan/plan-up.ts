// Pure: (what is wanted, what is there) → the steps of `up`, each with its reason.

import type { DesiredRelease, DesiredState, ObservedRelease, ObservedState } from './state.ts';
import { resourceKey, type Lane, type Resource, type Step } from './step.ts';

/** What becomes of releases that the config no longer names; with 'keep-data' of those with which no data goes. */
export type OrphanRule = 'remove' | 'keep' | 'keep-data';

/** Steps in an order in which they could run one by one. Nothing to do: every step is a skip. */
export function planUp(
  desired: DesiredState,
  observed: ObservedState,
  orphanRule: OrphanRule = 'keep-data',
): Step[] {
  const cluster = clusterStep(desired, observed);
  const clusterResource = cluster.resource!;
  const inCluster = [resourceKey(clusterResource)];
  const names = [
    ...new Set(
      desired.releases
        .map((release) => release.namespace)
        .concat(desired.secrets.map((secret) => secret.namespace)),
    ),
  ];
  const loads = desired.releases
    .flatMap((release) => release.images)
    .filter((reference, index, all) => all.indexOf(reference) === index)
    .map((reference) => loadStep(reference, desired, observed, cluster));
  const images = desired.images.map((image): Step => {
    const load = loads.find(({ subject }) => subject === image.name);
    const verdict = observed.images.has(image.reference)
      ? skip(image.isAsBefore ? 'other sources, the same content as before' : 'unchanged')
      : load?.action === 'skip'
        ? skip('in the nodes already')
        : todo(load ? 'no image of this content yet' : 'no image of this content yet; no release uses it');
    const after = imageKeys(image.bases, desired);
    const resource: Resource = { kind: 'image', reference: image.reference, after };
    return {
      ...at('image', image.name),
      title: `Build ${image.name}`,
      lane: 'build',
      needs: image.bases.map(artifactId),
      ...verdict,
      resource,
    };
  });
  const budget = budgetStep(images, observed);
  const namespaces = names.map((name): Step => {
    const verdict = observed.namespaces.has(name) ? skip('exists') : todo('not there yet');
    const resource: Resource = { kind: 'namespace', name, after: inCluster };
    return {
      ...at('namespace', name),
      title: `Namespace ${name}`,
      lane: 'cluster',
      needs: [cluster.id],
      ...verdict,
      resource,
    };
  });
  const secrets = desired.secrets.map(({ name, namespace }): Step => {
    const changes = observed.secretChanges?.get(`${namespace}/${name}`) ?? [];
    const verdict = observed.secrets.has(`${namespace}/${name}`)
      ? skip('holds what is declared')
      : todo(changes.join('; ') || 'missing or incomplete');
    const resource: Resource = { kind: 'secret', name, namespace, after: [`namespace:${namespace}`] };
    const needs = [`namespace:${namespace}`];
    return { ...at('secret', name), title: `Secret ${name}`, lane: 'cluster', needs, ...verdict, resource };
  });
  const orphans = orphanSteps(desired, observed, cluster, orphanRule);
  // A renamed release has the hosts, ports and objects of the one that goes.
  const goFirst = orphans.filter(({ action }) => action === 'do').map(({ id }) => id);
  const releases = desired.releases.map((release) => {
    const step = releaseStep(release, desired, observed, { loads, secrets });
    return { ...step, needs: [...step.needs, ...goFirst] };
  });
  const policy = desired.policy === 'off' ? [] : [policyStep(releases, desired, cluster)];
  const steps = [
    cluster,
    ...images,
    budget,
    ...loads,
    ...namespaces,
    ...secrets,
    ...policy,
    ...orphans,
    ...releases,
  ];
  return [...artifactSteps(desired, observed, steps), ...steps];
}

function clusterStep(desired: DesiredState, observed: ObservedState): Step {
  const { name, driver } = desired.cluster;
  const reasons = {
    absent: todo('not there yet'),
    stopped: todo('its nodes are stopped'),
    waking: todo('its nodes run, and it is not back yet'),
    'half-made': todo('an earlier run was cut off while making it'),
    running: skip('running'),
  };
  return {
    ...at('cluster', name),
    title: `Cluster ${name}`,
    lane: 'cluster',
    needs: desired.tools.cluster.map(artifactId),
    ...reasons[observed.cluster],
    resource: { kind: 'cluster', name, driver, after: [] },
  };
}

function loadStep(reference: string, desired: DesiredState, observed: ObservedState, cluster: Step): Step {
  const image = desired.images.find((candidate) => candidate.reference === reference);
  const artifact = desired.artifacts.find((candidate) => candidate.location === reference);
  const source = image ? [`image:${image.name}`, 'budget:images'] : artifact ? [artifactId(artifact.id)] : [];
  const isThere = cluster.action === 'skip' && observed.loaded.has(reference);
  const subject = image?.name ?? artifact?.id ?? reference;
  return {
    ...at('load', subject),
    title: `Load ${subject}`,
    lane: 'transfer',
    needs: [cluster.id, ...source],
    ...(isThere ? skip('on every node') : todo('not on every node')),
  };
}

function budgetStep(images: readonly Step[], observed: ObservedState): Step {
  const isKnownGood =
    observed.budget?.withinBudget === true && images.every((image) => image.action === 'skip');
  return {
    ...at('budget', 'images'),
    title: 'Check image sizes',
    lane: 'cluster',
    needs: images.map((image) => image.id),
    ...(isKnownGood ? skip(observed.budget.text) : todo(observed.budget?.text ?? 'sizes not measured yet')),
  };
}

/** After the cluster: a chart renders what fits its version. */
function policyStep(releases: readonly Step[], { tools }: DesiredState, cluster: Step): Step {
  const isNeeded = releases.some((release) => release.action === 'do');
  return {
    ...at('policy', 'charts'),
    title: 'Check charts against the rules',
    lane: 'cluster',
    needs: [cluster.id, ...tools.release.map(artifactId)],
    ...(isNeeded ? todo('before anything is installed') : skip('nothing to install')),
  };
}

function releaseStep(
  release: DesiredRelease,
  desired: DesiredState,
  observed: ObservedState,
  { loads, secrets }: { readonly loads: readonly Step[]; readonly secrets: readonly Step[] },
): Step {
  const { name, namespace } = release;
  const there = observed.releases.find(
    (candidate) => candidate.name === name && candidate.namespace === namespace,
  );
  const subjects = release.images.map((reference) => subjectOf(reference, desired));
  const needs = release.needs.map((need) => (need.startsWith('addon:') ? need : `release:${need}`));
  // A pod can read any Secret of its namespace, whether the release lists it or not.
  const read = secrets.filter(
    ({ subject, resource }) =>
      release.secrets.includes(subject) ||
      (release.group === 'release' && resource?.kind === 'secret' && resource.namespace === namespace),
  );
  const after = [`namespace:${namespace}`, ...read.map((secret) => resourceKey(secret.resource!))];
  const behind = desired.releases.filter((other) =>
    release.needs.includes(other.group === 'addon' ? `addon:${other.name}` : other.name),
  );
  return {
    ...at(release.group, name),
    title: release.group === 'addon' ? `Addon ${name}` : `Release ${name}`,
    lane: 'cluster',
    needs: [
      ...desired.tools.release.map(artifactId),
      `namespace:${namespace}`,
      ...loads.filter((load) => subjects.includes(load.subject)).map((load) => load.id),
      ...read.map((secret) => secret.id),
      ...(release.group === 'release' ? ['budget:images'] : []),
      ...(desired.policy === 'off' ? [] : ['policy:charts']),
      ...needs,
    ],
    ...judge(release, there, secrets),
    resource: {
      kind: 'release',
      name,
      namespace,
      after: [...after, ...behind.map((other) => `release:${other.namespace}/${other.name}`)],
      groups: release.groups,
    },
  };
}

function orphanSteps(
  desired: DesiredState,
  observed: ObservedState,
  cluster: Step,
  rule: OrphanRule,
): Step[] {
  const { environment } = desired;
  if (environment === undefined) return [];
  const isNamed = ({ name, namespace }: ObservedRelease): boolean =>
    desired.releases.some((release) => release.name === name && release.namespace === namespace);
  return observed.releases
    .filter((release) => release.environment === environment && !isNamed(release))
    .map(({ name, namespace, data = [] }): Step => {
      const why = 'the config no longer names it';
      const verdict =
        rule === 'keep'
          ? skip(`${why}; kept (--keep-orphans)`)
          : rule === 'keep-data' && data.length > 0
            ? skip(`${why}; kept, because ${data.join(', ')} would go with it`)
            : todo(why);
      return {
        ...at('orphan', `${namespace}/${name}`),
        title: `Remove release ${name}`,
        lane: 'cluster',
        needs: [cluster.id, ...desired.tools.release.map(artifactId)],
        ...verdict,
        resource: { kind: 'release', name, namespace, after: [`namespace:${namespace}`] },
      };
    });
}

function judge(
  release: DesiredRelease,
  there: ObservedRelease | undefined,
  secrets: readonly Step[],
): Verdict {
  if (!there) return todo('not installed');
  if (there.status !== 'deployed') return todo(`helm says ${there.status}`);
  if (there.fingerprint !== release.fingerprint) return todo('its chart, values or image changed');
  const changing = secrets.find(
    ({ action, resource }) =>
      action === 'do' &&
      resource?.kind === 'secret' &&
      there.usedSecrets?.includes(`${resource.namespace}/${resource.name}`),
  );
  if (changing !== undefined) return todo(`its secret ${changing.subject} changes`);
  if (there.staleSecrets?.length) return todo(there.staleSecrets.join('; '));
  if (there.syncedFiles !== undefined) return todo('its pods run synced files beside their image');
  if (there.drift?.length) return todo(`changed by hand: ${there.drift.join('; ')}`);
  if (there.withoutSidecar.length > 0) return todo(there.withoutSidecar.join('; '));
  if (there.verdict.state !== 'ready')
    return todo(`not ready: ${there.verdict.waitingFor[0] ?? there.verdict.state}`);
  return skip('unchanged and ready');
}

function subjectOf(reference: string, desired: DesiredState): string {
  return (
    desired.images.find((image) => image.reference === reference)?.name ??
    desired.artifacts.find((artifact) => artifact.location === reference)?.id ??
    reference
  );
}

/** Artifacts are made only when something that has to be done needs them: a finished node image needs no compiler. */
function artifactSteps(desired: DesiredState, observed: ObservedState, steps: readonly Step[]): Step[] {
  const wanted = new Set(steps.filter((step) => step.action === 'do').flatMap((step) => step.needs));
  const made: Step[] = [];
  // Last first: an artifact comes after those that it needs.
  for (const artifact of [...desired.artifacts].reverse()) {
    const isWanted = wanted.has(artifactId(artifact.id));
    const isPresent = observed.artifacts.has(artifact.id);
    if (isWanted && !isPresent) for (const need of artifact.needs) wanted.add(artifactId(need));
    const verdict = isPresent
      ? skip('in the cache')
      : isWanted
        ? todo('not in the cache')
        : skip('not needed now');
    const lane: Lane = artifact.form === 'image' ? 'build' : 'compile';
    const after = imageKeys(artifact.needs, desired);
    const resource: Resource = { kind: 'image', reference: artifact.location, after };
    made.unshift({
      ...at('artifact', artifact.id),
      title: artifact.title,
      lane,
      needs: artifact.needs.map(artifactId),
      ...verdict,
      ...(artifact.form === 'image' ? { resource } : {}),
    });
  }
  return made;
}

/** Of those artifacts, the images: they can go only after what was built on them. */
function imageKeys(ids: readonly string[], desired: DesiredState): string[] {
  return desired.artifacts
    .filter((artifact) => artifact.form === 'image' && ids.includes(artifact.id))
    .map((artifact) => `image:${artifact.location}`);
}

type Verdict = Pick<Step, 'action' | 'reason'>;

function todo(reason: string): Verdict {
  return { action: 'do', reason };
}

function skip(reason: string): Verdict {
  return { action: 'skip', reason };
}

function at(group: Step['group'], subject: string): Pick<Step, 'id' | 'group' | 'subject'> {
  return { id: `${group}:${subject}`, group, subject };
}

function artifactId(id: string): string {
  return `artifact:${id}`;
}
