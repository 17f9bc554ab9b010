// Takes an environment down: what is there of it, what of that goes, and what was seen going.

import type { Emit } from '../run/events.ts';
import { type Perform, runPlan } from '../run/run-plan.ts';
import { Failure } from '../failure.ts';
import { imageScopeOf } from '../images/image-ownership.ts';
import { removeNameless } from '../images/remove-nameless.ts';
import { isInCluster, planDown, sharedBy } from '../plan/plan-down.ts';
import type { Resource, Step } from '../plan/step.ts';
import type { Artifact } from '../packages/artifact.ts';
import { rm } from 'node:fs/promises';
import { ownershipMark } from '../cluster/cluster-identity.ts';
import { removeClusterRecord } from '../cluster/cluster-record.ts';
import { otherUsers } from '../state/other-places.ts';
import { findLeftovers, type Leftovers, type LeftoverSources } from './find-leftovers.ts';
import { type Kept, recordRemoval } from '../run/journalled.ts';
import { performDown } from './perform-down.ts';
import { removeStateFolder } from '../run/run-lock.ts';

export interface TakeDownTools extends LeftoverSources {
  /** helm, where it has to be made before it can take releases away. */
  readonly findMissingHelm: (signal: AbortSignal) => Promise<Artifact | undefined>;
}

export interface TakeDownOptions {
  readonly keepCluster: boolean;
  readonly keepImages: boolean;
  /** What is in the cluster is not taken away by itself, but goes with it. */
  readonly isHurried: boolean;
}

export interface TakeDownPlan {
  readonly steps: readonly Step[];
  readonly options: TakeDownOptions;
  readonly leftovers: Leftovers;
  /** Other environments that need the cluster: it stays for them. */
  readonly sharers: readonly string[];
  readonly missingHelm: Artifact | undefined;
}

export interface TakeDownRun {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Laid around each step. */
  readonly around?: (perform: Perform) => Perform;
}

/**
 * Looks, and changes nothing. Rejects with Failure 'cluster' where the cluster is to be kept and does not answer: what is
 * in it could not be taken away, and would not go with it either.
 */
export async function planTakeDown(
  tools: TakeDownTools,
  options: TakeDownOptions,
  signal: AbortSignal,
): Promise<TakeDownPlan> {
  const leftovers = await findLeftovers(tools, signal);
  const { resources, api, cluster } = leftovers;
  const sharers = cluster === 'there' ? await otherUsers(tools, api, signal) : [];
  const staysCluster = options.keepCluster || sharers.length > 0;
  if (staysCluster && cluster === 'there' && api === undefined) throw outOfReach(tools.clusterName, sharers);
  if (options.isHurried && sharers.length > 0) throw nothingToHurry(tools.clusterName, sharers);
  const goesWithCluster = reasonToGoWithCluster(resources, api !== undefined, options.isHurried);
  const takesReleases = goesWithCluster === undefined && resources.some(({ kind }) => kind === 'release');
  const missingHelm = takesReleases ? await tools.findMissingHelm(signal) : undefined;
  const { keepCluster, keepImages } = options;
  const steps = planDown(resources, { keepCluster, keepImages, goesWithCluster, missingHelm, sharers });
  return { steps, options, leftovers, sharers, missingHelm };
}

/**
 * Resolves with what of ours is left, beside what the options keep, and why. Where nothing is outstanding any more the
 * state folder goes, too.
 */
export async function takeDown(
  tools: TakeDownTools,
  { steps, options, leftovers, sharers, missingHelm }: TakeDownPlan,
  { signal, emit, around = (perform) => perform }: TakeDownRun,
): Promise<readonly Kept[]> {
  const { journal } = tools;
  const kept: Kept[] = [];
  const artifacts = missingHelm ? [missingHelm] : [];
  const remove = performDown({ ...tools, artifacts, sharers, api: leftovers.api });
  await runPlan(steps, {
    perform: around(recordRemoval(journal, remove, (what) => void kept.push(what))),
    limits: { compile: 1, build: 1, transfer: 4, cluster: 8 },
    ...{ signal, emit },
  });
  if (!options.keepImages)
    await removeNameless(tools.images, { 'dev.slipway.cluster': imageScopeOf(tools) }, signal);
  // What was inside a cluster that is gone is gone too.
  const isClusterGone =
    leftovers.cluster === 'absent' ||
    steps.some(({ group, action }) => group === 'cluster' && action === 'do');
  for (const { action, resource } of steps) {
    if (action === 'do' || resource === undefined || !isInCluster(resource)) continue;
    if (isClusterGone) await journal.record('gone', resource);
    else kept.push({ resource, reason: 'is in a cluster that does not answer and stays' });
  }
  const shared = steps.find(({ group, action }) => group === 'cluster' && action === 'skip');
  if (sharers.length > 0 && shared?.resource !== undefined) {
    await journal.record('gone', shared.resource);
    // The cluster says whose it is for when all state is lost: from now on one that stays.
    await leftovers.api?.apply(ownershipMark({ name: sharers[0]! }), { signal });
    await removeClusterRecord(tools.stateFolder);
    await rm(tools.kubeconfigFile, { force: true });
    kept.push({ resource: shared.resource, reason: sharedBy(sharers) });
  }
  await journal.compact();
  const keepsImages = options.keepImages && leftovers.resources.some(({ kind }) => kind === 'image');
  if (journal.outstanding().length === 0 && !keepsImages) await removeStateFolder(tools.stateFolder);
  return kept;
}

function nothingToHurry(clusterName: string, sharers: readonly string[]): Failure {
  return new Failure('usage', `down: --now removes the cluster, and ${clusterName} ${sharedBy(sharers)}`, {
    hint: 'Without --now what is of this environment is removed from it, one by one.',
  });
}

function outOfReach(clusterName: string, sharers: readonly string[]): Failure {
  return new Failure(
    'cluster',
    `cluster ${clusterName} does not answer: what is in it cannot be taken away, and nothing was`,
    {
      hint:
        sharers.length > 0
          ? `The cluster itself stays: it ${sharedBy(sharers)}. \`slipway up\` brings it back.`
          : 'Without --keep-cluster it goes with the cluster. `slipway up` brings the cluster back.',
    },
  );
}

function reasonToGoWithCluster(
  resources: readonly Resource[],
  isReachable: boolean,
  isHurried: boolean,
): string | undefined {
  if (!isReachable) return 'goes with the cluster, which does not answer';
  if (!isHurried) return undefined;
  if (resources.some(({ kind }) => kind === 'cluster')) return 'goes with the cluster (--now)';
  throw new Failure('usage', 'down: --now is for a cluster that Slipway has made, and this one it has not', {
    hint: 'Without --now everything of ours is removed from it, one by one.',
  });
}
