// What breaks and what keeps the rules about pods.

import type { RuleCase } from './rule-case.ts';
import { withField, withObjects } from './sound-environment.ts';

const POD = ['spec', 'template', 'spec'];
const MAIN = [...POD, 'containers', 0];
const onPod = (path: readonly (string | number)[], value: unknown) =>
  withField('Deployment/backend', [...POD, ...path], value);
const onMain = (path: readonly (string | number)[], value: unknown) =>
  withField('Deployment/backend', [...MAIN, ...path], value);
const security = (field: string, value: unknown) => onMain(['securityContext', field], value);
const job = (podSecurity: string) =>
  withObjects(`
apiVersion: batch/v1
kind: Job
metadata: {name: seed, namespace: todo, labels: {app.kubernetes.io/version: sha-0123456789ab}}
spec:
  template:
    spec:
      serviceAccountName: backend-sa
      securityContext: {${podSecurity}}
      initContainers:
        - name: wait
          image: slipway.local/slipway-todo/backend:sha-0123456789ab
          imagePullPolicy: Never
          resources: {requests: {cpu: 1m, memory: 1Mi}, limits: {cpu: 1m, memory: 1Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
`);

export const podRuleCases: readonly RuleCase[] = [
  {
    rule: 'run-as-non-root',
    breaks: [
      [onPod(['securityContext', 'runAsNonRoot'], undefined), 'runAsNonRoot is not true'],
      [onPod(['securityContext', 'runAsUser'], 0), 'runs as user 0'],
      [security('runAsUser', 0), 'runs as user 0'],
      [security('runAsNonRoot', false), 'runAsNonRoot is not true'],
      [job(''), 'wait: runAsNonRoot is not true'],
    ],
    keeps: [security('runAsUser', 65532), onPod(['securityContext', 'runAsUser'], undefined)],
  },
  {
    rule: 'no-privilege-escalation',
    breaks: [
      [security('allowPrivilegeEscalation', undefined), 'allowPrivilegeEscalation is not false'],
      [security('allowPrivilegeEscalation', true), 'allowPrivilegeEscalation is not false'],
    ],
    keeps: [],
  },
  {
    rule: 'not-privileged',
    breaks: [[security('privileged', true), 'privileged is true']],
    keeps: [security('privileged', undefined)],
  },
  {
    rule: 'no-host-access',
    breaks: [
      [onPod(['hostNetwork'], true), 'hostNetwork is on'],
      [onPod(['volumes', 0], { name: 'tmp', hostPath: { path: '/' } }), 'volume tmp is a folder of the node'],
    ],
    keeps: [onPod(['hostPID'], false)],
  },
  {
    rule: 'read-only-root',
    breaks: [
      [security('readOnlyRootFilesystem', false), 'readOnlyRootFilesystem is not true'],
      [onPod(['volumes'], []), 'mounts tmp, which is no volume of the pod'],
      [onMain(['volumeMounts', 0, 'mountPath'], '/'), 'a writable volume is mounted over the whole root'],
    ],
    keeps: [],
  },
  {
    rule: 'drop-capabilities',
    breaks: [
      [security('capabilities', undefined), 'does not drop all capabilities'],
      [security('capabilities', { drop: ['NET_RAW'] }), 'does not drop all capabilities'],
      [security('capabilities', { drop: ['ALL'], add: ['SYS_ADMIN'] }), 'adds the capability SYS_ADMIN'],
    ],
    keeps: [security('capabilities', { drop: ['all'], add: ['NET_BIND_SERVICE'] })],
  },
  {
    rule: 'resources-set',
    breaks: [
      [onMain(['resources'], undefined), 'has no requests.cpu, requests.memory, limits.cpu, limits.memory'],
      [onMain(['resources', 'limits', 'cpu'], undefined), 'has no limits.cpu'],
    ],
    keeps: [],
  },
  {
    rule: 'requests-within-limits',
    breaks: [
      [onMain(['resources', 'requests', 'memory'], '0.6Gi'), 'request 0.6Gi is above the limit 512Mi'],
      [onMain(['resources', 'requests', 'cpu'], '1001m'), 'request 1001m is above the limit 1'],
      [onMain(['resources', 'limits', 'memory'], 'much'), 'limits.memory is not an amount'],
    ],
    keeps: [onMain(['resources', 'requests', 'cpu'], 1), onMain(['resources', 'requests', 'cpu'], '1000m')],
  },
  {
    rule: 'probes-set',
    breaks: [
      [onMain(['livenessProbe'], undefined), 'has no livenessProbe'],
      [onMain(['readinessProbe'], undefined), 'has no readinessProbe'],
    ],
    keeps: [job('runAsNonRoot: true')],
  },
  {
    rule: 'probe-paths',
    breaks: [
      [onMain(['livenessProbe', 'httpGet', 'path'], 'health'), "the path of livenessProbe is 'health'"],
      [onMain(['readinessProbe', 'httpGet', 'path'], undefined), 'the path of readinessProbe is absent'],
    ],
    keeps: [onMain(['livenessProbe'], { tcpSocket: { port: 'http' } })],
  },
  {
    rule: 'probe-ports',
    breaks: [
      [onMain(['livenessProbe', 'httpGet', 'port'], 8080), 'asks at port 8080; its ports are http (8000)'],
      [onMain(['readinessProbe'], { tcpSocket: { port: 'web' } }), 'asks at port web'],
      [
        onMain(['ports'], []),
        'its ports are none',
        ['service-target-ports', 'network-policy-ports', 'dapr-sidecars'],
      ],
    ],
    keeps: [onMain(['livenessProbe'], { exec: { command: ['true'] } })],
  },
  {
    rule: 'image-tag',
    breaks: [
      [onMain(['image'], 'slipway.local/a:latest'), 'is tagged latest', ['version-label']],
      [onMain(['image'], 'slipway.local/a'), 'has no tag'],
      [onMain(['image'], 'slipway.local/a:main'), "'main' is neither a version nor a sha", ['version-label']],
      [onMain(['image'], undefined), 'names no image'],
    ],
    keeps: [onMain(['image'], `slipway.local/a@sha256:${'0'.repeat(64)}`)],
  },
  {
    rule: 'pull-policy',
    breaks: [
      [onMain(['imagePullPolicy'], 'Always'), 'the pull policy is Always; for this image it has to be Never'],
      [onMain(['imagePullPolicy'], undefined), 'the pull policy is IfNotPresent'],
      [onMain(['image'], 'redis:sha-0123456789ab'), 'it has to be IfNotPresent'],
    ],
    keeps: [],
  },
  {
    rule: 'version-label',
    breaks: [
      [
        withField('Deployment/backend', ['metadata', 'labels', 'app.kubernetes.io/version'], '1.0.0'),
        "the version is '1.0.0', the image is tagged sha-0123456789ab",
      ],
      [withField('Deployment/backend', ['metadata', 'labels'], undefined), 'the version is not declared'],
    ],
    keeps: [],
  },
  {
    rule: 'own-service-account',
    breaks: [
      [onPod(['serviceAccountName'], 'default'), 'the service account is default'],
      [onPod(['serviceAccountName'], undefined), 'the service account is not set, so default'],
    ],
    keeps: [job('runAsNonRoot: true')],
  },
  {
    rule: 'service-account-exists',
    breaks: [[onPod(['serviceAccountName'], 'frontend-sa'), 'there is no service account frontend-sa']],
    keeps: [],
  },
];
