// Pure: the part of an environment, and of the plan for it, that concerns one service.

import type { BuildRequest } from '../images/image-store.ts';
import type { DesiredRelease } from '../plan/state.ts';
import type { Step } from '../plan/step.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';

/** What is wanted of a service ('release:backend'). */
export function releaseOf({ desired }: EnvironmentRun, service: string): DesiredRelease | undefined {
  return desired.releases.find(({ group, name }) => `${group}:${name}` === service);
}

/** The names of the images that a service runs. */
export function imagesOf(run: EnvironmentRun, service: string): string[] {
  const release = releaseOf(run, service);
  return run.desired.images
    .filter(({ reference }) => release?.images.includes(reference))
    .map(({ name }) => name);
}

/** The tags of its images, which tell versions apart. */
export function tagsOf(run: EnvironmentRun, service: string): string[] {
  return imagesOf(run, service).map((name) => run.builds.get(name)!.reference.split(':').at(-1)!);
}

/**
 * The environment with this service as it is to be and the images of all others as they were last built: a build
 * of theirs that is broken, or still to come, is no matter of this service.
 */
export function scopeTo(
  run: EnvironmentRun,
  service: string,
  lastBuilt: ReadonlyMap<string, BuildRequest>,
): EnvironmentRun {
  const own = new Set(imagesOf(run, service));
  const builds = new Map(
    [...run.builds].flatMap(([name, request]) => {
      const chosen = own.has(name) ? request : lastBuilt.get(name);
      return chosen ? [[name, chosen] as const] : [];
    }),
  );
  const images = run.desired.images.flatMap((image) => {
    const reference = builds.get(image.name)?.reference;
    return reference === undefined ? [] : [{ ...image, reference }];
  });
  return { ...run, builds, desired: { ...run.desired, images } };
}

/** Of a plan, what has to be done for a service: its own step and what that needs, other releases left out. */
export function stepsFor(steps: readonly Step[], service: string): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const wanted = new Set<string>();
  const open = [service];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = byId.get(id);
    const isOther =
      step !== undefined && id !== service && (step.group === 'release' || step.group === 'addon');
    if (!step || isOther || wanted.has(id)) continue;
    wanted.add(id);
    open.push(...step.needs);
  }
  return steps.filter(({ id }) => wanted.has(id));
}

/**
 * The name of the work that a step is in the run of a service: two runs share it only when all that it works from is
 * the same. What checks or installs works from everything that is wanted of the service.
 */
export function workOf({ id, group, subject }: Step, run: EnvironmentRun, service: string): string {
  switch (group) {
    case 'image':
    case 'load':
      return `${id} ${run.builds.get(subject)?.reference ?? ''}`;
    case 'artifact':
      return `${id} ${run.artifacts.get(subject)?.location ?? ''}`;
    case 'secret':
      return `${id} ${run.environment.namespace} ${JSON.stringify(run.environment.secrets[subject])}`;
    case 'cluster':
    case 'namespace':
      return id;
    default:
      return `${id} ${service} ${releaseOf(run, service)?.fingerprint ?? ''}`;
  }
}

/** What somebody wants done although nothing has changed. */
export type AskedWork = 'rebuild' | 'restart';

/** Whether chart, values and namespace are the same in both: what may differ are its images. */
export function hasSameSettings(before: EnvironmentRun, after: EnvironmentRun, service: string): boolean {
  return releaseOf(before, service)?.settings === releaseOf(after, service)?.settings;
}

/** What differs between two versions, for people: 'image backend sha-1 → sha-2', 'chart or values'. */
export function describeChange(
  before: EnvironmentRun | undefined,
  after: EnvironmentRun,
  service: string,
  asked?: AskedWork,
): string {
  const tagOf = (run: EnvironmentRun | undefined, name: string): string | undefined =>
    run?.builds.get(name)?.reference.split(':').at(-1);
  const changed = imagesOf(after, service).flatMap((name) => {
    const [from, to] = [tagOf(before, name), tagOf(after, name)];
    if (from === to) return [];
    return [from === undefined ? `image ${name} ${to}` : `image ${name} ${from} → ${to}`];
  });
  if (before && changed.length > 0 && !hasSameSettings(before, after, service))
    changed.push('chart or values');
  if (changed.length > 0) return changed.join(', ');
  if (asked === undefined) return 'chart or values';
  return `the same version, ${asked === 'rebuild' ? 'built again and restarted' : 'restarted'}`;
}
