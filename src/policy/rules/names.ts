// Pure: names and ports that Kubernetes accepts.

import { listAt, show, textAt, valueAt, type FieldPath } from '../fields.ts';
import { groupOf, ofKind, type Breach, type PolicyObject, type Rule } from '../policy-set.ts';
import { containersOf, containersOfObject, inContainer } from '../pods.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Names of services become host names, which may not start with a digit. */
const SERVICE = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** https://www.rfc-editor.org/rfc/rfc6335#section-5.1: at least one letter, no two hyphens in a row. */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
/** RBAC knows no names of hosts: what is safe in a path is accepted. */
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

export const resourceNames: Rule = {
  name: 'resource-names',
  title: 'names of objects, containers and ports are names that DNS and Kubernetes accept',
  why: 'The API server refuses others (seed 001, Service, Service Account, Application Component: names must be DNS-compatible; https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).',
  remedy: 'Use lowercase letters, digits and hyphens, at most 63 of them (15 for ports).',
  check: (set) => [
    ...set.objects.flatMap((object): Breach[] =>
      isGoodName(object)
        ? []
        : [{ object, path: ['metadata', 'name'], what: `'${object.name}' is no name for a ${object.kind}` }],
    ),
    ...containersOf(set).flatMap((container): Breach[] => {
      const name = valueAt(container.body, 'name');
      const wrongName = typeof name !== 'string' || !LABEL.test(name);
      return [
        ...(wrongName
          ? [{ ...inContainer(container, 'name'), what: `'${show(name)}' is no name for a container` }]
          : []),
        ...listAt(container.body, 'ports').flatMap((port, index) =>
          portName(inContainer(container, 'ports', index, 'name'), valueAt(port, 'name')),
        ),
      ];
    }),
    ...ofKind(set, 'Service').flatMap((object) =>
      listAt(object.body, 'spec', 'ports').flatMap((port, index) =>
        portName({ object, path: ['spec', 'ports', index, 'name'] }, valueAt(port, 'name')),
      ),
    ),
  ],
};

export const namespaceNames: Rule = {
  name: 'namespace-names',
  title: 'namespaces are named with lowercase letters, digits and hyphens',
  why: 'The name is part of the host names of all services in it (seed 001, Deployment Configuration: namespace must be lowercase alphanumeric and hyphens).',
  remedy: 'Choose another name for the namespace.',
  check: (set) =>
    set.objects.flatMap((object): Breach[] => {
      const [name, path] =
        object.kind === 'Namespace'
          ? [object.name, ['metadata', 'name']]
          : [object.namespace, ['metadata', 'namespace']];
      return name === undefined || LABEL.test(name)
        ? []
        : [{ object, path, what: `'${name}' is no name for a namespace` }];
    }),
};

export const portNumbers: Rule = {
  name: 'port-numbers',
  title: 'ports are whole numbers from 1 to 65535',
  why: 'There are no others (seed 001, Application Component: ports must be 1-65535).',
  remedy: 'Use a number from 1 to 65535, or the name of a port where names are allowed.',
  check: (set) =>
    set.objects.flatMap((object) =>
      portFields(object).flatMap(({ path, value, mayBeName }): Breach[] => {
        if (value === undefined || value === null || isPort(value)) return [];
        if (mayBeName && typeof value === 'string' && PORT_NAME.test(value)) return [];
        return [{ object, path, what: `${String(path.at(-1))} is ${show(value)}` }];
      }),
    ),
};

interface PortField {
  readonly path: FieldPath;
  readonly value: unknown;
  readonly mayBeName: boolean;
}

function portFields(object: PolicyObject): PortField[] {
  const found: PortField[] = [];
  const add = (mayBeName: boolean, ...path: FieldPath): void =>
    void found.push({ path, value: valueAt(object.body, ...path), mayBeName });
  const items = (...path: FieldPath): FieldPath[] =>
    listAt(object.body, ...path).map((_, index) => [...path, index]);
  for (const { path } of containersOfObject(object)) {
    for (const port of items(...path, 'ports')) {
      add(false, ...port, 'containerPort');
      add(false, ...port, 'hostPort');
    }
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      for (const how of ['httpGet', 'tcpSocket', 'grpc']) add(how !== 'grpc', ...path, probe, how, 'port');
  }
  if (object.kind === 'Service') {
    for (const port of items('spec', 'ports')) {
      add(false, ...port, 'port');
      add(true, ...port, 'targetPort');
      add(false, ...port, 'nodePort');
    }
  }
  if (object.kind === 'NetworkPolicy') {
    for (const rule of [...items('spec', 'ingress'), ...items('spec', 'egress')])
      for (const port of items(...rule, 'ports')) {
        add(true, ...port, 'port');
        add(false, ...port, 'endPort');
      }
  }
  if (object.kind === 'Ingress') {
    add(false, 'spec', 'defaultBackend', 'service', 'port', 'number');
    for (const rule of items('spec', 'rules'))
      for (const path of items(...rule, 'http', 'paths'))
        add(false, ...path, 'backend', 'service', 'port', 'number');
  }
  return found;
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

function portName(at: { object: PolicyObject; path: FieldPath }, name: unknown): Breach[] {
  if (name === undefined || (typeof name === 'string' && PORT_NAME.test(name))) return [];
  return [{ ...at, what: `'${show(name)}' is no name for a port` }];
}

function isGoodName(object: PolicyObject): boolean {
  const name = textAt(object.body, 'metadata', 'name');
  if (name === undefined) return false;
  if (groupOf(object) === 'rbac.authorization.k8s.io') return PATH_SEGMENT.test(name);
  if (object.kind === 'Service') return SERVICE.test(name);
  if (object.kind === 'Namespace') return true; // namespace-names looks at it
  return name.length <= 253 && SUBDOMAIN.test(name);
}
