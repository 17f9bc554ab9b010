// An environment that keeps every rule, with one of each thing that rules look at; tests break it place by place.

import { parseAllDocuments } from 'yaml';
import { textAt, valueAt, type FieldPath } from '../../../src/policy/fields.ts';
import type { PolicyObject, PolicyRelease, PolicySet } from '../../../src/policy/policy-set.ts';

const backend: PolicyRelease = {
  name: 'backend',
  namespace: 'todo',
  origin: 'application',
  chartPath: 'charts/backend',
  chart: { apiVersion: 'v2', name: 'backend', version: '1.0.0' },
  defaults: { image: { reference: '' }, secretEnv: {} },
  values: { port: 8000, secretEnv: { DATABASE_URL: { secret: 'todo-secrets', key: 'database-url' } } },
};
/** An addon: it may have rights in the whole cluster. */
const controller: PolicyRelease = {
  ...backend,
  name: 'ingress-nginx',
  namespace: 'ingress-nginx',
  origin: 'third-party',
  chartPath: 'charts/addons/ingress-nginx',
};

const IMAGE = 'slipway.local/slipway-todo/backend:sha-0123456789ab';

const ours = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
  namespace: todo
  labels: {app.kubernetes.io/name: backend, app.kubernetes.io/version: sha-0123456789ab}
spec:
  replicas: 1
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app.kubernetes.io/name: backend}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: backend}
      annotations:
        dapr.io/enabled: 'true'
        dapr.io/app-id: backend
        dapr.io/app-port: '8000'
        dapr.io/config: dapr-config
    spec:
      serviceAccountName: backend-sa
      securityContext: {runAsNonRoot: true, runAsUser: 1000}
      containers:
        - name: backend
          image: ${IMAGE}
          imagePullPolicy: Never
          args: [--log-level=info]
          ports: [{name: http, containerPort: 8000}]
          env:
            - {name: PORT, value: '8000'}
            - {name: DATABASE_PASSWORD_FILE, value: /etc/database/password}
            - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: todo-secrets, key: database-url}}}
          livenessProbe: {httpGet: {path: /health, port: http}}
          readinessProbe: {httpGet: {path: /ready, port: 8000}}
          resources:
            requests: {cpu: 25m, memory: 96Mi}
            limits: {cpu: '1', memory: 512Mi}
          securityContext:
            allowPrivilegeEscalation: false
            privileged: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: backend-svc, namespace: todo}
spec:
  selector: {app.kubernetes.io/name: backend}
  ports: [{name: http, port: 80, targetPort: http}]
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: backend-sa, namespace: todo}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: backend-role, namespace: todo}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: backend-rolebinding, namespace: todo}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: backend-role}
subjects: [{kind: ServiceAccount, name: backend-sa}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: todo-ingress, namespace: todo}
spec:
  ingressClassName: nginx
  tls: [{hosts: [todo.local], secretName: todo-tls}]
  rules:
    - host: todo.local
      http:
        paths:
          - {path: /api/, pathType: Prefix, backend: {service: {name: backend-svc, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: todo}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ingress-to-backend, namespace: todo, annotations: {slipway.dev/reason: Pages call the API}}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: backend}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]
      ports: [{port: 8000}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: backend-to-itself, namespace: todo, annotations: {slipway.dev/reason: Replicas ask each other}}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: backend}}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app.kubernetes.io/name: backend}}}]
      ports: [{port: http}, {port: 50002}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: backend, namespace: todo}
spec: {minReplicas: 1, maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: backend}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: backend-config, namespace: todo}
data: {LOG_LEVEL: info, TOKEN_TTL: 24h}
---
apiVersion: v1
kind: Secret
metadata: {name: later, namespace: todo}
data: {api-key: ''}
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: pubsub, namespace: todo}
spec:
  type: pubsub.redis
  version: v1
  metadata:
    - {name: redisHost, value: 'redis:6379'}
    - {name: redisPassword, secretKeyRef: {name: todo-secrets, key: redis-password}}
scopes: [backend]
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: dapr-config, namespace: todo}
spec: {mtls: {enabled: true, workloadCertTTL: 24h, allowedClockSkew: 15m}}
`;

const theirs = `
apiVersion: v1
kind: Secret
metadata: {name: webhook-tls, namespace: ingress-nginx}
type: kubernetes.io/tls
data: {tls.crt: YQ==, tls.key: Yg==}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ingress-nginx}
rules: [{apiGroups: [''], resources: [nodes], verbs: [list]}]
`;

/** A new one at each call, so that it may be changed. */
export function soundEnvironment(): PolicySet {
  return {
    environment: 'todo',
    releases: [structuredClone(backend), structuredClone(controller)],
    objects: [...readObjects(ours, backend), ...readObjects(theirs, controller)],
    secrets: [
      { name: 'todo-secrets', namespace: 'todo', type: 'Opaque', keys: ['database-url', 'redis-password'] },
    ],
    namespaces: ['todo', 'ingress-nginx'],
    loadedImages: new Set([IMAGE]),
    hosts: ['todo.local'],
  };
}

/** The objects of some YAML, as of the release (the backend's). */
export function readObjects(text: string, release: PolicyRelease = backend): PolicyObject[] {
  return parseAllDocuments(text).map((document) => makeObject(document.toJS(), release));
}

function makeObject(body: unknown, release: PolicyRelease): PolicyObject {
  return {
    release,
    kind: textAt(body, 'kind') ?? '',
    name: textAt(body, 'metadata', 'name') ?? '',
    namespace: textAt(body, 'metadata', 'namespace'),
    body,
    template: 'templates/all.yaml',
  };
}

/** The environment with one field of one object ('Deployment/backend') changed; undefined takes it out. */
export function withField(resource: string, path: FieldPath, value: unknown): PolicySet {
  const set = soundEnvironment();
  const objects = set.objects.map((object) => {
    if (`${object.kind}/${object.name}` !== resource) return object;
    const body = structuredClone(object.body);
    const parent = valueAt(body, ...path.slice(0, -1)) as Record<string | number, unknown> | undefined;
    if (parent === undefined) throw new Error(`${resource} has no ${path.join('.')}`);
    if (value === undefined) delete parent[path.at(-1)!];
    else parent[path.at(-1)!] = value;
    return makeObject(body, object.release);
  });
  return { ...set, objects };
}

/** The environment with further objects. */
export function withObjects(text: string): PolicySet {
  const set = soundEnvironment();
  return { ...set, objects: [...set.objects, ...readObjects(text)] };
}

/** The environment without some of its objects. */
export function withoutObjects(...resources: readonly string[]): PolicySet {
  const set = soundEnvironment();
  return { ...set, objects: set.objects.filter(({ kind, name }) => !resources.includes(`${kind}/${name}`)) };
}

/** The environment with the backend's release changed. */
export function withRelease(changes: Partial<PolicyRelease>): PolicySet {
  const set = soundEnvironment();
  return { ...set, releases: [{ ...backend, ...changes }, controller] };
}
