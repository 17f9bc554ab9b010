// Stand-ins for what the addons' tests do not want for real.

import type { ClusterApi, ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';

/** An API that knows Ingress alone: it fills in the default class and stores nothing. */
export class IngressApi implements ClusterApi {
  /** What the next calls of apply do: a class to fill in, undefined for none, or an error to throw. */
  readonly classes: (string | undefined | Error)[];
  readonly applied: { object: ClusterObject; dryRun: boolean }[] = [];
  readonly ingresses: ClusterObject[];

  constructor(classes: (string | undefined | Error)[], ingresses: ClusterObject[] = []) {
    this.classes = classes;
    this.ingresses = ingresses;
  }

  async apply(
    object: ClusterObject,
    { dryRun = false }: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<ClusterObject> {
    this.applied.push({ object, dryRun });
    const next = this.classes.length > 1 ? this.classes.shift() : this.classes[0];
    if (next instanceof Error) throw next;
    const spec = object['spec'] as object;
    return { ...object, spec: next === undefined ? spec : { ingressClassName: next, ...spec } };
  }

  async list(): Promise<ClusterObject[]> {
    return this.ingresses;
  }

  versions = unexpected;
  identity = unexpected;
  get = unexpected;
  delete = unexpected;
  logs = unexpected;
  streamLogs = unexpected;
}

async function unexpected(): Promise<never> {
  throw new Error('the test did not expect this call');
}

export function fakeArtifact(id: string, location: string): Artifact {
  return {
    id,
    title: id,
    needs: [],
    fingerprint: '0123456789ab',
    location,
    isPresent: async () => true,
    make: async () => {},
  };
}
