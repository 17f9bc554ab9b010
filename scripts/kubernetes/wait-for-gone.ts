// Waits until deleted objects have really left the cluster.
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import { isTransient } from './api-status.ts';
import type { ClusterApi, ClusterObject, ObjectReference } from './cluster-api.ts';
import { pause } from './pause.ts';

export interface GoneRequest {
  readonly api: ClusterApi;
  readonly references: readonly ObjectReference[];
  /** How long to wait at most, from now. */
  readonly deadlineMs: number;
  readonly intervalMs?: number;
}

/**
 * Resolves when none of the objects is left. It deletes nothing itself.
 * Rejects with Failure 'timeout' that names what is left and what holds it: finalizers, and for a namespace
 * the content that remains in it.
 */
export async function waitForGone(
  { api, references, deadlineMs, intervalMs = 250 }: GoneRequest,
  { signal, report }: Task,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let left = [...references];
  let holders: string[] = [];
  for (;;) {
    try {
      const objects = await Promise.all(left.map((reference) => api.get(reference, signal)));
      left = left.filter((_, index) => objects[index] !== undefined);
      if (left.length === 0) return;
      holders = objects.flatMap((object) => (object === undefined ? [] : describeHolder(object)));
      const done = references.length - left.length;
      report({
        text: `waiting until ${left.map(nameOf).join(', ')} is gone`,
        done,
        total: references.length,
      });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    if (performance.now() >= deadline) {
      throw new Failure(
        'timeout',
        `still there after ${deadlineMs / 1000} s: ${left.map(nameOf).join(', ')}`,
        {
          details: holders,
          hint: 'A finalizer waits for the program that set it. If that program is gone, remove the finalizer.',
        },
      );
    }
    await pause(intervalMs, signal);
  }
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
