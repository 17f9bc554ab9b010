// Pure: what of a kind config the node made from packages cannot do. Its network is part of the image: one bridge for
// pods, one range of services that it refuses unknown addresses of. kind and kubeadm would take other words for it, and
// the node would not follow them.
//
//   field                                   official node   node from packages
//   nodes: several                          done            refused: the bridge is of one node
//   nodes[].image                           done            refused: the image is the one that is made
//   nodes[].labels, extraMounts,            done            done, by kubeadm and the engine
//     extraPortMappings
//   networking.ipFamily                     done            ipv4
//   networking.podSubnet, serviceSubnet     done            10.244.0.0/16, 10.96.0.0/16
//   networking.disableDefaultCNI            done            false
//   networking.kubeProxyMode                done            iptables
//   networking.dnsSearch                    done            refused: kind tells it to a node that has to listen
//   networking.apiServerAddress, Port       done            done
//   featureGates, runtimeConfig             done            done, by Kubernetes itself
//   kubeadmConfigPatches…                   done            done, but for what changes the network or the version
//   containerdConfigPatches…                done            done

import type { KindConfig } from './kind-schema.ts';

/** What the node has, in kind/node-image/rootfs; also kind's own defaults. */
const FIXED = {
  ipFamily: 'ipv4',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  disableDefaultCNI: false,
  kubeProxyMode: 'iptables',
} as const;

/** Of kubeadm's settings those that the image has decided. */
const DECIDED =
  /\b(podSubnet|serviceSubnet|clusterCIDR|cluster-cidr|service-cluster-ip-range|node-cidr-mask-size|kubernetesVersion|imageRepository|criSocket)\b/;

/** One line for each field, with its path and what to do. */
export function packagedNodeProblems(config: KindConfig): string[] {
  const problems: string[] = [];
  const refuse = (path: string, why: string): number =>
    problems.push(`${path}: ${why}; \`--images registry\` takes the official node image, which can`);
  if (config.nodes.length > 1) refuse('nodes', 'the node image made from packages carries one node only');
  for (const [field, value] of Object.entries(FIXED)) {
    const wanted = config.networking?.[field as keyof typeof FIXED];
    if (wanted !== undefined && wanted !== value)
      refuse(`networking.${field}`, `the node made from packages has ${value} and no other`);
  }
  if (config.networking?.dnsSearch !== undefined)
    refuse('networking.dnsSearch', 'the node made from packages searches where its engine does');
  for (const [index, { image }] of config.nodes.entries())
    if (image !== undefined) refuse(`nodes[${index}].image`, 'the node is made from packages here');
  for (const { path, text } of patchesIn(config)) {
    const decided = DECIDED.exec(text)?.[1];
    if (decided !== undefined)
      refuse(path, `it changes ${decided}, which the node made from packages has decided`);
  }
  return problems;
}

function patchesIn(config: KindConfig): { path: string; text: string }[] {
  const holders = [
    { at: '', holder: config },
    ...config.nodes.map((holder, index) => ({ at: `nodes[${index}].`, holder })),
  ];
  return holders.flatMap(({ at, holder }) => [
    ...(holder.kubeadmConfigPatches ?? []).map((text, index) => ({
      path: `${at}kubeadmConfigPatches[${index}]`,
      text,
    })),
    ...(holder.kubeadmConfigPatchesJSON6902 ?? []).map(({ patch }, index) => ({
      path: `${at}kubeadmConfigPatchesJSON6902[${index}].patch`,
      text: patch,
    })),
  ]);
}
