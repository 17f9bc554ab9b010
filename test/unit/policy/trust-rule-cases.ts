// What breaks and what keeps the rules about traffic, secrets and Dapr.

import type { RuleCase } from './rule-case.ts';
import { soundEnvironment, withField, withObjects, withRelease } from './sound-environment.ts';

const inward = (path: readonly (string | number)[], value: unknown) =>
  withField('NetworkPolicy/ingress-to-backend', path, value);
const outward = (path: readonly (string | number)[], value: unknown) =>
  withField('NetworkPolicy/backend-to-itself', path, value);
const env = (index: number, value: unknown) =>
  withField('Deployment/backend', ['spec', 'template', 'spec', 'containers', 0, 'env', index], value);
const annotation = (name: string, value: unknown) =>
  withField('Deployment/backend', ['spec', 'template', 'metadata', 'annotations', `dapr.io/${name}`], value);
const component = (path: readonly (string | number)[], value: unknown) =>
  withField('Component/pubsub', path, value);
const mtls = (field: string, value: unknown) =>
  withField('Configuration/dapr-config', ['spec', 'mtls', field], value);
const secret = (fields: string) =>
  withObjects(`{apiVersion: v1, kind: Secret, metadata: {name: own, namespace: todo}, ${fields}}`);

export const trustRuleCases: readonly RuleCase[] = [
  {
    rule: 'network-policy-reason',
    breaks: [
      [inward(['metadata', 'annotations'], undefined), 'gives no reason'],
      [inward(['metadata', 'annotations', 'slipway.dev/reason'], ' '), 'gives no reason'],
    ],
    keeps: [],
  },
  {
    rule: 'network-policy-pods',
    breaks: [
      [inward(['spec', 'podSelector', 'matchLabels'], { app: 'backend' }), 'is for no pod: app=backend'],
      [
        outward(['spec', 'egress', 0, 'to', 0, 'podSelector', 'matchLabels'], { app: 'redis' }),
        'no pod in todo has app=redis',
      ],
    ],
    keeps: [
      outward(['spec', 'egress', 0, 'to', 0], {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      }),
    ],
  },
  {
    rule: 'network-policy-namespaces',
    breaks: [
      [
        inward(['spec', 'ingress', 0, 'from', 0, 'namespaceSelector', 'matchLabels'], {
          name: 'ingress-nginx',
        }),
        'no namespace has name=ingress-nginx',
      ],
    ],
    keeps: [
      inward(['spec', 'ingress', 0, 'from', 0, 'namespaceSelector'], {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['kube-system'] }],
      }),
    ],
  },
  {
    rule: 'network-policy-ports',
    breaks: [
      [inward(['spec', 'ingress', 0, 'ports', 0, 'port'], 80), 'names port 80; backend has http (8000)'],
      [outward(['spec', 'egress', 0, 'ports', 0, 'port'], 'web'), 'names port web'],
    ],
    keeps: [
      inward(['spec', 'ingress', 0, 'ports', 0], { port: 7999, endPort: 8001 }),
      outward(['spec', 'egress', 0], { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 443 }] }),
    ],
  },
  {
    rule: 'secret-key-names',
    breaks: [
      [secret("stringData: {API_KEY: ''}"), 'the key is API_KEY'],
      [
        env(2, { name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'databaseUrl' } } }),
        'the key is databaseUrl',
      ],
    ],
    keeps: [secret("type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: ''}")],
  },
  {
    rule: 'secret-keys-known',
    breaks: [
      [
        env(2, { name: 'A', valueFrom: { secretKeyRef: { name: 'todo-secrets', key: 'database-uri' } } }),
        'todo-secrets has no key database-uri; it has database-url, redis-password',
      ],
    ],
    keeps: [
      env(2, { name: 'A', valueFrom: { secretKeyRef: { name: 'todo-secrets', key: 'x', optional: true } } }),
    ],
  },
  {
    rule: 'secret-type',
    breaks: [
      [secret("type: kubernetes.io/tls, data: {tls.crt: ''}"), 'is kubernetes.io/tls without tls.key'],
      [
        secret("data: {tls.crt: '', tls.key: ''}"),
        'is Opaque and holds what kubernetes.io/tls is for',
        ['secret-key-names'],
      ],
      [
        withField('Ingress/todo-ingress', ['spec', 'tls', 0, 'secretName'], 'todo-secrets'),
        'todo-secrets is Opaque, it has to be kubernetes.io/tls',
      ],
    ],
    keeps: [secret("type: kubernetes.io/tls, data: {tls.crt: '', tls.key: ''}")],
  },
  {
    rule: 'secret-encoding',
    breaks: [
      [
        withField('Secret/webhook-tls', ['data', 'tls.key'], 'not base64'),
        'the value of tls.key is not base64',
      ],
    ],
    keeps: [secret("stringData: {api-key: ''}")],
  },
  {
    rule: 'no-secret-in-chart',
    breaks: [[secret('stringData: {api-key: abc}'), 'holds a value for api-key']],
    keeps: [],
  },
  {
    rule: 'no-plain-credentials',
    breaks: [
      [env(0, { name: 'API_TOKEN', value: 'abc' }), 'API_TOKEN holds a value for what its name calls'],
      [
        withField('ConfigMap/backend-config', ['data', 'DB'], 'postgresql://todo:hunter2@postgres/todo'),
        'DB holds a URL with a password',
      ],
      [
        withField(
          'Deployment/backend',
          ['spec', 'template', 'spec', 'containers', 0, 'args'],
          ['--password=x'],
        ),
        'password holds a value',
      ],
      [withRelease({ values: { redis: { password: 'hunter2' } } }), 'password holds a value'],
      [withRelease({ values: { env: [{ name: 'SECRET_KEY', value: 'abc' }] } }), 'SECRET_KEY holds a value'],
      [withRelease({ defaults: { url: 'redis://:hunter2@redis:6379' } }), 'url holds a URL with a password'],
    ],
    keeps: [
      env(0, { name: 'API_TOKEN', value: '' }),
      env(0, { name: 'API_TOKEN', value: '$(OTHER)' }),
      withRelease({ values: { secret: 'todo-secrets', passwordSecret: { name: 'a', key: 'b' } } }),
    ],
  },
  {
    rule: 'dapr-credentials',
    breaks: [
      [
        component(['spec', 'metadata', 1], { name: 'redisPassword', value: 'abc' }),
        'redisPassword holds a value',
      ],
    ],
    keeps: [component(['spec', 'metadata', 1], { name: 'redisPassword', value: '' })],
  },
  {
    rule: 'dapr-version',
    breaks: [[component(['spec', 'version'], undefined), 'the version is absent']],
    keeps: [component(['spec', 'version'], 'v1alpha1')],
  },
  {
    rule: 'dapr-type',
    breaks: [[component(['spec', 'type'], 'redis'), 'the type is redis']],
    keeps: [component(['spec', 'type'], 'bindings.azure.blobstorage')],
  },
  {
    rule: 'dapr-scopes',
    breaks: [
      [component(['scopes'], []), 'has no scopes'],
      [component(['scopes'], undefined), 'has no scopes'],
      [component(['scopes', 0], 'frontend'), 'there is no app frontend'],
    ],
    keeps: [],
  },
  {
    rule: 'dapr-mtls',
    breaks: [
      [mtls('enabled', false), 'mtls.enabled is false'],
      [mtls('workloadCertTTL', '5m'), 'workloadCertTTL is 5m'],
      [mtls('workloadCertTTL', '8760h'), 'workloadCertTTL is 8760h'],
      [mtls('allowedClockSkew', undefined), 'allowedClockSkew is absent'],
    ],
    keeps: [mtls('workloadCertTTL', '12h30m')],
  },
  {
    rule: 'dapr-sidecars',
    breaks: [
      [annotation('app-id', undefined), 'has no app id'],
      [annotation('app-port', '8080'), 'the app port is 8080; its ports are http (8000)'],
      [annotation('config', 'missing'), 'there is no configuration missing'],
      [annotation('config', undefined), 'names no configuration'],
    ],
    keeps: [annotation('app-port', undefined), soundEnvironment()],
  },
];
