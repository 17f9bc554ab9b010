import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkKindConfig, planKindConfig } from '../../../../src/cluster/kind/kind-config.ts';
import { portName } from '../../../../src/cluster/kind/kind-node-list.ts';
import { failureOf } from '../failure-of.ts';

const bundled = readFileSync(new URL('../../../../kind/cluster.yaml', import.meta.url), 'utf8');
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

test('a UDP mapping of the same port is left alone', () => {
  const mappings = '[{containerPort: 80, hostPort: 5000, protocol: UDP}]';
  const text = `${head}nodes: [{role: control-plane, extraPortMappings: ${mappings}}]`;
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

/** What is said of a config with these lines, for a node made from packages. */
function problemsOf(lines: string, changes: Partial<typeof spec> = {}): readonly string[] {
  return failureOf(() => planKindConfig(`${head}${lines}\n`, { ...spec, ...changes })).details;
}

test.each([
  ['nodes', 'nodes: [{role: control-plane}, {role: worker}]'],
  ['nodes[0].image', 'nodes: [{role: control-plane, image: "kindest/node:v1.30.0"}]'],
  ['networking.podSubnet', 'networking: {podSubnet: 10.10.0.0/16}'],
  ['networking.serviceSubnet', 'networking: {serviceSubnet: 10.11.0.0/16}'],
  ['networking.ipFamily', 'networking: {ipFamily: dual}'],
  ['networking.disableDefaultCNI', 'networking: {disableDefaultCNI: true}'],
  ['networking.dnsSearch', 'networking: {dnsSearch: [corp.test]}'],
  ['networking.kubeProxyMode', 'networking: {kubeProxyMode: nftables}'],
  [
    'kubeadmConfigPatches[0]',
    'kubeadmConfigPatches: ["kind: ClusterConfiguration\\nnetworking: {podSubnet: 10.1.0.0/16}"]',
  ],
  [
    'nodes[0].kubeadmConfigPatchesJSON6902[0].patch',
    'nodes: [{kubeadmConfigPatchesJSON6902: [{patch: "[{op: add, path: /networking/serviceSubnet, value: x}]"}]}]',
  ],
])('the node made from packages cannot do %s: refused by name, and left to kind otherwise', (path, lines) => {
  const problems = problemsOf(lines);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/made from packages/);
  expect(problems[0]?.slice(0, path.length + 1)).toBe(`${path}:`);
  expect(problems[0]).toContain('--images registry');
  expect(() => planKindConfig(`${head}${lines}\n`, { ...spec, nodeImage: undefined })).not.toThrow();
});

test('what the node made from packages does is passed on as it stands', () => {
  const networking = {
    ...{ ipFamily: 'ipv4', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
    ...{ disableDefaultCNI: false, kubeProxyMode: 'iptables' },
    ...{ apiServerAddress: '127.0.0.1', apiServerPort: 6443 },
  };
  const more = {
    featureGates: { InPlacePodVerticalScaling: true },
    runtimeConfig: { 'api/alpha': 'false' },
    kubeadmConfigPatches: ['kind: KubeletConfiguration\nmaxPods: 50\n'],
    containerdConfigPatches: ['[plugins."x"]\n  y = 1\n'],
  };
  const node = {
    role: 'control-plane',
    labels: { a: 'b' },
    kubeadmConfigPatches: ['kind: InitConfiguration\n'],
  };
  const config = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking,
    ...more,
    nodes: [node],
  };
  const { text } = planKindConfig(JSON.stringify(config), { ...spec, ports: [] });
  expect(JSON.parse(text)).toEqual({ ...config, name: 'todo', nodes: [{ ...node, image: spec.nodeImage }] });
});

test.each([
  ['a key that kind does not know', 'networking: {podSubnets: x}', /^networking: .*podSubnets/],
  ['one of a node', 'nodes: [{role: control-plane, extraPorts: []}]', /^nodes\[0\]: .*extraPorts/],
  [
    'one of a mount',
    'nodes: [{extraMounts: [{hostPath: /a, containerPath: /b, readonly: true}]}]',
    /readonly/,
  ],
  ['another name of the cluster', 'name: other', /^name: the cluster is called todo/],
  ['a value of another type', 'featureGates: {A: "yes"}', /^featureGates\.A: /],
])('%s is refused, with its path', (_, lines, problem) => {
  expect(problemsOf(lines, { nodeImage: undefined as never })).toEqual([expect.stringMatching(problem)]);
});

test('a name that makes a host name too long is refused before anything is made', () => {
  const name = 'x'.repeat(50);
  expect(problemsOf('', { name })).toEqual([`name: '${name}' is longer than 49 characters`]);
});

test('a config without nodes is one control plane, as kind has it', () => {
  expect(JSON.parse(planKindConfig(head, { ...spec, ports: [] }).text).nodes).toEqual([
    { role: 'control-plane', image: spec.nodeImage },
  ]);
});

test('paths of mounts are meant from the config file', () => {
  const mounts = '[{hostPath: ../data, containerPath: /data}, {hostPath: /abs, containerPath: /abs}]';
  const text = `${head}nodes: [{role: control-plane, extraMounts: ${mounts}}]`;
  const { nodes } = JSON.parse(
    planKindConfig(text, { ...spec, configFile: '/project/kind/cluster.yaml' }).text,
  );
  expect(nodes[0].extraMounts.map(({ hostPath }: { hostPath: string }) => hostPath)).toEqual([
    '/project/data',
    '/abs',
  ]);
});

test('a config is judged before anything is made for it', () => {
  const check = (isPackagedNode: boolean) => () =>
    checkKindConfig(`${head}networking: {ipFamily: dual}\n`, { ...spec, isPackagedNode });
  expect(check(false)).not.toThrow();
  expect(failureOf(check(true)).details).toEqual([expect.stringContaining('networking.ipFamily')]);
});

test('what has changed in the file since a cluster was made of it is named', () => {
  const { declared } = planKindConfig(`${head}networking: {apiServerPort: 1}\n`, spec);
  const changedIn = (lines: string): string[] =>
    checkKindConfig(`${head}${lines}\n`, { ...spec, isPackagedNode: false }, declared);
  expect(changedIn('# only a remark\nnetworking: {apiServerPort: 1}')).toEqual([]);
  for (const damaged of ['', '{', 'null', '7'])
    expect(checkKindConfig(head, { ...spec, isPackagedNode: false }, damaged)).toEqual([]);
  expect(changedIn('networking: {apiServerPort: 2}\nfeatureGates: {A: true}').sort()).toEqual([
    ...['featureGates', 'networking'],
  ]);
});

test('text that is not YAML is a problem with its place', () => {
  expect(failureOf(() => planKindConfig('nodes: [', spec)).details[0]).toMatch(/line 1/);
});

test('ports without a usual name are called by their number', () => {
  expect([80, 443, 5432].map(portName)).toEqual(['http', 'https', 'port-5432']);
});
