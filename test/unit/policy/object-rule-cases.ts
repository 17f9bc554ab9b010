// What breaks and what keeps the rules about workloads, services, ingresses and rights.

import type { RuleCase } from './rule-case.ts';
import {
  soundEnvironment,
  withField,
  withObjects,
  withoutObjects,
  withRelease,
} from './sound-environment.ts';

const deployment = (path: readonly (string | number)[], value: unknown) =>
  withField('Deployment/backend', path, value);
const service = (path: readonly (string | number)[], value: unknown) =>
  withField('Service/backend-svc', ['spec', ...path], value);
const ingress = (path: readonly (string | number)[], value: unknown) =>
  withField('Ingress/todo-ingress', ['spec', ...path], value);
const PATH = ['rules', 0, 'http', 'paths', 0];
const role = (field: string, value: unknown) => withField('Role/backend-role', ['rules', 0, field], value);

export const objectRuleCases: readonly RuleCase[] = [
  {
    rule: 'resource-names',
    breaks: [
      [
        withField('ConfigMap/backend-config', ['metadata', 'name'], 'Backend_Config'),
        "'Backend_Config' is no name",
      ],
      [
        withObjects(
          '{apiVersion: v1, kind: Service, metadata: {name: 1-svc, namespace: todo}, spec: {selector: {app.kubernetes.io/name: backend}, ports: [{port: 8000}]}}',
        ),
        "'1-svc' is no name for a Service",
      ],
      [
        deployment(['spec', 'template', 'spec', 'containers', 0, 'name'], 'Back end'),
        "'Back end' is no name for a container",
      ],
      [service(['ports', 0, 'name'], 'a-name-much-too-long'), 'is no name for a port'],
    ],
    keeps: [withObjects('{apiVersion: v1, kind: ConfigMap, metadata: {name: a.b-c, namespace: todo}}')],
  },
  {
    rule: 'namespace-names',
    breaks: [
      [
        withObjects('{apiVersion: v1, kind: Namespace, metadata: {name: To_Do}}'),
        "'To_Do' is no name for a namespace",
      ],
      [
        withObjects('{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: to.do}}'),
        "'to.do' is no name for a namespace",
      ],
    ],
    keeps: [withObjects('{apiVersion: v1, kind: Namespace, metadata: {name: to-do-2}}')],
  },
  {
    rule: 'port-numbers',
    breaks: [
      [service(['ports', 0, 'port'], 65536), 'port is 65536', ['ingress-backend']],
      [service(['ports', 0, 'nodePort'], 0), 'nodePort is 0'],
      [
        deployment(['spec', 'template', 'spec', 'containers', 0, 'ports', 0, 'hostPort'], '80'),
        'hostPort is 80',
      ],
    ],
    keeps: [service(['ports', 0, 'targetPort'], 8000)],
  },
  {
    rule: 'workload-selector',
    breaks: [
      [
        deployment(['spec', 'selector', 'matchLabels', 'app.kubernetes.io/name'], 'frontend'),
        'selects app.kubernetes.io/name=frontend; its pods have app.kubernetes.io/name=backend',
      ],
      [deployment(['spec', 'selector'], {}), 'selects by no label'],
    ],
    keeps: [],
  },
  {
    rule: 'replica-count',
    breaks: [[deployment(['spec', 'replicas'], 0), 'replicas is 0']],
    keeps: [deployment(['spec', 'replicas'], undefined)],
  },
  {
    rule: 'rolling-update',
    breaks: [
      [deployment(['spec', 'strategy'], { type: 'Recreate' }), 'the strategy is Recreate'],
      [deployment(['spec', 'strategy'], undefined), 'maxUnavailable is 25%, the default'],
    ],
    keeps: [deployment(['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], '0%')],
  },
  {
    rule: 'scaling-bounds',
    breaks: [
      [
        withField('HorizontalPodAutoscaler/backend', ['spec', 'minReplicas'], 4),
        'minReplicas is 4, maxReplicas 3',
      ],
      [
        withField('HorizontalPodAutoscaler/backend', ['spec', 'scaleTargetRef', 'name'], 'gone'),
        'there is no Deployment gone',
      ],
    ],
    keeps: [],
  },
  {
    rule: 'chart-version',
    breaks: [
      [withRelease({ chart: { version: '1.0' } }), 'the version is 1.0'],
      [withRelease({ chart: null }), 'the version is absent'],
    ],
    keeps: [withRelease({ chart: { version: '0.1.0-rc.1+build.5' } })],
  },
  {
    rule: 'service-ports',
    breaks: [[service(['ports'], []), 'has no port', ['ingress-backend']]],
    keeps: [
      withObjects(
        '{apiVersion: v1, kind: Service, metadata: {name: out, namespace: todo}, spec: {type: ExternalName, externalName: example.org}}',
      ),
    ],
  },
  {
    rule: 'service-selector',
    breaks: [
      [
        service(['selector', 'app.kubernetes.io/name'], 'backends'),
        'no pod has app.kubernetes.io/name=backends; its release has pods with app.kubernetes.io/name=backend',
      ],
      [service(['selector'], undefined), 'selects by no label'],
    ],
    keeps: [],
  },
  {
    rule: 'service-target-ports',
    breaks: [
      [service(['ports', 0, 'targetPort'], 'web'), 'leads to port web; Deployment backend has http (8000)'],
      [service(['ports', 0, 'targetPort'], undefined), 'leads to port 80'],
    ],
    keeps: [service(['ports', 0, 'targetPort'], 8000)],
  },
  {
    rule: 'ingress-class',
    breaks: [
      [ingress(['ingressClassName'], 'traefik'), 'the class is traefik'],
      [ingress(['ingressClassName'], undefined), 'the class is absent'],
    ],
    keeps: [],
  },
  {
    rule: 'ingress-backend',
    breaks: [
      [ingress([...PATH, 'backend', 'service', 'name'], 'api'), 'there is no service api in namespace todo'],
      [
        ingress([...PATH, 'backend', 'service', 'port', 'number'], 8000),
        'backend-svc has no port 8000; it has 80',
      ],
      [
        withField('Service/backend-svc', ['metadata', 'namespace'], 'other'),
        'there is no service backend-svc in namespace todo',
        ['service-selector'],
      ],
    ],
    keeps: [ingress([...PATH, 'backend', 'service', 'port'], { name: 'http' })],
  },
  {
    rule: 'ingress-hosts',
    breaks: [
      [ingress(['rules', 0, 'host'], 'todo_local'), 'the host is todo_local'],
      [ingress(['rules', 0, 'host'], undefined), 'the host is absent'],
      [ingress(['rules', 0, 'host'], 'shop.local'), "the config's hosts are todo.local, not shop.local"],
      [ingress(['tls', 0, 'hosts', 0], 'www.todo.local'), 'no rule of the ingress serves www.todo.local'],
    ],
    keeps: [{ ...soundEnvironment(), hosts: [] }],
  },
  {
    rule: 'ingress-paths',
    breaks: [
      [ingress([...PATH, 'path'], 'api'), 'the path is api'],
      [ingress([...PATH, 'pathType'], undefined), 'pathType is absent'],
    ],
    keeps: [],
  },
  {
    rule: 'no-wildcards',
    breaks: [
      [role('verbs', ['*']), 'verbs has a *'],
      [role('resources', ['pods/*']), 'resources has a *'],
    ],
    keeps: [],
  },
  {
    rule: 'no-sensitive-verbs',
    breaks: ['bind', 'escalate', 'impersonate'].map((verb) => [
      role('verbs', ['get', verb]),
      `allows ${verb}`,
    ]),
    keeps: [role('verbs', ['get', 'list', 'watch'])],
  },
  {
    rule: 'namespace-scope',
    breaks: [
      [
        withObjects('{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all}}'),
        'is a ClusterRole',
      ],
      [
        withField('RoleBinding/backend-rolebinding', ['roleRef'], { kind: 'ClusterRole', name: 'view' }),
        'binds a ClusterRole',
      ],
      [
        withObjects(
          '{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: far, namespace: kube-system}}',
        ),
        'gives rights in namespace kube-system',
      ],
    ],
    keeps: [],
  },
  {
    rule: 'binding-targets',
    breaks: [
      [withoutObjects('Role/backend-role'), 'there is no Role backend-role'],
      [
        withField('RoleBinding/backend-rolebinding', ['subjects', 0, 'name'], 'nobody-sa'),
        'there is no service account todo/nobody-sa',
      ],
    ],
    keeps: [],
  },
  {
    rule: 'network-deny-all',
    breaks: [
      [withoutObjects('NetworkPolicy/deny-all'), 'no policy of namespace todo denies all Ingress and Egress'],
      [
        withField('NetworkPolicy/deny-all', ['spec', 'policyTypes'], ['Ingress']),
        'no policy of namespace todo denies all Egress',
      ],
      [withField('NetworkPolicy/deny-all', ['spec', 'ingress'], [{}]), 'Ingress', ['network-policy-reason']],
    ],
    keeps: [],
  },
];
