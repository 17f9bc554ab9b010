// Finds what was changed by hand in the objects of a release, and puts back what helm cannot.
//
// An object that is as it was when it was last found in step (its stamp) is not looked into again. One that may have
// drifted is asked of the API server: what a dry run makes of the manifest is what the object would be, with defaults,
// units and webhooks. Only what differs from that is drift.

import { Failure } from '../failure.ts';
import type { StoredRelease } from './release-store.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { describeDrift, type Drift, driftKey, driftOf, isImplied, objectLabel } from '../kubernetes/drift.ts';
import { specOf } from '../kubernetes/object-shapes.ts';
import { stampOf } from '../kubernetes/object-stamp.ts';
import { observeRelease } from '../kubernetes/readiness/observe-release.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import type { Task } from '../task.ts';
import {
  findLive,
  isInStep,
  keepStamps,
  nameOf,
  readStamps,
  stampsOf,
  type StampsOfRelease,
} from './release-stamps.ts';

export interface DriftQuestion {
  readonly api: Pick<ClusterApi, 'get' | 'list' | 'apply'>;
  /** Its manifest, with namespaces. */
  readonly declared: readonly ClusterObject[];
  /** As the cluster has them; whole, or their metadata alone. */
  readonly live: readonly ClusterObject[];
  readonly known: StampsOfRelease;
}

export interface DriftAnswer {
  readonly drift: readonly Drift[];
  /** What is known by now. */
  readonly known: StampsOfRelease;
}

/** A Service has nothing to end. */
const GONE_WITHIN_MS = 30_000;

type AutoscalerSpec = { readonly scaleTargetRef: { readonly kind?: string; readonly name?: string } };

/** Asks only about objects whose stamp is new. What is not there is missing, and no drift. */
export async function findDrift(question: DriftQuestion, signal: AbortSignal): Promise<DriftAnswer> {
  const { declared, live, known } = question;
  const isLeftAlone = new Set(known.leftAlone);
  const looks = await Promise.all(
    declared.map(async (object) => {
      const there = findLive(object, live);
      const stamp = there === undefined ? undefined : stampOf(there);
      const name = nameOf(object);
      if (there === undefined || isInStep(object, there, known)) return { name, stamp, drift: [] };
      const drift = await driftOfObject(question, object, there, signal);
      return { name, stamp, drift: drift.filter((one) => !isLeftAlone.has(driftKey(one))) };
    }),
  );
  const inStep = looks.flatMap(({ name, stamp, drift }) =>
    stamp === undefined || drift.length > 0 ? [] : [[name, stamp] as const],
  );
  return {
    drift: looks.flatMap(({ drift }) => drift),
    known: { ...known, stamps: Object.fromEntries(inStep) },
  };
}

async function driftOfObject(
  { api }: DriftQuestion,
  declared: ClusterObject,
  there: ClusterObject,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const live = isWhole(there) ? there : await api.get(referenceOf(declared), signal);
  if (live === undefined) return [];
  const suspected = driftOf(declared, live);
  if (suspected.length === 0) return [];
  const mine = suspected.filter(({ path }) => path !== 'spec.replicas');
  const isScaled = mine.length < suspected.length && (await isAutoscaled(api, declared, signal));
  const left = isScaled ? mine : suspected;
  if (left.length === 0) return [];
  const wanted = await asServerMakesIt(api, declared, signal);
  if (wanted === undefined) return left;
  // What the manifest leaves out stays in a dry run as it is in the cluster.
  const confirmed = new Set(driftOf({ ...wanted, kind: declared.kind }, live).map(({ path }) => path));
  return left.filter((one) => confirmed.has(one.path) || isImplied(declared, one.path));
}

/** Undefined where it refuses: such an object cannot come about by an update, and what differs is drift. */
async function asServerMakesIt(
  api: DriftQuestion['api'],
  declared: ClusterObject,
  signal: AbortSignal,
): Promise<ClusterObject | undefined> {
  try {
    return await api.apply(declared, { dryRun: true, signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

/** The number of its pods is then not the manifest's to say. */
async function isAutoscaled(
  api: DriftQuestion['api'],
  { kind, metadata: { name, namespace } }: ClusterObject,
  signal: AbortSignal,
): Promise<boolean> {
  const scalers = await api.list(
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace },
    signal,
  );
  return scalers.some((scaler) => {
    const { scaleTargetRef } = specOf<AutoscalerSpec>(scaler);
    return scaleTargetRef?.kind === kind && scaleTargetRef.name === name;
  });
}

export interface StoredDrift {
  readonly api: ClusterApi;
  readonly stored: StoredRelease;
  /** Its objects, where they are known without its manifest. */
  readonly declared?: readonly ClusterObject[];
  readonly stateFolder: string;
  /** Tells people. */
  readonly note: (text: string) => void;
}

/** Looks for drift, says what is put back, and prepares the upgrade that does it. None: nothing is to be done. */
export async function putBack(request: StoredDrift, task: Task): Promise<readonly Drift[]> {
  const { api, stored, stateFolder, note } = request;
  const known = stampsOf(await readStamps(stateFolder), stored);
  const declared = declaredBy(request);
  const { drift } = await lookAgain({ api, declared, known }, task.signal);
  for (const one of drift) note(`put back: ${describeDrift(one)}`);
  await prepareToPutBack(api, declared, drift, task);
  return drift;
}

/**
 * After the release was made and is ready: what differs even now is set by something in the cluster, or is what the
 * server makes of it, and would be put back again and again. It is left alone until the next revision.
 */
export async function rememberInStep(
  request: StoredDrift & { readonly drift: readonly Drift[] },
  { signal }: Pick<Task, 'signal'>,
): Promise<void> {
  const { api, stored, stateFolder, note, drift: before } = request;
  const known = stampsOf(await readStamps(stateFolder), stored);
  const declared = declaredBy(request);
  const { drift, known: seen } = await lookAgain({ api, declared, known }, signal);
  if (drift.length === 0) return keepStamps(stateFolder, stored, seen);
  for (const one of drift) {
    const wasPutBack = before.some((other) => driftKey(other) === driftKey(one));
    if (wasPutBack) note(`left alone: something in the cluster sets it anew (${describeDrift(one)})`);
  }
  const leftAlone = [...new Set([...known.leftAlone, ...drift.map(driftKey)])];
  const settled = await lookAgain({ api, declared, known: { ...known, leftAlone } }, signal);
  await keepStamps(stateFolder, stored, settled.known);
}

function declaredBy({ stored, declared }: StoredDrift): readonly ClusterObject[] {
  return declared ?? parseManifest(stored.manifest ?? '', stored.namespace);
}

async function lookAgain(
  question: Omit<DriftQuestion, 'live' | 'api'> & { readonly api: ClusterApi },
  signal: AbortSignal,
): Promise<DriftAnswer> {
  const { api, declared } = question;
  const { live } = await observeRelease({ api, declared }, signal);
  return findDrift({ ...question, live }, signal);
}

/**
 * What an upgrade would leave: fields that the manifest does not set, and ports of a Service, whose old and new ones
 * would be merged into what the API server refuses. A Service holds nothing: helm makes it anew.
 */
async function prepareToPutBack(
  api: ClusterApi,
  declared: readonly ClusterObject[],
  drift: readonly Drift[],
  task: Task,
): Promise<void> {
  for (const object of declared) {
    const mine = drift.filter((one) => one.object === objectLabel(object));
    const left = mine.filter(({ path }) => isImplied(object, path));
    if (left.length > 0) {
      const spec = Object.fromEntries(left.map(({ path, declared: to }) => [path.slice('spec.'.length), to]));
      const { apiVersion, kind } = object;
      const { name, namespace } = object.metadata;
      const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
      await api.apply({ apiVersion, kind, metadata, spec }, { signal: task.signal });
    }
    if (object.kind === 'Service' && mine.some(({ path }) => path.startsWith('spec.ports'))) {
      const reference = referenceOf(object);
      await api.delete(reference, task.signal);
      await waitForGone({ api, references: [reference], deadlineMs: GONE_WITHIN_MS }, task);
    }
  }
}

function isWhole(object: ClusterObject): boolean {
  return Object.keys(object).some((key) => !['apiVersion', 'kind', 'metadata'].includes(key));
}

function referenceOf({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject) {
  return { apiVersion, kind, name, namespace };
}
