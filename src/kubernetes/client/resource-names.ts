// From a kind to its path in the API: known kinds by a table, all others (custom resources) by discovery.
import { apiStatusOf } from './api-status.ts';
import type { ApiTransport } from './api-transport.ts';

export interface ResourceName {
  readonly plural: string;
  readonly namespaced: boolean;
}

// Saves a discovery request each for what nearly every run asks; 'v1/Pod': [plural, namespaced]. Only kinds that
// every cluster has: what is found here is not asked whether it exists.
const KNOWN: Readonly<Record<string, readonly [string, boolean]>> = {
  'v1/ConfigMap': ['configmaps', true],
  'v1/Event': ['events', true],
  'v1/Namespace': ['namespaces', false],
  'v1/Node': ['nodes', false],
  'v1/PersistentVolumeClaim': ['persistentvolumeclaims', true],
  'v1/Pod': ['pods', true],
  'v1/Secret': ['secrets', true],
  'v1/Service': ['services', true],
  'v1/ServiceAccount': ['serviceaccounts', true],
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': ['mutatingwebhookconfigurations', false],
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': [
    'validatingwebhookconfigurations',
    false,
  ],
  'apiextensions.k8s.io/v1/CustomResourceDefinition': ['customresourcedefinitions', false],
  'apiregistration.k8s.io/v1/APIService': ['apiservices', false],
  'apps/v1/ControllerRevision': ['controllerrevisions', true],
  'apps/v1/DaemonSet': ['daemonsets', true],
  'apps/v1/Deployment': ['deployments', true],
  'apps/v1/ReplicaSet': ['replicasets', true],
  'apps/v1/StatefulSet': ['statefulsets', true],
  'batch/v1/Job': ['jobs', true],
  'discovery.k8s.io/v1/EndpointSlice': ['endpointslices', true],
  'networking.k8s.io/v1/Ingress': ['ingresses', true],
  'networking.k8s.io/v1/IngressClass': ['ingressclasses', false],
  'networking.k8s.io/v1/NetworkPolicy': ['networkpolicies', true],
  'policy/v1/PodDisruptionBudget': ['poddisruptionbudgets', true],
  'rbac.authorization.k8s.io/v1/ClusterRole': ['clusterroles', false],
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': ['clusterrolebindings', false],
  'rbac.authorization.k8s.io/v1/Role': ['roles', true],
  'rbac.authorization.k8s.io/v1/RoleBinding': ['rolebindings', true],
  'storage.k8s.io/v1/StorageClass': ['storageclasses', false],
};

interface ApiResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

/** Looks up resource names; what was found is kept for the life of the instance, what was not is asked again. */
export class ResourceNames {
  readonly #transport: ApiTransport;
  readonly #found = new Map<string, ResourceName>();

  constructor(transport: ApiTransport) {
    this.#transport = transport;
  }

  /** Undefined when the cluster does not know the kind (its definition may be installed later). */
  async find(apiVersion: string, kind: string, signal: AbortSignal): Promise<ResourceName | undefined> {
    const key = `${apiVersion}/${kind}`;
    const known = KNOWN[key];
    if (known !== undefined) return { plural: known[0], namespaced: known[1] };
    if (!this.#found.has(key)) await this.#discover(apiVersion, signal);
    return this.#found.get(key);
  }

  async #discover(apiVersion: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#transport.fetchJson(
        { doing: `discover the kinds of ${apiVersion}`, method: 'GET', path: apiRoot(apiVersion) },
        signal,
        (value) => {
          for (const { name, kind, namespaced } of (value as ApiResourceList).resources ?? [])
            if (!name.includes('/')) this.#found.set(`${apiVersion}/${kind}`, { plural: name, namespaced });
        },
      );
    } catch (error) {
      if (apiStatusOf(error)?.status !== 404) throw error;
    }
  }
}

/** '/api/v1' for the core group, '/apis/<group>/<version>' for the rest. */
export function apiRoot(apiVersion: string): string {
  const parts = apiVersion.split('/').map(encodeURIComponent).join('/');
  return apiVersion.includes('/') ? `/apis/${parts}` : `/api/${parts}`;
}
