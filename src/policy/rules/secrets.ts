// Pure: Secrets: their keys, their types, and that charts hold none.

import { entriesAt, labelsAt, listAt, textAt, valueAt, type FieldPath } from '../fields.ts';
import {
  findObject,
  ofKind,
  type Breach,
  type PolicyObject,
  type PolicySet,
  type Rule,
} from '../policy-set.ts';
import { containersOf, inContainer, podsOf } from '../pods.ts';

const KEY = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Types of Kubernetes itself, with the keys that they must have. https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const builtIn: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/basic-auth': [],
  'kubernetes.io/service-account-token': [],
};
const FIELDS = ['data', 'stringData'] as const;

export const secretKeyNames: Rule = {
  name: 'secret-key-names',
  title: 'keys of Secrets are lowercase words with hyphens',
  why: 'They are then the same everywhere: file names, references, the config (seed 001, Kubernetes Secret: keys must be lowercase with hyphens).',
  remedy: 'Rename the key: database-url.',
  check: (set) => [
    ...ofKind(set, 'Secret')
      .filter(({ body }) => !Object.hasOwn(builtIn, textAt(body, 'type') ?? ''))
      .flatMap((object) =>
        keysOf(object)
          .filter(({ key }) => !KEY.test(key))
          .map(({ field, key }) => ({ object, path: [field, key], what: `the key is ${key}` })),
      ),
    ...references(set).flatMap(({ object, path, secret, key }): Breach[] =>
      KEY.test(key) || isBuiltIn(set, secret, object) || key.startsWith('tls.') || key === 'ca.crt'
        ? []
        : [{ object, path, what: `the key is ${key}` }],
    ),
  ],
};

export const secretKeysKnown: Rule = {
  name: 'secret-keys-known',
  title: 'a key that a pod asks of a Secret of the environment is one that the config declares',
  why: 'Otherwise the pod never starts (seed 001, Helm Release: all required values must be provided).',
  remedy: 'Add the key to `secrets` in the config, or mark the reference optional.',
  check: (set) =>
    references(set).flatMap(({ object, path, secret, key, isOptional }): Breach[] => {
      const known = set.secrets.find(
        (candidate) => candidate.name === secret && candidate.namespace === object.namespace,
      );
      return isOptional || known === undefined || known.keys.includes(key)
        ? []
        : [{ object, path, what: `${secret} has no key ${key}; it has ${known.keys.join(', ')}` }];
    }),
};

export const secretType: Rule = {
  name: 'secret-type',
  title: 'the type of a Secret fits what is in it and what it is used for',
  why: 'The API server refuses a typed Secret without its keys; a certificate in an Opaque one is not found by who looks for it (seed 001, Kubernetes Secret: type must match usage).',
  remedy:
    'Use kubernetes.io/tls for certificates, kubernetes.io/dockerconfigjson for registries, else Opaque.',
  check: (set) => [
    ...ofKind(set, 'Secret').flatMap((object): Breach[] => {
      const type = textAt(object.body, 'type') ?? 'Opaque';
      const keys = keysOf(object).map(({ key }) => key);
      const missing = Object.hasOwn(builtIn, type) ? builtIn[type]!.filter((key) => !keys.includes(key)) : [];
      if (missing.length > 0)
        return [{ object, path: ['type'], what: `is ${type} without ${missing.join(' and ')}` }];
      const better = Object.keys(builtIn).find(
        (name) => builtIn[name]!.length > 0 && builtIn[name]!.every((key) => keys.includes(key)),
      );
      return type === 'Opaque' && better !== undefined
        ? [{ object, path: ['type'], what: `is Opaque and holds what ${better} is for` }]
        : [];
    }),
    ...uses(set).flatMap(({ object, path, secret, type }): Breach[] => {
      const found = findObject(set, 'Secret', secret, object.namespace);
      const declared = set.secrets.find(
        ({ name, namespace }) => name === secret && namespace === object.namespace,
      );
      // What is neither here nor declared is made in the cluster, as certificates are.
      const actual = found ? (textAt(found.body, 'type') ?? 'Opaque') : (declared?.type ?? type);
      return actual === type ? [] : [{ object, path, what: `${secret} is ${actual}, it has to be ${type}` }];
    }),
  ],
};

export const secretEncoding: Rule = {
  name: 'secret-encoding',
  title: 'values in the field data of a Secret are base64',
  why: 'The API server refuses others (seed 001, Kubernetes Secret: values must be base64-encoded in `data` field).',
  remedy: 'Encode the value, or write it into stringData.',
  check: (set) =>
    ofKind(set, 'Secret').flatMap((object) =>
      entriesAt(object.body, 'data')
        .filter(([, value]) => value !== null && !(typeof value === 'string' && BASE64.test(value)))
        .map(([key]) => ({ object, path: ['data', key], what: `the value of ${key} is not base64` })),
    ),
};

export const noSecretInChart: Rule = {
  name: 'no-secret-in-chart',
  title: "charts of ours hold no Secret's values",
  why: 'Charts and values are in git, and helm keeps them in the cluster a second time (seed 001, Kubernetes Secret: never commit to Git; seed 002, Security Rules).',
  remedy: 'Declare the Secret under `secrets` in the config: Slipway makes it before the releases.',
  check: (set) =>
    ofKind(set, 'Secret')
      .filter(({ release }) => release.origin === 'application')
      .flatMap((object) =>
        FIELDS.flatMap((field) =>
          [...labelsAt(object.body, field)]
            .filter(([, value]) => value !== '')
            .map(([key]) => ({ object, path: [field, key], what: `holds a value for ${key}` })),
        ),
      ),
};

interface Reference {
  readonly object: PolicyObject;
  readonly path: FieldPath;
  readonly secret: string;
  readonly key: string;
  readonly isOptional: boolean;
}

/** Keys that pods and Dapr components ask of Secrets. */
function references(set: PolicySet): Reference[] {
  const found: Reference[] = [];
  const add = (
    object: PolicyObject,
    path: FieldPath,
    secret: unknown,
    key: unknown,
    optional: unknown,
  ): void => {
    if (typeof secret === 'string' && typeof key === 'string')
      found.push({ object, path, secret, key, isOptional: optional === true });
  };
  for (const container of containersOf(set)) {
    listAt(container.body, 'env').forEach((variable, index) => {
      const source = valueAt(variable, 'valueFrom', 'secretKeyRef');
      const at = inContainer(container, 'env', index, 'valueFrom', 'secretKeyRef', 'key');
      const { name, key, optional } = fields(source);
      add(at.object, at.path, name, key, optional);
    });
  }
  for (const { object, path, spec } of podsOf(set)) {
    listAt(spec, 'volumes').forEach((volume, index) => {
      const secret = valueAt(volume, 'secret', 'secretName');
      listAt(volume, 'secret', 'items').forEach((item, at) => {
        const place = [...path, 'volumes', index, 'secret', 'items', at, 'key'];
        add(object, place, secret, valueAt(item, 'key'), valueAt(volume, 'secret', 'optional'));
      });
    });
  }
  for (const object of ofKind(set, 'Component')) {
    listAt(object.body, 'spec', 'metadata').forEach((item, index) => {
      const { name, key } = fields(valueAt(item, 'secretKeyRef'));
      add(object, ['spec', 'metadata', index, 'secretKeyRef', 'key'], name, key, false);
    });
  }
  return found;
}

function fields(source: unknown): { name: unknown; key: unknown; optional: unknown } {
  return {
    name: valueAt(source, 'name'),
    key: valueAt(source, 'key'),
    optional: valueAt(source, 'optional'),
  };
}

/** Where a Secret of a certain type is asked for. */
function uses(set: PolicySet): { object: PolicyObject; path: FieldPath; secret: string; type: string }[] {
  const tls = ofKind(set, 'Ingress').flatMap((object) =>
    listAt(object.body, 'spec', 'tls').flatMap((entry, index) => {
      const secret = textAt(entry, 'secretName');
      const path = ['spec', 'tls', index, 'secretName'];
      return secret === undefined ? [] : [{ object, path, secret, type: 'kubernetes.io/tls' }];
    }),
  );
  const pulls = podsOf(set).flatMap(({ object, path, spec }) =>
    listAt(spec, 'imagePullSecrets').flatMap((entry, index) => {
      const secret = textAt(entry, 'name');
      const at = [...path, 'imagePullSecrets', index, 'name'];
      return secret === undefined
        ? []
        : [{ object, path: at, secret, type: 'kubernetes.io/dockerconfigjson' }];
    }),
  );
  return [...tls, ...pulls];
}

function isBuiltIn(set: PolicySet, secret: string, user: PolicyObject): boolean {
  const found = findObject(set, 'Secret', secret, user.namespace);
  return found !== undefined && Object.hasOwn(builtIn, textAt(found.body, 'type') ?? '');
}

function keysOf({ body }: PolicyObject): { field: string; key: string }[] {
  return FIELDS.flatMap((field) => entriesAt(body, field).map(([key]) => ({ field, key })));
}
