import { describe, expect, test } from 'vitest';
import { validateConfig } from '../../../src/config/validate.ts';

const minimal = {
  default: 'demo',
  environments: { demo: { namespace: 'demo', releases: { web: { chart: 'charts/web' } } } },
};
const problemsOf = (input: unknown) =>
  validateConfig(input, ['ingress-nginx']).problems.map((problem) => `${problem.path}: ${problem.message}`);

describe('validateConfig', () => {
  test('accepts a minimal config and fills in defaults', () => {
    const { config, problems } = validateConfig(minimal, []);
    expect(problems).toEqual([]);
    expect(config?.environments['demo']).toMatchObject({
      cluster: { driver: 'kind', ports: { http: 8080, https: 8443 } },
      budget: { imageMegabytes: 250, totalMegabytes: 500 },
    });
  });

  test.each(['authority', 'engine', 'traces'])(
    'a cluster cannot be named %s, as what is kept beside it',
    (name) => {
      const demo = { ...minimal.environments.demo, cluster: { name } };
      expect(problemsOf({ ...minimal, environments: { demo } })).toEqual([
        "environments.demo.cluster.name: is a folder of Slipway's own state: choose another",
      ]);
    },
  );

  test.each<[unknown, unknown]>([
    [undefined, { crashes: 3, afterSeconds: 10 }],
    [false, false],
    [{ crashes: 5 }, { crashes: 5, afterSeconds: 10 }],
    [{ afterSeconds: 0 }, { crashes: 3, afterSeconds: 0 }],
  ])('failFast %j of a release is %j', (failFast, wanted) => {
    const demo = { namespace: 'demo', releases: { web: { chart: 'charts/web', failFast } } };
    const { config } = validateConfig({ ...minimal, environments: { demo } }, []);
    expect(config?.environments['demo']?.releases['web']?.failFast).toEqual(wanted);
  });

  test.each([true, null, 3, 'no', { crashes: 0 }, { crashes: 1.5 }, { afterSeconds: -1 }, { after: 1 }])(
    'failFast %j of a release is a problem with its path',
    (failFast) => {
      const demo = { namespace: 'demo', releases: { web: { chart: 'charts/web', failFast } } };
      expect(problemsOf({ ...minimal, environments: { demo } })).toEqual([
        expect.stringMatching(/^environments\.demo\.releases\.web\.failFast(\.\w+)?: ./),
      ]);
    },
  );

  test('reports every problem at once, each with its path', () => {
    const input = {
      default: 'other',
      environments: {
        demo: {
          namespace: 'demo',
          addons: { 'ingress-nginx': {}, istio: {} },
          secrets: { keys: { keys: { url: { template: 'x{{password}}' } } } },
          releases: {
            a: { chart: 'charts/a', needs: ['b', 'nothing'], images: { 'image.reference': 'missing' } },
            b: { chart: 'charts/b', needs: ['a', 'addon:ingress-nginx'], secrets: ['gone'] },
          },
        },
      },
    };
    expect(problemsOf(input)).toEqual([
      'environments.demo.addons.istio: is not known; known are ingress-nginx',
      "environments.demo.releases.a.needs[1]: 'nothing' is neither a release nor 'addon:<name>' of this environment",
      "environments.demo.releases.a.images['image.reference']: there is no image 'missing'",
      "environments.demo.releases.b.secrets[0]: there is no secret 'gone'",
      "environments.demo.secrets.keys.keys.url: '{{password}}' names no plain key of this secret",
      'environments.demo.releases: the needs go round in a circle: a → b → a',
      "default: there is no environment 'other'",
    ]);
  });

  test.each([
    ['keys', { keys: {} }, []],
    ['the local authority', { namespace: 'cert-manager', authority: 'local' }, []],
    ['neither', {}, ["environments.demo.secrets.ca: must have either 'keys' or 'authority'"]],
    [
      'both',
      { keys: {}, authority: 'local' },
      ["environments.demo.secrets.ca: must have either 'keys' or 'authority'"],
    ],
  ])('a secret of %s', (_title, ca, expected) => {
    const { demo } = minimal.environments;
    const input = { ...minimal, environments: { demo: { ...demo, secrets: { ca } } } };
    expect(problemsOf(input)).toEqual(expected);
  });

  test('takes waivers of rules with a reason, and refuses others', () => {
    const withWaivers = (...waivers: object[]) => ({
      ...minimal,
      environments: { demo: { ...minimal.environments.demo, policy: { waivers } } },
    });
    const waiver = { rule: 'image-tag', resource: 'Deployment/web', reason: 'it is a test' };
    expect(problemsOf(withWaivers(waiver, { ...waiver, resource: 'demo/Deployment/web' }))).toEqual([]);
    expect(
      problemsOf(
        withWaivers(
          { ...waiver, rule: 'image-tags' },
          { ...waiver, resource: 'web' },
          { ...waiver, reason: ' ' },
        ),
      ),
    ).toEqual([
      "environments.demo.policy.waivers[0].rule: there is no rule 'image-tags'; slipway check --rules lists them",
      "environments.demo.policy.waivers[1].resource: must be '<kind>/<name>' or '<namespace>/<kind>/<name>'",
      'environments.demo.policy.waivers[2].reason: must say why',
    ]);
  });

  test('still checks the references when the shape is wrong elsewhere', () => {
    const input = {
      default: 'demo',
      environments: {
        demo: { namespace: 'Not Valid', releases: { web: { chart: '/etc', needs: ['x'] } }, nonsense: 1 },
      },
    };
    const problems = problemsOf(input);
    expect(problems).toContainEqual(
      expect.stringContaining('environments.demo.namespace: must be lowercase'),
    );
    expect(problems).toContainEqual(
      'environments.demo.releases.web.chart: must be a path inside the project',
    );
    expect(problems).toContainEqual(expect.stringContaining('nonsense'));
    expect(problems).toContainEqual(expect.stringContaining("needs[0]: 'x' is neither"));
  });

  test.each([
    null,
    undefined,
    3,
    'text',
    [],
    { environments: null },
    { environments: { a: null } },
    { environments: { a: { releases: { b: null } } } },
  ])('answers nonsense with problems, never with an exception: %j', (input) => {
    expect(problemsOf(input).length).toBeGreaterThan(0);
  });

  test.each(['; rm -rf /', '$(id)', '../up', '-rf', 'a b', 'UPPER', 'ünïcode', ''])(
    'refuses a name that is not safe everywhere: %j',
    (name) => {
      expect(
        problemsOf({ ...minimal, environments: { demo: { namespace: name, releases: {} } } }),
      ).toHaveLength(1);
    },
  );

  describe('names that meet', () => {
    const inDemo = (more: object, name = 'demo') => ({
      default: name,
      environments: { [name]: { ...minimal.environments.demo, ...more } },
    });

    test.each<[string, object, string]>([
      [
        'a release with the name of an addon',
        { addons: { 'ingress-nginx': {} }, releases: { 'ingress-nginx': { chart: 'charts/web' } } },
        'releases.ingress-nginx: is the name of an addon of this environment: choose another',
      ],
      [
        'an image with the name of an addon',
        {
          addons: { 'ingress-nginx': {} },
          images: { 'ingress-nginx': { dockerfile: 'Dockerfile', context: '.' } },
        },
        'images.ingress-nginx: is the name of an addon of this environment: choose another',
      ],
      [
        'a namespace of Kubernetes',
        { namespace: 'kube-system' },
        "namespace: 'kube-system' is a namespace of Kubernetes itself: choose one of your own",
      ],
      [
        "a release's namespace of Kubernetes",
        { releases: { web: { chart: 'charts/web', namespace: 'default' } } },
        "releases.web.namespace: 'default' is a namespace of Kubernetes itself: choose one of your own",
      ],
      [
        "a secret's namespace of Kubernetes",
        { secrets: { s: { keys: {}, namespace: 'kube-public' } } },
        "secrets.s.namespace: 'kube-public' is a namespace of Kubernetes itself: choose one of your own",
      ],
      [
        'one port for http and https',
        { cluster: { ports: { http: 8443, https: 8443 } } },
        'cluster.ports.https: is the port of http, too: 8443',
      ],
      [
        'a host twice',
        { hosts: ['a.local', 'b.local', 'a.local'] },
        "hosts[2]: 'a.local' is in the list already",
      ],
      [
        'two forwards of one port',
        {
          forwards: {
            a: { service: 'a', port: 80, localPort: 9000 },
            b: { service: 'b', port: 80, localPort: 9000 },
          },
        },
        'forwards.b.localPort: 9000 is the port of another forward',
      ],
      [
        'a cluster whose node has no host name',
        { cluster: { name: 'x'.repeat(50) } },
        `cluster.name: makes a node named ${'x'.repeat(50)}-control-plane, of 64 characters; 63 are allowed`,
      ],
    ])('%s', (_title, more, expected) => {
      expect(problemsOf(inDemo(more))).toEqual([`environments.demo.${expected}`]);
    });

    test('the name of an environment counts where its cluster has none', () => {
      const name = 'e'.repeat(48);
      expect(problemsOf(inDemo({}, name))).toEqual([
        `environments.${name}.cluster: makes a node named x-${name}-control-plane, of 64 characters; 63 are allowed`,
      ]);
      expect(problemsOf(inDemo({}, 'e'.repeat(47)))).toEqual([]);
    });

    test('an addon that is not used gives its name away', () => {
      expect(problemsOf(inDemo({ releases: { 'ingress-nginx': { chart: 'charts/web' } } }))).toEqual([]);
    });
  });

  test.each([
    ['API_KEY', []],
    ['.dockerconfigjson', []],
    ['..', ['keys...: must be']],
    ['a b', ["keys['a b']: must be"]],
    ['x'.repeat(254), ['Too big']],
  ])('a key of a secret is one that Kubernetes takes: %s', (key, expected) => {
    const demo = { ...minimal.environments.demo, secrets: { s: { keys: { [key]: { template: 'x' } } } } };
    const problems = problemsOf({ ...minimal, environments: { demo } });
    expect(problems).toHaveLength(expected.length);
  });
});
