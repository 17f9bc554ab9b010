// Pure: who pods are to the API of the cluster, and what they may do there.

import { listAt, show, textAt, textsAt, valueAt } from '../fields.ts';
import {
  describeObject,
  findObject,
  groupOf,
  ofKind,
  type Breach,
  type PolicyObject,
  type PolicySet,
  type Rule,
} from '../policy-set.ts';
import { podsOf } from '../pods.ts';

const RBAC = 'rbac.authorization.k8s.io';
const SENSITIVE = new Set(['bind', 'escalate', 'impersonate']);

export const ownServiceAccount: Rule = {
  name: 'own-service-account',
  title: 'every component has a service account of its own, never default',
  why: 'Rights given to one component would be those of all that share its account (seed 001, Service Account: one service account per component, never use "default").',
  remedy: 'Set serviceAccountName to an account that only this component uses.',
  check: (set) => {
    const users = new Map<string, PolicyObject>();
    return podsOf(set).flatMap(({ object, path, spec }): Breach[] => {
      const account = textAt(spec, 'serviceAccountName');
      const at = { object, path: [...path, 'serviceAccountName'] };
      if (account === undefined || account === '' || account === 'default')
        return [{ ...at, what: `the service account is ${account || 'not set, so default'}` }];
      const key = `${object.namespace}/${account}`;
      const other = users.get(key);
      // Jobs of a release may work in the name of its component.
      if (other === undefined || other.release === object.release) {
        users.set(key, object);
        return [];
      }
      return [{ ...at, what: `shares the service account ${account} with ${describeObject(other)}` }];
    });
  },
};

export const serviceAccountExists: Rule = {
  name: 'service-account-exists',
  title: 'the service account of a pod is among what is installed',
  why: 'Pods are refused until their account is there (seed 001, Service Account: must exist before pod creation).',
  remedy: 'Add the ServiceAccount to a chart of the environment, in the namespace of the pod.',
  check: (set) =>
    podsOf(set).flatMap(({ object, path, spec }): Breach[] => {
      const account = textAt(spec, 'serviceAccountName') ?? '';
      if (account === '' || account === 'default') return [];
      return findObject(set, 'ServiceAccount', account, object.namespace)
        ? []
        : [
            {
              object,
              path: [...path, 'serviceAccountName'],
              what: `there is no service account ${account} in namespace ${show(object.namespace)}`,
            },
          ];
    }),
};

export const noWildcards: Rule = {
  name: 'no-wildcards',
  title: 'roles name what they allow, without *',
  why: 'A * also allows what is added later (seed 001, Role: no wildcard permissions except where absolutely necessary).',
  remedy: 'List API groups, resources and verbs. A wildcard that is necessary is waived with its reason.',
  check: (set) =>
    eachRoleRule(set, (object, index) =>
      ['apiGroups', 'resources', 'verbs', 'nonResourceURLs'].flatMap((field): Breach[] =>
        textsAt(object.body, 'rules', index, field).some((text) => text.includes('*'))
          ? [{ object, path: ['rules', index, field], what: `${field} has a *` }]
          : [],
      ),
    ),
};

export const noSensitiveVerbs: Rule = {
  name: 'no-sensitive-verbs',
  title: 'roles allow none of bind, escalate and impersonate',
  why: 'Who may do these can give themselves every right (seed 001, Role; https://kubernetes.io/docs/concepts/security/rbac-good-practices/).',
  remedy: 'Take the verb out.',
  check: (set) =>
    eachRoleRule(set, (object, index) =>
      textsAt(object.body, 'rules', index, 'verbs')
        .filter((verb) => SENSITIVE.has(verb.toLowerCase()))
        .map((verb) => ({ object, path: ['rules', index, 'verbs'], what: `allows ${verb}` })),
    ),
};

export const namespaceScope: Rule = {
  name: 'namespace-scope',
  title: 'applications have rights in their namespace only',
  why: 'An application that is taken over then cannot reach others (seed 001, Role: namespace-scoped only, no ClusterRole for applications).',
  remedy: 'Use Role and RoleBinding.',
  check: (set) =>
    set.objects
      .filter((object) => object.release.origin === 'application' && groupOf(object) === RBAC)
      .flatMap((object): Breach[] => {
        if (object.kind.startsWith('Cluster'))
          return [{ object, path: ['kind'], what: `is a ${object.kind}` }];
        const namespace = object.namespace ?? '';
        if (namespace !== object.release.namespace)
          return [
            { object, path: ['metadata', 'namespace'], what: `gives rights in namespace ${namespace}` },
          ];
        return textAt(object.body, 'roleRef', 'kind') === 'ClusterRole'
          ? [{ object, path: ['roleRef', 'kind'], what: 'binds a ClusterRole' }]
          : [];
      }),
};

export const bindingTargets: Rule = {
  name: 'binding-targets',
  title: 'a role binding names a role and service accounts that are there',
  why: 'Otherwise it gives nobody anything, and nothing says so (seed 001, Role & RoleBinding: roleRef references a Role).',
  remedy: 'Correct the name, or add the role or the account.',
  check: (set) =>
    ofKind(set, 'RoleBinding', 'ClusterRoleBinding').flatMap((object): Breach[] => {
      if (object.release.origin === 'third-party') return [];
      const kind = textAt(object.body, 'roleRef', 'kind') ?? '';
      const role = textAt(object.body, 'roleRef', 'name');
      const scope = kind === 'ClusterRole' ? undefined : object.namespace;
      const isBuiltIn = kind === 'ClusterRole' && !set.objects.some((other) => other.name === role);
      return [
        ...(isBuiltIn || findObject(set, kind, role, scope)
          ? []
          : [{ object, path: ['roleRef', 'name'], what: `there is no ${kind} ${show(role)}` }]),
        ...listAt(object.body, 'subjects').flatMap((subject, index): Breach[] => {
          if (valueAt(subject, 'kind') !== 'ServiceAccount') return [];
          const name = textAt(subject, 'name');
          const namespace = textAt(subject, 'namespace') ?? object.namespace;
          return findObject(set, 'ServiceAccount', name, namespace)
            ? []
            : [
                {
                  object,
                  path: ['subjects', index, 'name'],
                  what: `there is no service account ${show(namespace)}/${show(name)}`,
                },
              ];
        }),
      ];
    }),
};

function eachRoleRule(set: PolicySet, check: (object: PolicyObject, index: number) => Breach[]): Breach[] {
  return ofKind(set, 'Role', 'ClusterRole').flatMap((object) =>
    listAt(object.body, 'rules').flatMap((_, index) => check(object, index)),
  );
}
