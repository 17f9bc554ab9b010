// Pure: which custom resource definitions come with an addon. `down` needs to know it when there is no journal.

const groupsByRelease: ReadonlyMap<string, readonly string[]> = new Map([
  ['cert-manager/cert-manager', ['cert-manager.io', 'acme.cert-manager.io']],
  ['dapr-system/dapr', ['dapr.io']],
]);

/** API groups of the definitions that this release brings, or undefined when it brings none. */
export function definitionGroups(release: {
  readonly name: string;
  readonly namespace: string;
}): readonly string[] | undefined {
  return groupsByRelease.get(`${release.namespace}/${release.name}`);
}
