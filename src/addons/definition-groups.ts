// Pure: which custom resource definitions come with an addon. `down` needs to know it when there is no journal.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';

const groupsByRelease: ReadonlyMap<string, readonly string[]> = new Map([
  ['cert-manager/cert-manager', ['cert-manager.io', 'acme.cert-manager.io']],
  ['dapr-system/dapr', ['dapr.io']],
]);

/** Only those in a chart's crds/ folder: helm forgets them once they are installed. */
const besideByRelease: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'dapr-system/dapr',
    ['components', 'configurations', 'httpendpoints', 'resiliencies', 'subscriptions'].map(
      (plural) => `${plural}.dapr.io`,
    ),
  ],
]);

interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** API groups of the definitions that this release brings, or undefined when it brings none. */
export function definitionGroups(release: ReleaseName): readonly string[] | undefined {
  return groupsByRelease.get(keyOf(release));
}

/** Outlines of the definitions that belong to this release and are not in the manifest that helm keeps of it. */
export function definitionsBeside(release: ReleaseName): ClusterObject[] {
  return (besideByRelease.get(keyOf(release)) ?? []).map((name) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
  }));
}

function keyOf({ namespace, name }: ReleaseName): string {
  return `${namespace}/${name}`;
}
