// Pure: how requests from outside find a service.

import { isMap, listAt, show, textAt, valueAt, type FieldPath } from '../fields.ts';
import { findObject, ofKind, type Breach, type PolicyObject, type Rule } from '../policy-set.ts';

const CLASS = 'nginx';
const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

export const ingressClass: Rule = {
  name: 'ingress-class',
  title: `the class of an ingress is ${CLASS}`,
  why: 'No other controller is there to serve it (seed 001, Ingress Route: ingress class must be "nginx").',
  remedy: `Set spec.ingressClassName: ${CLASS}.`,
  check: (set) =>
    ofKind(set, 'Ingress').flatMap((object): Breach[] => {
      const found = valueAt(object.body, 'spec', 'ingressClassName');
      return found === CLASS
        ? []
        : [{ object, path: ['spec', 'ingressClassName'], what: `the class is ${show(found)}` }];
    }),
};

export const ingressBackend: Rule = {
  name: 'ingress-backend',
  title: 'an ingress leads to a service of its namespace, and to a port of it',
  why: 'Otherwise the controller answers 503 (seed 001, Ingress Route: backend service must exist in same namespace).',
  remedy: 'Name a service of the same namespace and one of its ports.',
  check: (set) =>
    ofKind(set, 'Ingress').flatMap((object) =>
      backendsOf(object).flatMap((path): Breach[] => {
        const at = [...path, 'service'];
        const name = textAt(object.body, ...at, 'name');
        const service = findObject(set, 'Service', name, object.namespace);
        if (service === undefined) {
          const what = `there is no service ${show(name)} in namespace ${show(object.namespace)}`;
          return [{ object, path: [...at, 'name'], what }];
        }
        const number = valueAt(object.body, ...at, 'port', 'number');
        const wanted = number ?? valueAt(object.body, ...at, 'port', 'name');
        const ports = listAt(service.body, 'spec', 'ports');
        const isThere = ports.some(
          (port) => wanted !== undefined && [valueAt(port, 'port'), valueAt(port, 'name')].includes(wanted),
        );
        if (isThere) return [];
        const there = ports.map((port) => show(valueAt(port, 'port'))).join(', ') || 'none';
        return [
          {
            object,
            path: [...at, 'port', number === undefined ? 'name' : 'number'],
            what: `service ${service.name} has no port ${show(wanted)}; it has ${there}`,
          },
        ];
      }),
    ),
};

export const ingressHosts: Rule = {
  name: 'ingress-hosts',
  title: 'the hosts of an ingress are host names, and the config lists them',
  why: 'A browser has to find them through the hosts file, for which the config names them (seed 001, Ingress Route: host must be resolvable, Deployment Configuration: domain must be valid hostname format).',
  remedy: 'Correct the host, or add it to `hosts` of the environment in the config.',
  check: (set) =>
    ofKind(set, 'Ingress').flatMap((object) =>
      hostsOf(object).flatMap(({ path, host }): Breach[] => {
        if (typeof host !== 'string' || host.length > 253 || !HOST.test(host))
          return [{ object, path, what: `the host is ${show(host)}` }];
        if (
          path[1] === 'tls' &&
          !hostsOf(object).some((other) => other.path[1] === 'rules' && other.host === host)
        )
          return [{ object, path, what: `no rule of the ingress serves ${host}` }];
        // An environment without hosts says nothing about them.
        return set.hosts.length === 0 || set.hosts.includes(host)
          ? []
          : [{ object, path, what: `the config's hosts are ${set.hosts.join(', ')}, not ${host}` }];
      }),
    ),
};

export const ingressPaths: Rule = {
  name: 'ingress-paths',
  title: 'the paths of an ingress start with / and say how they are matched',
  why: 'The API server refuses others (seed 001, Ingress Route: path must be valid URL pattern; https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types).',
  remedy: 'Write the path with a leading slash and pathType: Prefix or Exact.',
  check: (set) =>
    ofKind(set, 'Ingress').flatMap((object) =>
      pathsOf(object).flatMap((path): Breach[] => {
        const url = valueAt(object.body, ...path, 'path');
        const type = valueAt(object.body, ...path, 'pathType');
        const isKnown = ['Prefix', 'Exact', 'ImplementationSpecific'].includes(type as string);
        return [
          ...(typeof url === 'string' && /^\/\S*$/.test(url)
            ? []
            : [{ object, path: [...path, 'path'], what: `the path is ${show(url)}` }]),
          ...(isKnown ? [] : [{ object, path: [...path, 'pathType'], what: `pathType is ${show(type)}` }]),
        ];
      }),
    ),
};

function pathsOf({ body }: PolicyObject): FieldPath[] {
  return listAt(body, 'spec', 'rules').flatMap((rule, index) =>
    listAt(rule, 'http', 'paths').map((_, at) => ['spec', 'rules', index, 'http', 'paths', at]),
  );
}

function backendsOf(object: PolicyObject): FieldPath[] {
  const paths = [['spec', 'defaultBackend'], ...pathsOf(object).map((path) => [...path, 'backend'])];
  // A backend may also be a resource of some other kind, which is the controller's affair.
  return paths.filter(
    (path) => isMap(valueAt(object.body, ...path)) && valueAt(object.body, ...path, 'resource') === undefined,
  );
}

function hostsOf({ body }: PolicyObject): { path: FieldPath; host: unknown }[] {
  return [
    ...listAt(body, 'spec', 'rules').map((rule, index) => ({
      path: ['spec', 'rules', index, 'host'],
      host: valueAt(rule, 'host'),
    })),
    ...listAt(body, 'spec', 'tls').flatMap((tls, index) =>
      listAt(tls, 'hosts').map((host, at) => ({ path: ['spec', 'tls', index, 'hosts', at], host })),
    ),
  ];
}
