// Waits until deleted objects have really left the cluster.
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import { isTransient } from './client/api-status.ts';
import type { ClusterApi, ClusterObject, ObjectReference } from './client/cluster-api.ts';
import { heldObjects, isAbandoned, type HeldObject } from './held-objects.ts';
import { pause } from './pause.ts';

export interface GoneRequest {
  readonly api: ClusterApi;
  readonly references: readonly ObjectReference[];
  /** In the same order, which objects are meant: one of the same name with another uid has come later. */
  readonly uids?: readonly (string | undefined)[];
  /** How long to wait at most, from now. */
  readonly deadlineMs: number;
  readonly intervalMs?: number;
}

/** When it is first asked what holds an object, and how often from then on. */
const LOOK_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 5_000;
/** A program that tends them may run beside the cluster, and be slow. */
const ABANDONED_AFTER_MS = 30_000;
/** So many objects are named in a failure. */
const NAMED = 10;

/**
 * Resolves when none of the objects is left. It deletes nothing itself.
 * Rejects with Failure 'timeout' that names what is left and what holds it: finalizers, and for a namespace
 * the content that remains in it, with the commands that let them go. Where no program is left in the cluster that could
 * take the finalizers away, it does so without waiting for the deadline.
 */
export async function waitForGone(
  { api, references, uids = [], deadlineMs, intervalMs = 250 }: GoneRequest,
  { signal, report }: Task,
): Promise<void> {
  const begin = performance.now();
  const deadline = begin + deadlineMs;
  let nextLook = begin + LOOK_AFTER_MS;
  let held: readonly HeldObject[] = [];
  let isHopeless = false;
  let left = [...references];
  let holders: string[] = [];
  for (;;) {
    try {
      const objects = await Promise.all(left.map((reference) => api.get(reference, signal)));
      const isLeft = (reference: ObjectReference, index: number): boolean => {
        const meant = uids[references.indexOf(reference)];
        const uid = objects[index]?.metadata.uid;
        return objects[index] !== undefined && (meant === undefined || meant === uid);
      };
      const present = objects.filter((_, index) => isLeft(left[index]!, index));
      left = left.filter(isLeft);
      if (left.length === 0) return;
      holders = present.flatMap((object) => (object === undefined ? [] : describeHolder(object)));
      // What goes by itself goes within seconds, and nobody has to be asked what holds it.
      if (performance.now() >= Math.min(nextLook, deadline)) {
        nextLook = performance.now() + LOOK_EVERY_MS;
        const going = present.filter((one) => one?.metadata.deletionTimestamp !== undefined);
        held = (await Promise.all(going.map((object) => heldObjects(api, object!, signal)))).flat();
        isHopeless =
          performance.now() - begin >= ABANDONED_AFTER_MS &&
          going.length === present.length &&
          (await isAbandoned(api, held, signal));
      }
      const done = references.length - left.length;
      report({
        text: `waiting until ${left.map(nameOf).join(', ')} is gone${describeHeld(held)}`,
        done,
        total: references.length,
      });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    if (isHopeless || performance.now() >= deadline) {
      const seconds = isHopeless ? Math.round((performance.now() - begin) / 1000) : deadlineMs / 1000;
      const named = held.slice(0, NAMED);
      throw new Failure('timeout', `still there after ${seconds} s: ${left.map(nameOf).join(', ')}`, {
        details: [
          ...new Set([
            ...named.map(({ title, finalizers }) => `${title}: held by ${finalizers.join(', ')}`),
            ...holders,
          ]),
          ...named.map(({ wayOut }) => `without what it waits for: ${wayOut}`),
          ...(held.length > NAMED ? [`and ${held.length - NAMED} more`] : []),
        ],
        hint: isHopeless
          ? 'A finalizer waits for the program that set it, and no program is left in the cluster. Take the finalizers away with the commands above, then run this again.'
          : 'A finalizer waits for the program that set it. If that program is gone, take the finalizers away with the commands above.',
      });
    }
    await pause(intervalMs, signal);
  }
}

function describeHeld(held: readonly HeldObject[]): string {
  const [first, ...others] = held;
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `: ${first.title}${more} held by ${first.finalizers.join(', ')}`;
}

function nameOf({ kind, name, namespace }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

interface NamespaceStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

function describeHolder(object: ClusterObject): string[] {
  const { metadata, kind } = object;
  const name = nameOf({ ...metadata, apiVersion: object.apiVersion, kind });
  if (metadata.deletionTimestamp === undefined) return [`${name}: nobody has asked for its deletion`];
  const { conditions = [] } = (object['status'] ?? {}) as NamespaceStatus;
  const remaining = conditions
    .filter(({ type, status }) => type.startsWith('Namespace') && status === 'True')
    .map(({ message }) => `${name}: ${message}`);
  const finalizers = metadata.finalizers ?? [];
  return finalizers.length === 0 ? remaining : [`${name}: held by ${finalizers.join(', ')}`, ...remaining];
}
