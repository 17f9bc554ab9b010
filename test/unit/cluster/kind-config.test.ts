import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planKindConfig, portsOfKindConfig } from '../../../scripts/cluster/kind-config.ts';
import { portName } from '../../../scripts/cluster/kind-node-list.ts';
import { failureOf } from './failure-of.ts';

const bundled = readFileSync(new URL('../../../kind/cluster.yaml', import.meta.url), 'utf8');
const head = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n';
const spec = {
  name: 'todo',
  configFile: 'kind/cluster.yaml',
  nodeImage: 'slipway.local/node-image:sha-0123456789ab',
  ports: [
    { name: 'http', containerPort: 80, hostPort: 8081, listenAddress: '127.0.0.1' },
    { name: 'https', containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1' },
  ],
};

describe('the plan of the bundled config', () => {
  test('carries the name, the image and the ports of the run, and keeps the rest', () => {
    const config = JSON.parse(planKindConfig(bundled, spec).text);
    expect(config).toMatchObject({ name: 'todo', networking: { apiServerAddress: '127.0.0.1' } });
    expect(config.nodes).toEqual([
      {
        role: 'control-plane',
        labels: { 'ingress-ready': 'true' },
        image: spec.nodeImage,
        extraPortMappings: [
          { containerPort: 80, hostPort: 8081, listenAddress: '127.0.0.1', protocol: 'TCP' },
          { containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1', protocol: 'TCP' },
        ],
      },
    ]);
  });

  test('leaves the image to kind when the run has none', () => {
    const plan = planKindConfig(bundled, { ...spec, nodeImage: undefined });
    expect(JSON.parse(plan.text).nodes[0]).not.toHaveProperty('image');
  });

  test('listens on the loopback only, on 8080 and 8443, unless told otherwise', () => {
    expect(portsOfKindConfig(bundled, 'kind/cluster.yaml')).toEqual([
      { name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' },
      { name: 'https', containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1' },
    ]);
  });
});

test('a port that the config does not map is added to the first control plane', () => {
  const text = `${head}nodes:\n  - role: worker\n  - role: control-plane\n`;
  const plan = planKindConfig(text, { ...spec, nodeImage: undefined, ports: spec.ports.slice(0, 1) });
  const { nodes } = JSON.parse(plan.text);
  expect(nodes[0]).toEqual({ role: 'worker' });
  expect(nodes[1].extraPortMappings).toEqual([
    { containerPort: 80, hostPort: 8081, listenAddress: '127.0.0.1', protocol: 'TCP' },
  ]);
});

test('a UDP mapping of the same port is left alone and is no port of the run', () => {
  const mappings = '[{containerPort: 80, hostPort: 5000, protocol: UDP}]';
  const text = `${head}nodes: [{role: control-plane, extraPortMappings: ${mappings}}]`;
  expect(portsOfKindConfig(text, 'x.yaml')).toEqual([]);
  const { nodes } = JSON.parse(planKindConfig(text, { ...spec, ports: spec.ports.slice(0, 1) }).text);
  expect(nodes[0].extraPortMappings).toHaveLength(2);
  expect(nodes[0].extraPortMappings[0]).toEqual({ containerPort: 80, hostPort: 5000, protocol: 'UDP' });
});

test('the number of phases follows the nodes', () => {
  const phases = (nodes: string, more = ''): number =>
    planKindConfig(`${head}${more}nodes: ${nodes}`, { ...spec, nodeImage: undefined }).phases;
  expect(phases('[{role: control-plane}]')).toBe(6);
  expect(phases('[{role: control-plane}, {role: worker}]')).toBe(7);
  expect(phases('[{role: control-plane}, {role: control-plane}]')).toBe(8);
  expect(phases('[{role: control-plane}]', 'networking: {disableDefaultCNI: true}\n')).toBe(5);
});

test('all problems are told at once, each with its path', () => {
  const text = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha3
nodes:
  - role: control-plane
    extraPortMappings:
      - {containerPort: 80000, hostPort: 80}
  - role: boss
`;
  const failure = failureOf(() => planKindConfig(text, { ...spec, name: 'To_do' }));
  expect(failure.code).toBe('config');
  expect(failure.message).toBe('kind/cluster.yaml has 4 problems');
  expect(failure.details.map((line) => line.split(':')[0])).toEqual([
    'apiVersion',
    'nodes[0].extraPortMappings[0].containerPort',
    'nodes[1].role',
    'name',
  ]);
});

test('a host port that is mapped twice is a problem', () => {
  const mappings = '[{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]';
  const text = `${head}nodes: [{role: control-plane, extraPortMappings: ${mappings}}]`;
  expect(failureOf(() => planKindConfig(text, spec)).details).toEqual([
    'nodes[0].extraPortMappings[1].hostPort: 80/TCP is taken by nodes[0].extraPortMappings[0].hostPort',
  ]);
});

test('several nodes are refused with the node image made from packages only', () => {
  const text = `${head}nodes: [{role: control-plane}, {role: worker}]`;
  expect(failureOf(() => planKindConfig(text, spec)).details).toEqual([
    'nodes: the node image made from packages carries one node only',
  ]);
  expect(() => planKindConfig(text, { ...spec, nodeImage: 'kindest/node:v1.34.0' })).not.toThrow();
});

test('text that is not YAML is a problem with its place', () => {
  expect(failureOf(() => planKindConfig('nodes: [', spec)).details[0]).toMatch(/line 1/);
});

test('ports without a usual name are called by their number', () => {
  expect([80, 443, 5432].map(portName)).toEqual(['http', 'https', 'port-5432']);
});
