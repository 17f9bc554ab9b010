// Installs or upgrades one release, application or addon, and waits until it serves.

import { definitionsBeside } from '../addons/definition-groups.ts';
import { Failure } from '../failure.ts';
import type { ApplyOptions, ReleaseSpec, StoredRelease } from './release-store.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { observeRelease } from '../kubernetes/readiness/observe-release.ts';
import { ENVIRONMENT_LABEL, foreignOwner, isOurs, ownershipLabels } from '../kubernetes/ownership.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import { judgeRelease } from '../kubernetes/readiness/readiness.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import { waitForRelease } from '../kubernetes/readiness/wait-for-release.ts';
import { problemsAfterInstalling, type ReleaseState } from '../plan/release-state.ts';
import type { DesiredRelease } from '../plan/state.ts';
import type { Step } from '../plan/step.ts';
import type { Task } from '../task.ts';
import { dropSyncedFiles, forgetSyncedFiles } from '../sync/drop-synced-files.ts';
import { freeStuckSets } from '../kubernetes/free-stuck-sets.ts';
import { endBackOff } from './end-back-off.ts';
import { healSidecars, requireSidecars } from '../addons/dapr/heal-sidecars.ts';
import { watchingHooks } from './hook-watch.ts';
import { FINGERPRINT_LABEL, listedSecrets } from '../up/observe-state.ts';
import { liveWorkloads, restartForSecrets } from './restart-for-secrets.ts';
import { putBack, rememberInStep } from './release-drift.ts';
import { patienceOf } from './release-patience.ts';
import { releaseAsBuilt } from './as-built.ts';
import type { UpTools } from '../up/up-tools.ts';
import { waitForRoutes } from './wait-for-routes.ts';

/** Longer than the grace period of any pod of ours. */
const GONE_WITHIN_MS = 120_000;
/** helm's own default. */
const HOOKS_WITHIN_MS = 300_000;
/** Of definitions: the API server takes a second or two. */
const SERVED_WITHIN_MS = 30_000;

/** `intend` is called right before helm, once it is known that no release of somebody else has the name. */
export async function installRelease(
  tools: UpTools,
  step: Step,
  task: Task,
  intend: () => Promise<void>,
): Promise<string> {
  const { run, releases } = tools;
  const { signal } = task;
  const { spec, desired } = releaseAsBuilt(tools, step.id);
  const patience = patienceOf(run, step.id);
  const enter = (to: ReleaseState): void => tools.tracker.enter(spec.name, to);
  try {
    const api = await tools.connect();
    const before = (await releases.list(signal)).find(
      (release) => release.name === spec.name && release.namespace === spec.namespace,
    );
    const shared = before && sharedAddon(run, step, before);
    if (shared === undefined) refuseForeign(run.name, before);
    else refuseOtherDesiredState(shared, before!, desired);
    let manifest = before ? installedBy(before) : [];
    let revision = before?.revision;
    let isApplied = false;
    let made = before;
    const isSame =
      before?.status === 'deployed' &&
      before.unreadable === undefined &&
      before.labels[FINGERPRINT_LABEL] === desired.fingerprint;
    // What is on its way out is missing a moment later.
    await waitForLeaving(api, manifest, task);
    const workloads = await liveWorkloads(api, manifest, signal);
    const drift =
      isSame && shared === undefined
        ? await putBack({ api, stored: before, stateFolder: run.stateFolder, note: tools.note }, task)
        : [];
    // The same release that is not ready may only need time; one whose objects were deleted has to be put back.
    if (
      shared === undefined &&
      (!isSame || drift.length > 0 || (await isIncomplete(api, manifest, signal)))
    ) {
      task.report({ text: 'checking the chart' });
      const rendered = parseManifest(await checkChart(tools, step, spec, signal), spec.namespace);
      await waitForLeaving(api, rendered, task);
      enter(before ? 'Upgrading' : 'Installing');
      await intend();
      const definitions = await applyDefinitions(api, spec, rendered, task);
      task.report({ text: before ? 'helm upgrade' : 'helm install' });
      const applied = await watchingHooks(
        { api, release: spec, doing: before ? 'helm upgrade' : 'helm install', failFast: patience.failFast },
        (giveUp) => {
          const options = applyOptions(tools, desired, signal);
          return releases.apply(spec, { ...options, giveUp });
        },
        task,
      );
      revision = applied.revision;
      isApplied = true;
      const problems = problemsAfterInstalling(spec, [applied]);
      if (problems.length > 0) throw new Failure('release', problems.join('; '));
      made = applied;
      // Not what was rendered: a name may be made up, looked up, or that of the revision.
      manifest = [...parseManifest(applied.manifest ?? '', spec.namespace), ...definitions];
      await freeStuckSets({ api, manifest, note: tools.note }, task);
    }
    await restartForSecrets(
      {
        ...{ api, manifest, note: tools.note, listed: listedSecrets(run)(spec) },
        before: isApplied ? workloads : undefined,
      },
      task,
    );
    if (isSame) await dropSyncedFiles({ api, stored: before, ...patience }, task);
    const healing = { api, manifest, note: tools.note };
    if (isSame) await healSidecars(healing, task);
    if (before) await endBackOff(healing, task);
    const waiting = {
      ...{ api, manifest, namespace: spec.namespace, ...patience },
      onRunning: () => enter('Running'),
    };
    enter('Pending');
    await waitForRelease(waiting, task);
    // A pod can beat the injector: it counts only with its sidecar.
    if ((await healSidecars(healing, task)) > 0) {
      await waitForRelease(waiting, task);
      await requireSidecars(healing, signal);
    }
    enter('Running');
    const addon = step.group === 'addon' ? run.addons.get(spec.name) : undefined;
    if (addon) {
      task.report({ text: 'proving that it works' });
      await addon.verify({ api, ports: run.ports }, task);
    }
    const authority = (await tools.authority.find(signal))?.certificatePem;
    const { deadlineMs } = patience;
    const { note } = tools;
    await waitForRoutes({ api, manifest, ports: run.ports, authority, deadlineMs, note }, task);
    if (!isSame) await forgetSyncedFiles(api, spec, signal);
    // What somebody else changes of it is for its owner to put back.
    if (made && shared === undefined) {
      const inStep = { api, stored: made, declared: manifest, stateFolder: run.stateFolder, note, drift };
      await rememberInStep(inStep, task);
    }
    enter('Ready');
    return `revision ${revision}`;
  } catch (error) {
    if (!signal.aborted && tools.tracker.stateOf(spec.name) !== undefined) enter('Failed');
    throw error;
  }
}

/** Which environment has installed the addon, where this one shares the cluster with it and uses it as it is. */
function sharedAddon(
  { name, environment }: UpTools['run'],
  { group }: Step,
  { labels }: StoredRelease,
): string | undefined {
  const owner = isOurs(labels) ? labels[ENVIRONMENT_LABEL] : undefined;
  return group === 'addon' && environment.cluster.shared && owner !== name ? owner : undefined;
}

function refuseOtherDesiredState(
  owner: string,
  { name, labels, status }: StoredRelease,
  { fingerprint }: DesiredRelease,
): void {
  if (labels[FINGERPRINT_LABEL] === fingerprint && status === 'deployed') return;
  const how =
    status === 'deployed' ? 'with another version or other values' : `and helm says ${status} of it`;
  throw new Failure('ownership', `the environment ${owner} has the addon ${name} in this cluster, ${how}`, {
    hint: `Environments that share a cluster use an addon together. Give it the same values in both configs, and run up for ${owner}.`,
  });
}

function refuseForeign(environment: string, before: StoredRelease | undefined): void {
  const foreign = before && foreignOwner(environment, before.labels);
  if (foreign === undefined) return;
  throw new Failure('ownership', `release ${before!.namespace}/${before!.name} exists and ${foreign}`, {
    hint: 'Give the release another name or namespace in slipway.config.ts, or uninstall the one that is there.',
  });
}

/** What a release has in the cluster, by the record that helm keeps of it. */
function installedBy(stored: StoredRelease): ClusterObject[] {
  const { manifest = '', namespace } = stored;
  return [...parseManifest(manifest, namespace), ...definitionsBeside(stored)];
}

/**
 * The rendered chart. What lint says against it is only told: helm installs much that its own lint does not like. The
 * chart of an addon is pinned and not the user's to correct.
 */
async function checkChart(
  { releases, note }: UpTools,
  { group }: Step,
  spec: ReleaseSpec,
  signal: AbortSignal,
): Promise<string> {
  const rendering = releases.render(spec, signal);
  rendering.catch(() => undefined);
  const complaint = group === 'release' ? await complaintOf(releases.lint(spec, signal)) : undefined;
  try {
    const rendered = await rendering;
    const said = complaint?.details ?? [];
    if (complaint)
      note(
        `helm lint on the chart of ${spec.name}: ${said.length > 0 ? said.join('; ') : complaint.message}`,
      );
    return rendered;
  } catch (error) {
    // Lint tells all that is wrong, rendering the first of it.
    throw complaint ?? error;
  }
}

async function complaintOf(lint: Promise<void>): Promise<Failure | undefined> {
  try {
    await lint;
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === 'chart') return error;
    throw error;
  }
}

/** How a release is applied. */
export function applyOptions(
  { run, note }: Pick<UpTools, 'run' | 'note'>,
  { group, name, fingerprint }: DesiredRelease,
  signal: AbortSignal,
): ApplyOptions {
  const { environment } = run;
  const labels = { ...ownershipLabels(run.name), [FINGERPRINT_LABEL]: fingerprint };
  const { deadlineMs } = patienceOf({ environment }, `${group}:${name}`);
  // Never less than what helm gives them by itself.
  return { labels, signal, onRepair: note, hooksWithinMs: Math.max(deadlineMs, HOOKS_WITHIN_MS) };
}

// helm installs those of a chart's crds/ folder once, and neither upgrades them nor puts them back. It waits until the
// API server serves those that it installs itself, and takes those that are there for served.
async function applyDefinitions(
  api: ClusterApi,
  spec: ReleaseSpec,
  manifest: readonly ClusterObject[],
  task: Task,
): Promise<ClusterObject[]> {
  const names = new Set(definitionsBeside(spec).map(({ metadata }) => metadata.name));
  const definitions = manifest.filter(
    ({ kind, metadata }) => kind === 'CustomResourceDefinition' && names.has(metadata.name),
  );
  if (definitions.length === 0) return [];
  await Promise.all(definitions.map((definition) => api.apply(definition, { signal: task.signal })));
  const { namespace } = spec;
  await waitForRelease({ api, manifest: definitions, namespace, deadlineMs: SERVED_WITHIN_MS }, task);
  return definitions;
}

/** A removal that was broken off may still be going on: what helm put onto a dying object would die with it. */
async function waitForLeaving(
  api: ClusterApi,
  manifest: readonly ClusterObject[],
  task: Task,
): Promise<void> {
  const references = manifest.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    ...{ apiVersion, kind, name, namespace },
  }));
  const live = await Promise.all(references.map((reference) => api.get(reference, task.signal)));
  const leaving = references.filter((_, index) => live[index]?.metadata.deletionTimestamp !== undefined);
  await waitForGone({ api, references: leaving, deadlineMs: GONE_WITHIN_MS }, task);
}

async function isIncomplete(
  api: ClusterApi,
  manifest: readonly ClusterObject[],
  signal: AbortSignal,
): Promise<boolean> {
  return judgeRelease(await observeRelease({ api, declared: manifest }, signal)).missing.length > 0;
}
