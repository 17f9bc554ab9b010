// ClusterApi over the API server's REST interface, in its own JSON: nothing is lost or renamed on the way,
// as it would be through generated classes that know only the fields of their own version.
import type { Readable } from 'node:stream';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import { apiStatusOf, ApiStatus } from './api-status.ts';
import { ApiTransport } from './api-transport.ts';
import type {
  ApiVersions,
  ClusterApi,
  ClusterObject,
  ListQuery,
  LogQuery,
  ObjectReference,
} from './cluster-api.ts';
import { apiRoot, type ResourceName, ResourceNames } from './resource-names.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
/** All groups with their kinds in one answer; servers before 1.27 give the groups alone. */
const ALL_KINDS = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

export interface RestClusterApiOptions {
  readonly connection: ApiConnection;
  /** Deadline of one request, its repeats included. */
  readonly requestTimeoutMs?: number;
}

/**
 * Every method rejects with Failure 'cluster' whose cause is an ApiStatus when the API refuses or does not
 * answer, and with 'interrupted' when the signal was aborted.
 */
export class RestClusterApi implements ClusterApi {
  readonly #transport: ApiTransport;
  readonly #names: ResourceNames;

  constructor({ connection, requestTimeoutMs = DEFAULT_TIMEOUT_MS }: RestClusterApiOptions) {
    this.#transport = new ApiTransport(connection, requestTimeoutMs);
    this.#names = new ResourceNames(this.#transport);
  }

  async identity(signal: AbortSignal): Promise<string> {
    const system = await this.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, signal);
    const uid = system?.metadata.uid;
    if (uid === undefined) throw new Failure('cluster', 'the cluster has no namespace kube-system');
    return uid;
  }

  async versions(signal: AbortSignal): Promise<ApiVersions> {
    const kubernetes = await this.#transport.fetchJson(
      { doing: 'ask for the version of the cluster', method: 'GET', path: '/version' },
      signal,
      (value) => String((value as { gitVersion: string }).gitVersion),
    );
    const served: string[] = [];
    for (const path of ['/api', '/apis']) {
      const request = {
        doing: 'ask what the cluster serves',
        method: 'GET',
        path,
        accept: ALL_KINDS,
      } as const;
      served.push(...(await this.#transport.fetchJson(request, signal, readServed)));
    }
    return { kubernetes, served };
  }

  async get(reference: ObjectReference, signal: AbortSignal): Promise<ClusterObject | undefined> {
    const resource = await this.#names.find(reference.apiVersion, reference.kind, signal);
    if (resource === undefined) return undefined;
    try {
      const path = objectPath(resource, reference);
      const request = { doing: `get ${describe(reference)}`, method: 'GET', path } as const;
      return await this.#transport.fetchJson(request, signal, readObject);
    } catch (error) {
      if (apiStatusOf(error)?.status === 404) return undefined;
      throw error;
    }
  }

  async list(query: ListQuery, signal: AbortSignal): Promise<ClusterObject[]> {
    const { apiVersion, kind, namespace, labelSelector } = query;
    const resource = await this.#names.find(apiVersion, kind, signal);
    if (resource === undefined) return [];
    return this.#transport.fetchJson(
      {
        doing: `list ${resource.plural}${namespace === undefined ? '' : ` in ${namespace}`}`,
        method: 'GET',
        path: collectionPath(apiVersion, resource, namespace),
        ...(labelSelector === undefined ? {} : { query: { labelSelector } }),
        ...(query.metadataOnly === true ? { accept: METADATA_ONLY } : {}),
      },
      signal,
      (value) => {
        const { items } = value as { items?: object[] | null };
        // Items of a list carry neither of the two.
        return (items ?? []).map((item) => readObject({ ...item, apiVersion, kind }));
      },
    );
  }

  async apply(
    object: ClusterObject,
    { dryRun = false, signal }: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<ClusterObject> {
    const reference = { ...object.metadata, apiVersion: object.apiVersion, kind: object.kind };
    const doing = `${dryRun ? 'check' : 'apply'} ${describe(reference)}`;
    const resource = await this.#names.find(object.apiVersion, object.kind, signal);
    if (resource === undefined) {
      const status = new ApiStatus(
        404,
        'NotFound',
        `the cluster knows no kind ${object.kind} in ${object.apiVersion}`,
      );
      throw new Failure('cluster', `cannot ${doing}: ${status.message}`, { cause: status });
    }
    return this.#transport.fetchJson(
      {
        doing,
        method: 'PATCH',
        path: objectPath(resource, reference),
        query: { fieldManager: 'slipway', force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) },
        // JSON is YAML; the media type is what makes it server-side apply.
        body: { contentType: 'application/apply-patch+yaml', text: JSON.stringify(object) },
      },
      signal,
      readObject,
    );
  }

  async delete(reference: ObjectReference, signal: AbortSignal, uid?: string): Promise<boolean> {
    const resource = await this.#names.find(reference.apiVersion, reference.kind, signal);
    if (resource === undefined) return false;
    try {
      await this.#transport.fetchText(
        {
          doing: `delete ${describe(reference)}`,
          method: 'DELETE',
          path: objectPath(resource, reference),
          body: {
            contentType: 'application/json',
            text: JSON.stringify({
              propagationPolicy: 'Foreground',
              ...(uid === undefined ? {} : { preconditions: { uid } }),
            }),
          },
        },
        signal,
      );
      return true;
    } catch (error) {
      const status = apiStatusOf(error)?.status;
      if (status === 404) return false;
      // A namespace that is going already refuses with Conflict; what was asked for is under way. So is one whose name
      // has another object by now.
      if (status !== 409) throw error;
      const { metadata } = (await this.get(reference, signal)) ?? {};
      return metadata?.deletionTimestamp !== undefined && (uid === undefined || metadata.uid === uid);
    }
  }

  logs(query: LogQuery, signal: AbortSignal): Promise<string> {
    return this.#transport.fetchText(logRequest(query, false), signal);
  }

  streamLogs(query: LogQuery & { readonly follow?: boolean }, signal: AbortSignal): Promise<Readable> {
    return this.#transport.fetchStream(logRequest(query, query.follow ?? false), signal);
  }
}

function logRequest(query: LogQuery, follow: boolean) {
  const { namespace, pod, container, tailLines, previous, sinceTime, timestamps } = query;
  return {
    doing: `read the log of pod ${namespace}/${pod}`,
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
    accept: 'text/plain, */*',
    query: {
      ...(container === undefined ? {} : { container }),
      ...(tailLines === undefined ? {} : { tailLines: String(tailLines) }),
      ...(previous === true ? { previous: 'true' } : {}),
      ...(sinceTime === undefined ? {} : { sinceTime }),
      ...(timestamps === true ? { timestamps: 'true' } : {}),
      ...(follow ? { follow: 'true' } : {}),
    },
  } as const;
}

function collectionPath(apiVersion: string, resource: ResourceName, namespace: string | undefined): string {
  const scope =
    resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${apiRoot(apiVersion)}${scope}/${resource.plural}`;
}

function objectPath(resource: ResourceName, { apiVersion, kind, name, namespace }: ObjectReference): string {
  if (resource.namespaced && namespace === undefined) {
    throw new Error(`${kind} ${name} lives in a namespace, and none was given`);
  }
  return `${collectionPath(apiVersion, resource, namespace)}/${encodeURIComponent(name)}`;
}

function describe({ kind, name, namespace }: ObjectReference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

interface ServedGroups {
  /** Of the aggregated answer, one for each group. */
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly { readonly responseKind?: { readonly kind: string } }[];
    }[];
  }[];
  readonly groups?: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  readonly versions?: readonly string[];
}

function readServed(value: unknown): string[] {
  const { items = [], groups = [], versions = [] } = value as ServedGroups;
  const aggregated = items.flatMap(({ metadata, versions: ofGroup = [] }) =>
    ofGroup.flatMap(({ version, resources = [] }) => {
      const apiVersion = metadata?.name ? `${metadata.name}/${version}` : version;
      const kinds = resources.flatMap(({ responseKind }) => responseKind?.kind || []);
      return [apiVersion, ...kinds.map((kind) => `${apiVersion}/${kind}`)];
    }),
  );
  const plain = groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
  return [...new Set([...aggregated, ...plain, ...versions])];
}

function readObject(value: unknown): ClusterObject {
  const object = value as ClusterObject & { metadata: { managedFields?: unknown } };
  if (typeof object.metadata.name !== 'string') throw new TypeError('an object without a name');
  // Bookkeeping of the server, often larger than the object; an applied object must not carry it either.
  delete object.metadata.managedFields;
  return object;
}
