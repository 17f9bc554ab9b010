import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';
import { describeDrift, driftOf } from '../../../src/kubernetes/drift.ts';

type Fields = Record<string, unknown>;

function object(kind: string, fields: Fields, metadata: Fields = {}): ClusterObject {
  return { apiVersion: 'x/v1', kind, metadata: { name: 'web', namespace: 'todo', ...metadata }, ...fields };
}

const paths = (declared: ClusterObject, live: ClusterObject): string[] =>
  driftOf(declared, live).map(({ path }) => path);

const container = {
  name: 'main',
  image: 'web:1',
  resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
};
const deployment = (spec: Fields = {}, containers: Fields[] = [container]): ClusterObject =>
  object('Deployment', { spec: { replicas: 2, template: { spec: { containers } }, ...spec } });

describe('what the manifest sets and the cluster has otherwise', () => {
  test.each<[string, ClusterObject, ClusterObject, string[]]>([
    ['scaled to zero', deployment(), deployment({ replicas: 0 }), ['spec.replicas']],
    [
      'an edited image',
      deployment(),
      deployment({}, [{ ...container, image: 'web:2' }]),
      ['spec.template.spec.containers[main].image'],
    ],
    [
      'a key that is gone',
      object('ConfigMap', { data: { a: '1', b: '2' } }),
      object('ConfigMap', { data: { a: '1' } }),
      ['data.b'],
    ],
    [
      'a Service port',
      object('Service', { spec: { ports: [{ port: 80 }] } }),
      object('Service', { spec: { ports: [{ port: 81, protocol: 'TCP' }] } }),
      ['spec.ports[80/TCP]'],
    ],
    [
      'a suspended CronJob whose manifest does not speak of it',
      object('CronJob', { spec: {} }),
      object('CronJob', { spec: { suspend: true } }),
      ['spec.suspend'],
    ],
    [
      'no pods where the manifest gives no number',
      object('StatefulSet', { spec: {} }),
      object('StatefulSet', { spec: { replicas: 0 } }),
      ['spec.replicas'],
    ],
    [
      'a paused rollout',
      object('Deployment', { spec: {} }),
      object('Deployment', { spec: { paused: true } }),
      ['spec.paused'],
    ],
    [
      'a Secret, by what it says in clear',
      object('Secret', { stringData: { password: 'abc' } }),
      object('Secret', { data: { password: 'eHl6' } }),
      ['data.password'],
    ],
    [
      'a label',
      object('Service', {}, { labels: { app: 'web' } }),
      object('Service', {}, { labels: { app: 'other' } }),
      ['metadata.labels.app'],
    ],
    [
      'a rule of a role',
      object('Role', { rules: [{ verbs: ['get'], resources: ['pods'] }] }),
      object('Role', { rules: [{ verbs: ['get', 'delete'], resources: ['pods'] }] }),
      ['rules[0].verbs'],
    ],
  ])('%s', (_title, declared, live, wanted) => {
    expect(paths(declared, live)).toEqual(wanted);
  });

  test('is told with plain values only: others may be secret', () => {
    const [scaled] = driftOf(deployment(), deployment({ replicas: 0 }));
    expect(describeDrift(scaled!)).toBe('deployment web: spec.replicas is 0 in the cluster, not 2');
    const env = (value: string): ClusterObject =>
      deployment({}, [{ ...container, env: [{ name: 'A', value }] }]);
    const [edited] = driftOf(env('geheim'), env('secret'));
    expect(describeDrift(edited!)).toBe(
      'deployment web: spec.template.spec.containers[main].env[A].value was changed',
    );
    const data = { a: 'geheim' };
    const [gone] = driftOf(object('ConfigMap', { data }), object('ConfigMap', {}));
    expect(describeDrift(gone!)).toBe('configmap web: data is not there');
  });
});

describe('is no drift', () => {
  test.each<[string, ClusterObject, ClusterObject]>([
    [
      'units',
      deployment(),
      deployment({}, [{ ...container, resources: { requests: { cpu: '1', memory: '1Gi' } } }]),
    ],
    ['a sidecar', deployment(), deployment({}, [{ name: 'daprd', image: 'dapr' }, container])],
    [
      'a volume of a token, and an annotation of a restart',
      object('Deployment', { spec: { template: { metadata: { annotations: { a: '1' } }, spec: {} } } }),
      object('Deployment', {
        spec: {
          replicas: 1,
          template: { metadata: { annotations: { a: '1', 'slipway.dev/restarted-at': 'x' } }, spec: {} },
        },
      }),
    ],
    [
      'a number that the manifest does not give, as long as there are pods',
      object('Deployment', { spec: {} }),
      object('Deployment', { spec: { replicas: 7 } }),
    ],
    [
      'an authority that was put in',
      object('MutatingWebhookConfiguration', {
        webhooks: [{ name: 'a', clientConfig: { caBundle: '', service: { name: 's' } } }],
      }),
      object('MutatingWebhookConfiguration', {
        webhooks: [{ name: 'a', clientConfig: { caBundle: 'LS0t', service: { name: 's', port: 443 } } }],
      }),
    ],
    [
      'what is said of nothing',
      object('Deployment', {
        spec: {
          template: { spec: { containers: [{ name: 'a', env: [{ name: 'E', value: '' }], args: [] }] } },
        },
      }),
      object('Deployment', {
        spec: { template: { spec: { containers: [{ name: 'a', env: [{ name: 'E' }] }] } } },
      }),
    ],
    [
      'false and zero that are left out',
      object('Deployment', { spec: { minReadySeconds: 0, paused: false } }),
      object('Deployment', { spec: {} }),
    ],
    [
      'a port by number and by text',
      object('Service', { spec: { ports: [{ port: 80, targetPort: '8080' }] } }),
      object('Service', { spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] } }),
    ],
    [
      'its status',
      object('Deployment', { spec: {}, status: { replicas: 1 } }),
      object('Deployment', { spec: {}, status: { replicas: 5 } }),
    ],
  ])('%s', (_title, declared, live) => {
    expect(paths(declared, live)).toEqual([]);
  });
});

// Manifests as charts have them, and an API server that fills in, sorts, counts in its own units, and adds its own.
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const some = <T>(item: fc.Arbitrary<T>, key: (item: T) => unknown): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { minLength: 1, maxLength: 3, selector: key });
const containers = some(
  fc.record({
    name: word,
    image: word.map((name) => `${name}:1`),
    args: fc.array(word, { minLength: 1, maxLength: 3 }),
    env: some(fc.record({ name: word, value: word }), ({ name }) => name),
    ports: some(fc.record({ containerPort: fc.integer({ min: 1, max: 9 }) }), (port) => port.containerPort),
    resources: fc.record({
      requests: fc.record({ cpu: fc.integer({ min: 1, max: 4 }).map((cores) => `${cores * 1000}m`) }),
    }),
    volumeMounts: some(
      fc.record({ name: word, mountPath: word.map((name) => `/${name}`) }),
      ({ mountPath }) => mountPath,
    ),
  }),
  ({ name }) => name,
);
const manifests = fc.oneof(
  fc
    .record({ replicas: fc.integer({ min: 1, max: 5 }), containers })
    .map(({ replicas, containers: list }): ClusterObject =>
      object(
        'Deployment',
        {
          spec: { replicas, template: { metadata: { labels: { app: 'web' } }, spec: { containers: list } } },
        },
        { labels: { app: 'web' }, annotations: { note: 'x' } },
      ),
    ),
  fc.dictionary(word, word, { minKeys: 1, maxKeys: 5 }).map((data) => object('ConfigMap', { data })),
  some(
    fc.record({
      name: word,
      port: fc.integer({ min: 1, max: 99 }),
      targetPort: fc.integer({ min: 1, max: 99 }),
    }),
    ({ port }) => port,
  ).map((ports) => object('Service', { spec: { selector: { app: 'web' }, ports } })),
  some(fc.record({ host: word, path: word }), ({ host }) => host).map((rules) =>
    object('Ingress', { spec: { ingressClassName: 'nginx', rules } }),
  ),
);

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fills in at every level, and writes quantities and list items as the API server does. */
function defaulted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => defaulted(item, key));
    if (key === 'containers') return [{ name: 'zz-injected', image: 'sidecar' }, ...items];
    return key === 'ports' ? items.map((item) => ({ protocol: 'TCP', ...(item as Fields) })) : items;
  }
  if (!isFields(value)) return key === 'cpu' ? String(Number.parseInt(String(value), 10) / 1000) : value;
  const filled = Object.entries(value)
    .reverse()
    .map(([name, item]) => [name, defaulted(item, name)]);
  const isData = key === 'data' || key === 'requests';
  return { ...Object.fromEntries(filled), ...(isData ? {} : { defaultedByServer: 'always' }) };
}

function asServerKeepsIt(declared: ClusterObject): ClusterObject {
  const live = defaulted(structuredClone(declared)) as ClusterObject;
  return { ...live, metadata: { ...live.metadata, uid: 'u', generation: 3 }, status: { replicas: 1 } };
}

/** Where the manifest says something: keys and positions down to each plain value. */
function leavesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (isFields(value)) return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  return [path];
}

/** The live object with one field, which the manifest sets, changed or taken away. */
function changed(
  live: ClusterObject,
  declared: ClusterObject,
  path: (string | number)[],
  isGone: boolean,
): void {
  let there: unknown = live;
  let wanted: unknown = declared;
  for (const key of path.slice(0, -1)) {
    const next = (wanted as Fields)[key];
    // Behind an injected container the positions are others.
    there =
      Array.isArray(wanted) && isFields(next) && 'image' in next
        ? (there as Fields[]).find(({ name }) => name === next['name'])
        : (there as Fields)[key];
    wanted = next;
  }
  const last = path.at(-1)!;
  if (Array.isArray(there)) {
    if (isGone) there.splice(last as number, 1);
    else there[last as number] = 'edited';
  } else if (isGone) delete (there as Fields)[last];
  else (there as Fields)[last] = typeof (there as Fields)[last] === 'number' ? 12_345 : 'edited9';
}

test(
  'what a server makes of a manifest is no drift, whatever the manifest',
  () => {
    fc.assert(
      fc.property(manifests, (declared) => {
        expect(driftOf(declared, asServerKeepsIt(declared))).toEqual([]);
      }),
      { numRuns: caseCount(0.5) },
    );
  },
  generatedTimeoutMs,
);

test(
  'any one change to a field that the manifest sets shows',
  () => {
    fc.assert(
      fc.property(manifests, fc.nat(), fc.boolean(), (declared, pick, isGone) => {
        const leaves = leavesOf(declared).filter(
          ([first, second]) =>
            !['apiVersion', 'kind'].includes(String(first)) &&
            (first !== 'metadata' || ['labels', 'annotations'].includes(String(second))),
        );
        const live = asServerKeepsIt(declared);
        changed(live, declared, leaves[pick % leaves.length]!, isGone);
        expect(driftOf(declared, live).length).toBeGreaterThan(0);
      }),
      { numRuns: caseCount(0.5) },
    );
  },
  generatedTimeoutMs,
);
