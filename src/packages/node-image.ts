// The artifacts out of which kind's node image is made where no container registry answers.
//
//   kubernetes-binary ──► storage-binary ──┐
//   (Go modules)                           ├──► node-image
//   node-tree (Debian packages) ───────────┘

import { join } from 'node:path';
import type { Artifact } from './artifact.ts';
import { debianTree } from './debian-tree.ts';
import { goBinary } from './go-binary.ts';
import type { Workshop } from './workshop.ts';
import { assembledNodeImage } from './assembled-node-image.ts';
import { packageFolder } from '../package-folder.ts';

const sourceFolder = join(packageFolder, 'kind/node-image');

/** The Kubernetes version of kind/node-image/kubernetes/go.mod. */
export const nodeKubernetesVersion = '1.34.4';
const buildTags = ['osusergo', 'netgo'];

const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'mount', 'kmod', 'procps', 'ca-certificates'],
  ...['containerd', 'runc', 'containernetworking-plugins'],
  ...['iptables', 'nftables', 'conntrack', 'iproute2', 'ethtool', 'netbase'],
  // The shell of the storage image, which sets volumes up.
  'busybox-static',
];

// The pod network needs bridge, host-local, loopback and portmap only; perl comes along as a dependency of
// packaging scripts; the shims are those of runtimes that nothing uses.
const remove = [
  ...['bandwidth', 'dhcp', 'firewall', 'host-device', 'ipvlan', 'macvlan', 'ptp', 'sbr'].map(cniPlugin),
  ...['static', 'tuning', 'vlan', 'vrf'].map(cniPlugin),
  ...['usr/share/perl*', 'usr/lib/*-linux-gnu/perl*', 'usr/lib/*-linux-gnu/libperl*', 'usr/bin/perl*'],
  ...['usr/lib/*-linux-gnu/gconv', 'usr/lib/udev/hwdb*', 'usr/share/i18n', 'usr/share/zoneinfo'],
  ...['usr/bin/containerd-shim', 'usr/bin/containerd-shim-runc-v1', 'usr/bin/containerd-stress'],
  'var/lib/dpkg/info',
];

function cniPlugin(name: string): string {
  return `usr/lib/cni/${name}`;
}

/**
 * kubernetes-binary, storage-binary, node-tree and node-image; the last one's `location` is the image reference
 * that kind is given. The tree needs no compile: both can go on at the same time.
 */
export async function nodeImageArtifacts(workshop: Workshop): Promise<Artifact[]> {
  const [kubernetes, storage, tree] = await Promise.all([
    goBinary(workshop, {
      id: 'kubernetes-binary',
      title: `Kubernetes ${nodeKubernetesVersion} (compile)`,
      moduleFolder: join(sourceFolder, 'kubernetes'),
      packages: [
        { path: '.', output: 'kubernetes' },
        { path: './pause', output: 'pause' },
        { path: './node-dns', output: 'node-dns' },
      ],
      tags: buildTags,
      ldflags: ['-s', '-w', ...versionFlags(nodeKubernetesVersion)].join(' '),
    }),
    goBinary(workshop, {
      id: 'storage-binary',
      title: 'Storage provisioner (compile)',
      // In the same module, so that it shares the packages that Kubernetes has compiled. Not in the same call: its
      // logger and that of others differ only in upper and lower case, which go refuses within one build.
      moduleFolder: join(sourceFolder, 'kubernetes'),
      packages: [{ path: 'github.com/rancher/local-path-provisioner', output: 'local-path-provisioner' }],
      tags: buildTags,
      ldflags: '-s -w',
    }),
    debianTree(workshop, {
      id: 'node-tree',
      title: 'Node file system (Debian packages)',
      suite: 'bookworm',
      variant: 'essential',
      packages,
      remove,
    }),
  ]);
  const image = await assembledNodeImage(workshop, {
    id: 'node-image',
    title: `Node image (Kubernetes ${nodeKubernetesVersion})`,
    sourceFolder,
    kubernetes,
    storage,
    tree,
  });
  // Side by side the two would compile the same packages twice; one after the other, the second takes seconds.
  return [kubernetes, { ...storage, needs: [kubernetes.id] }, tree, image];
}

/** Linker flags by which every component reports `version`, as the official builds do. */
function versionFlags(version: string): string[] {
  const [major, minor] = version.split('.');
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    // Fixed, so that equal sources give equal bytes.
    buildDate: '2026-01-01T00:00:00Z',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((package_) =>
    Object.entries(values).map(([name, value]) => `-X ${package_}.${name}=${value}`),
  );
}
