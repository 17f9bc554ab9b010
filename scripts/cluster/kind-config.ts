// The config that kind is given: kind/cluster.yaml with the name, image and host ports of the run filled in.
// No I/O here: text in, text out.

import { parseDocument } from 'yaml';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import type { ClusterSpec, PortMapping } from './cluster-driver.ts';
import { portName } from './kind-node-list.ts';

const port = z.int().min(1).max(65535);

const mappingSchema = z.looseObject({
  containerPort: port,
  hostPort: z.int().min(0).max(65535).optional(),
  listenAddress: z.string().optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp']).optional(),
});

// Loose: whatever else kind knows passes through as it stands, and kind itself judges it.
const configSchema = z.looseObject({
  kind: z.literal('Cluster'),
  apiVersion: z.literal('kind.x-k8s.io/v1alpha4'),
  name: z.string().optional(),
  networking: z.looseObject({ disableDefaultCNI: z.boolean().optional() }).optional(),
  nodes: z
    .array(
      z.looseObject({
        role: z.enum(['control-plane', 'worker']),
        image: z.string().optional(),
        extraPortMappings: z.array(mappingSchema).optional(),
      }),
    )
    .min(1),
});
type KindConfig = z.infer<typeof configSchema>;

export interface KindPlan {
  /** The config as kind reads it from standard input. */
  readonly text: string;
  /** How many phases kind will show: the total of its progress. */
  readonly phases: number;
}

/**
 * Fills the spec's name, image and ports into the text of a kind config.
 * Ports replace those of the same container port, and are added to the first control-plane node where there is none.
 * @throws Failure 'config' that lists every problem with its path.
 */
export function planKindConfig(
  text: string,
  spec: Pick<ClusterSpec, 'name' | 'configFile' | 'nodeImage' | 'ports'>,
): KindPlan {
  const { config, problems } = readConfig(text);
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(spec.name)) {
    problems.push(`name: '${spec.name}' must be lower-case letters, digits, '.' and '-'`);
  }
  if (config !== undefined) problems.push(...nodeProblems(config, spec.nodeImage));
  if (config === undefined || problems.length > 0) throw invalid(spec.configFile, problems);

  const pending = new Map(spec.ports.map((chosen) => [chosen.containerPort, chosen]));
  const nodes = config.nodes.map((node) => {
    const mappings = node.extraPortMappings?.map((mapping) => {
      const chosen = pending.get(mapping.containerPort);
      if (chosen === undefined || protocolOf(mapping) !== 'TCP') return mapping;
      pending.delete(mapping.containerPort);
      return { ...mapping, hostPort: chosen.hostPort, listenAddress: chosen.listenAddress };
    });
    return {
      ...node,
      ...(mappings === undefined ? {} : { extraPortMappings: mappings }),
      ...(spec.nodeImage === undefined ? {} : { image: spec.nodeImage }),
    };
  });
  const first = nodes.find((node) => node.role === 'control-plane');
  if (first !== undefined && pending.size > 0) {
    const added = [...pending.values()].map(({ containerPort, hostPort, listenAddress }) => {
      return { containerPort, hostPort, listenAddress, protocol: 'TCP' as const };
    });
    first.extraPortMappings = [...(first.extraPortMappings ?? []), ...added];
  }
  // JSON is YAML, and leaves no doubt about what a string is.
  return { text: JSON.stringify({ ...config, name: spec.name, nodes }, null, 2), phases: phasesOf(config) };
}

/**
 * The TCP ports that a kind config asks for on the host, in order. kind's own default address is every
 * interface; a mapping that names none gets the loopback instead.
 * @throws Failure 'config' that lists every problem with its path.
 */
export function portsOfKindConfig(text: string, configFile: string): PortMapping[] {
  const { config, problems } = readConfig(text);
  if (config === undefined || problems.length > 0) throw invalid(configFile, problems);
  return config.nodes
    .flatMap((node) => node.extraPortMappings ?? [])
    .filter((mapping) => protocolOf(mapping) === 'TCP')
    .map((mapping) => ({
      name: portName(mapping.containerPort),
      containerPort: mapping.containerPort,
      hostPort: mapping.hostPort ?? mapping.containerPort,
      listenAddress: mapping.listenAddress ?? '127.0.0.1',
    }));
}

function readConfig(text: string): { config: KindConfig | undefined; problems: string[] } {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    return {
      config: undefined,
      problems: document.errors.map((error) => error.message.split('\n')[0] ?? ''),
    };
  }
  const parsed = configSchema.safeParse(document.toJS());
  if (parsed.success) return { config: parsed.data, problems: [] };
  return {
    config: undefined,
    problems: parsed.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`),
  };
}

function nodeProblems(config: KindConfig, nodeImage: string | undefined): string[] {
  const problems: string[] = [];
  if (!config.nodes.some((node) => node.role === 'control-plane')) {
    problems.push('nodes: one must have the role control-plane');
  }
  if (nodeImage?.startsWith('slipway.local/') && config.nodes.length > 1) {
    problems.push('nodes: the node image made from packages carries one node only');
  }
  const seen = new Map<string, string>();
  for (const [index, node] of config.nodes.entries()) {
    for (const [number, mapping] of (node.extraPortMappings ?? []).entries()) {
      const path = `nodes[${index}].extraPortMappings[${number}].hostPort`;
      if (mapping.hostPort === undefined || mapping.hostPort === 0) continue;
      const key = `${mapping.hostPort}/${protocolOf(mapping)}`;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, path);
      else problems.push(`${path}: ${key} is taken by ${other}`);
    }
  }
  return problems;
}

function protocolOf(mapping: z.infer<typeof mappingSchema>): string {
  return (mapping.protocol ?? 'TCP').toUpperCase();
}

// As in kind's create: image, nodes, configuration, control plane and storage are always there.
function phasesOf(config: KindConfig): number {
  const controlPlanes = config.nodes.filter((node) => node.role === 'control-plane').length;
  const loadBalancer = controlPlanes > 1 ? 1 : 0;
  const network = config.networking?.disableDefaultCNI === true ? 0 : 1;
  const workers = config.nodes.length > controlPlanes ? 1 : 0;
  const furtherControlPlanes = controlPlanes > 1 ? 1 : 0;
  return 5 + loadBalancer + network + workers + furtherControlPlanes;
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

function invalid(configFile: string, problems: readonly string[]): Failure {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new Failure('config', `${configFile} has ${count}`, { details: problems });
}
