// The config that kind is given: kind/cluster.yaml with the name, image and host ports of the run filled in.
// No I/O here: text in, text out.

import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { Failure } from '../../failure.ts';
import type { ClusterSpec } from '../cluster-driver.ts';
import { type KindConfig, kindConfigSchema, type KindPortMapping } from './kind-schema.ts';
import { packagedNodeProblems } from './packaged-node-limits.ts';

const LONGEST_HOST_NAME = 63;

export interface KindPlan {
  /** The config as kind reads it from standard input. */
  readonly text: string;
  /** The config as its file says, to tell later what has changed in it. */
  readonly declared: string;
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
  const isPackagedNode = spec.nodeImage?.startsWith('slipway.local/') ?? false;
  const config = readValid(text, { ...spec, isPackagedNode });

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
      ...(node.extraMounts === undefined
        ? {}
        : { extraMounts: absoluteMounts(node.extraMounts, spec.configFile) }),
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
  return {
    text: JSON.stringify({ ...config, name: spec.name, nodes }, null, 2),
    declared: JSON.stringify(config),
    phases: phasesOf(config),
  };
}

/**
 * Whether a cluster can be made of a kind config, before anything is made for it. Gives the fields that are not as they
 * were `declared` when the cluster was made, where that is given.
 * @throws Failure 'config' that lists every problem with its path.
 */
export function checkKindConfig(
  text: string,
  spec: Pick<ClusterSpec, 'name' | 'configFile'> & { readonly isPackagedNode: boolean },
  declared?: string,
): string[] {
  const config = readValid(text, spec);
  if (declared === undefined) return [];
  const before = readDeclared(declared);
  if (before === undefined) return [];
  const now = JSON.parse(JSON.stringify(config)) as Readonly<Record<string, unknown>>;
  const fields = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...fields].filter((field) => !isDeepStrictEqual(before[field], now[field]));
}

/** Undefined for a file that was cut off or is of something else: then nobody knows what has changed. */
function readDeclared(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const declared = JSON.parse(text) as unknown;
    return typeof declared === 'object' && declared !== null ? { ...declared } : undefined;
  } catch {
    return undefined;
  }
}

function readValid(
  text: string,
  {
    name,
    configFile,
    isPackagedNode,
  }: Pick<ClusterSpec, 'name' | 'configFile'> & { readonly isPackagedNode: boolean },
): KindConfig {
  const { config, problems } = readConfig(text);
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) {
    problems.push(`name: '${name}' must be lower-case letters, digits, '.' and '-'`);
  }
  if (config !== undefined) {
    if (config.name !== undefined && config.name !== name)
      problems.push(`name: the cluster is called ${name}; cluster.name in slipway.config.ts says so`);
    problems.push(...nodeProblems(config, name));
    if (isPackagedNode) problems.push(...packagedNodeProblems(config));
  }
  if (config === undefined || problems.length > 0) throw invalid(configFile, problems);
  return config;
}

function readConfig(text: string): { config: KindConfig | undefined; problems: string[] } {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    return {
      config: undefined,
      problems: document.errors.map((error) => error.message.split('\n')[0] ?? ''),
    };
  }
  const parsed = kindConfigSchema.safeParse(document.toJS());
  if (parsed.success) return { config: parsed.data, problems: [] };
  return {
    config: undefined,
    problems: parsed.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`),
  };
}

function nodeProblems(config: KindConfig, name: string): string[] {
  const problems: string[] = [];
  if (!config.nodes.some((node) => node.role === 'control-plane')) {
    problems.push('nodes: one must have the role control-plane');
  }
  // The name of a node is its host name, which has 63 characters at most.
  const longest = config.nodes.length > 1 ? '-external-load-balancer' : '-control-plane';
  if (name.length + longest.length > LONGEST_HOST_NAME)
    problems.push(`name: '${name}' is longer than ${LONGEST_HOST_NAME - longest.length} characters`);
  const seen = new Map<string, string>();
  for (const [index, node] of config.nodes.entries()) {
    for (const [number, mapping] of (node.extraPortMappings ?? []).entries()) {
      const path = `nodes[${index}].extraPortMappings[${number}].hostPort`;
      if (mapping.hostPort === undefined || mapping.hostPort <= 0) continue;
      const key = `${mapping.hostPort}/${protocolOf(mapping)}`;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, path);
      else problems.push(`${path}: ${key} is taken by ${other}`);
    }
  }
  return problems;
}

function protocolOf(mapping: KindPortMapping): string {
  return (mapping.protocol ?? 'TCP').toUpperCase();
}

/** kind would take them from wherever it is started. */
function absoluteMounts<T extends { readonly hostPath: string }>(
  mounts: readonly T[],
  configFile: string,
): T[] {
  return mounts.map((mount) => ({ ...mount, hostPath: resolve(dirname(configFile), mount.hostPath) }));
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
