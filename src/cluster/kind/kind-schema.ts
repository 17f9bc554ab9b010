// Pure: the whole of kind's config, v1alpha4, as kind itself reads it: what it does not know is refused.
// https://github.com/kubernetes-sigs/kind/blob/v0.33.0/pkg/apis/config/v1alpha4/types.go

import { z } from 'zod';

const containerPort = z.int().min(1).max(65_535);
// 0 is a free port that kind takes, -1 one that the engine takes.
const hostPort = z.int().min(-1).max(65_535);

const mappingSchema = z.strictObject({
  containerPort,
  hostPort: hostPort.optional(),
  listenAddress: z.string().optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp']).optional(),
});

const mountSchema = z.strictObject({
  containerPath: z.string().min(1),
  hostPath: z.string().min(1),
  readOnly: z.boolean().optional(),
  selinuxRelabel: z.boolean().optional(),
  propagation: z.enum(['None', 'HostToContainer', 'Bidirectional']).optional(),
});

const patches = z.array(z.string());
const jsonPatches = z.array(
  z.strictObject({
    group: z.string().optional(),
    version: z.string().optional(),
    kind: z.string().optional(),
    patch: z.string(),
  }),
);

const nodeSchema = z.strictObject({
  role: z.enum(['control-plane', 'worker']).default('control-plane'),
  image: z.string().min(1).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  extraMounts: z.array(mountSchema).optional(),
  extraPortMappings: z.array(mappingSchema).optional(),
  kubeadmConfigPatches: patches.optional(),
  kubeadmConfigPatchesJSON6902: jsonPatches.optional(),
});

const networkingSchema = z.strictObject({
  ipFamily: z.enum(['ipv4', 'ipv6', 'dual']).optional(),
  apiServerPort: hostPort.optional(),
  apiServerAddress: z.string().optional(),
  podSubnet: z.string().optional(),
  serviceSubnet: z.string().optional(),
  disableDefaultCNI: z.boolean().optional(),
  kubeProxyMode: z.enum(['iptables', 'ipvs', 'nftables', 'none']).optional(),
  dnsSearch: z.array(z.string()).optional(),
});

export const kindConfigSchema = z.strictObject({
  kind: z.literal('Cluster'),
  apiVersion: z.literal('kind.x-k8s.io/v1alpha4'),
  name: z.string().optional(),
  nodes: z
    .array(nodeSchema)
    .min(1)
    .default([{ role: 'control-plane' }]),
  networking: networkingSchema.optional(),
  featureGates: z.record(z.string(), z.boolean()).optional(),
  runtimeConfig: z.record(z.string(), z.string()).optional(),
  kubeadmConfigPatches: patches.optional(),
  kubeadmConfigPatchesJSON6902: jsonPatches.optional(),
  containerdConfigPatches: patches.optional(),
  containerdConfigPatchesJSON6902: patches.optional(),
});

export type KindConfig = z.infer<typeof kindConfigSchema>;
export type KindPortMapping = z.infer<typeof mappingSchema>;
