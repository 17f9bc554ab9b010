// Pure: the five validation points of a release. Each returns what does not hold, as sentences; empty is good.

/** After Building: no image is larger than its limit. Sizes in bytes. */
export function checkBuilt(
  images: readonly { readonly name: string; readonly sizeBytes: number; readonly limitBytes: number }[],
): string[] {
  return images
    .filter((image) => image.sizeBytes >= image.limitBytes)
    .map(
      (image) => `image ${image.name} has ${image.sizeBytes} bytes; it must stay below ${image.limitBytes}`,
    );
}

/** After Loading: every image is in every node. */
export function checkLoaded(
  images: readonly string[],
  nodes: readonly { readonly name: string; readonly images: readonly string[] }[],
): string[] {
  if (nodes.length === 0) return ['the cluster has no node'];
  return nodes.flatMap((node) =>
    images
      .filter((image) => !node.images.includes(image))
      .map((image) => `image ${image} is not in node ${node.name}`),
  );
}

/** After Installing: helm lists the release, and its last revision is deployed. */
export function checkInstalled(
  release: { readonly name: string; readonly namespace: string },
  listed: readonly { readonly name: string; readonly namespace: string; readonly status: string }[],
): string[] {
  const found = listed.find(
    ({ name, namespace }) => name === release.name && namespace === release.namespace,
  );
  if (found === undefined) return [`helm lists no release ${release.name} in ${release.namespace}`];
  return found.status === 'deployed' ? [] : [`release ${release.name} is ${found.status}, not deployed`];
}

/** After Pending: every pod runs (or has done its work). */
export function checkRunning(pods: readonly { readonly name: string; readonly phase: string }[]): string[] {
  return pods
    .filter((pod) => pod.phase !== 'Running' && pod.phase !== 'Succeeded')
    .map((pod) => `pod ${pod.name} is ${pod.phase}`);
}

/** After Ready: every health check passes, and every service has an endpoint that takes traffic. */
export function checkReady(
  healthChecks: readonly { readonly name: string; readonly passes: boolean }[],
  services: readonly { readonly name: string; readonly readyEndpoints: number }[],
): string[] {
  return [
    ...healthChecks
      .filter((check) => !check.passes)
      .map((check) => `health check ${check.name} does not pass`),
    ...services
      .filter((service) => service.readyEndpoints === 0)
      .map((service) => `service ${service.name} has no ready endpoint`),
  ];
}
