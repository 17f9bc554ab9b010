// Pure: names in a config that meet: with each other, with what Kubernetes has taken, or with a limit of their length.

import type { Problem } from './problem.ts';
import type { Environment } from './schema.ts';

/** There from the start in every cluster; Slipway makes its namespaces, and takes them away. */
const NAMESPACES_OF_KUBERNETES = [
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
];
/** A node is a host of this name, and one label of a host name has 63 characters at most. */
const LONGEST_HOST = 63;
const NODE_SUFFIX = '-control-plane';

/** @param at path of the environment in the config; @param name its key there */
export function nameProblems(at: string, name: string, environment: Partial<Environment>): Problem[] {
  const { namespace, releases = {}, images = {}, secrets = {}, addons = {}, cluster } = environment;
  const problems: Problem[] = [];
  const say = (path: string, message: string): void => void problems.push({ path: `${at}.${path}`, message });

  for (const release of Object.keys(releases))
    if (Object.hasOwn(addons, release))
      say(`releases.${release}`, `is the name of an addon of this environment: choose another`);
  for (const image of Object.keys(images))
    if (Object.hasOwn(addons, image))
      say(`images.${image}`, `is the name of an addon of this environment: choose another`);

  const namespaces: [path: string, namespace: unknown][] = [['namespace', namespace]];
  for (const [release, declared] of Object.entries(releases))
    namespaces.push([`releases.${release}.namespace`, declared?.namespace]);
  for (const [secret, declared] of Object.entries(secrets))
    namespaces.push([`secrets.${secret}.namespace`, declared?.namespace]);
  for (const [path, used] of namespaces)
    if (NAMESPACES_OF_KUBERNETES.includes(used as string))
      say(path, `'${String(used)}' is a namespace of Kubernetes itself: choose one of your own`);

  // Unnamed, it is called after the project's folder, which is cut as far as need be.
  const clusterName: unknown = cluster?.name ?? `x-${name}`;
  const node = `${typeof clusterName === 'string' ? clusterName : ''}${NODE_SUFFIX}`;
  if (node.length > LONGEST_HOST)
    say(
      cluster?.name === undefined ? 'cluster' : 'cluster.name',
      `makes a node named ${node}, of ${node.length} characters; ${LONGEST_HOST} are allowed`,
    );
  const { http, https } = cluster?.ports ?? {};
  if (http !== undefined && http === https) say('cluster.ports.https', `is the port of http, too: ${http}`);

  for (const [path, value] of repeated(hostsOf(environment))) say(path, `'${value}' is in the list already`);
  for (const [path, value] of repeated(localPortsOf(environment)))
    say(path, `${value} is the port of another forward`);
  return problems;
}

function hostsOf({ hosts }: Partial<Environment>): [string, unknown][] {
  return (Array.isArray(hosts) ? hosts : []).map((host, index) => [`hosts[${index}]`, host]);
}

function localPortsOf({ forwards = {} }: Partial<Environment>): [string, unknown][] {
  return Object.entries(forwards).map(([name, forward]) => [
    `forwards.${name}.localPort`,
    forward?.localPort,
  ]);
}

/** Those whose value stood further up. */
function repeated(entries: readonly [path: string, value: unknown][]): [string, string | number][] {
  const seen = new Set<unknown>();
  return entries.flatMap(([path, value]): [string, string | number][] => {
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    if (seen.has(value)) return [[path, value]];
    seen.add(value);
    return [];
  });
}
