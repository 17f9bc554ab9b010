// Port: the Kubernetes API of one cluster, in terms of plain objects.

import type { Readable } from 'node:stream';

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string | undefined;
}

/** A Kubernetes object as the API gives it. */
export interface ClusterObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
    generation?: number;
    creationTimestamp?: string | Date;
    deletionTimestamp?: string | Date;
    finalizers?: string[];
  };
  [field: string]: unknown;
}

export interface ListQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Only apiVersion, kind and metadata are wanted: for kinds with large bodies, such as helm's release Secrets. */
  readonly metadataOnly?: boolean | undefined;
}

export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string | undefined;
  readonly tailLines?: number | undefined;
  readonly previous?: boolean | undefined;
  /** Only lines from then on, ISO 8601; the API looks at whole seconds. */
  readonly sinceTime?: string | undefined;
  /** Each line begins with its time and a space: '2026-01-01T00:00:00.000000000Z text'. */
  readonly timestamps?: boolean | undefined;
}

/** What an API server is and serves. */
export interface ApiVersions {
  /** 'v1.34.1' */
  readonly kubernetes: string;
  /** Every version of a group and every kind of it: 'v1', 'v1/Pod', 'apps/v1', 'apps/v1/Deployment'. */
  readonly served: readonly string[];
}

export interface ClusterApi {
  versions(signal: AbortSignal): Promise<ApiVersions>;
  /** Identity of the cluster: uid of the namespace kube-system. */
  identity(signal: AbortSignal): Promise<string>;
  get(reference: ObjectReference, signal: AbortSignal): Promise<ClusterObject | undefined>;
  list(query: ListQuery, signal: AbortSignal): Promise<ClusterObject[]>;
  /** Server-side apply as field manager 'slipway'. With dryRun nothing is stored, but admission is passed. */
  apply(object: ClusterObject, options: { dryRun?: boolean; signal: AbortSignal }): Promise<ClusterObject>;
  /**
   * Asks for deletion (propagation: foreground) and resolves true if it was there; does not wait. With a uid only the
   * object that has it is deleted: where another one has come in its place, it resolves false.
   */
  delete(reference: ObjectReference, signal: AbortSignal, uid?: string): Promise<boolean>;
  logs(query: LogQuery, signal: AbortSignal): Promise<string>;
  /** The same as a stream, read as fast as it is taken; with `follow` until the container ends or the signal is aborted. */
  streamLogs(query: LogQuery & { readonly follow?: boolean }, signal: AbortSignal): Promise<Readable>;
}
