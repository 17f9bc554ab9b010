// Pure: that the pods, namespaces and ports which network policies name are there.

import { isMap, listAt, numberAt, show, valueAt, type FieldPath } from '../fields.ts';
import { ofKind, type Breach, type PolicyObject, type PolicySet, type Rule } from '../policy-set.ts';
import { hasPort, listPorts, podsOf, portsOfPod, type ContainerPort, type Pod } from '../pods.ts';
import { selectNamespaces, selectPods, showSelector } from '../selectors.ts';

export const networkPolicyPods: Rule = {
  name: 'network-policy-pods',
  title: 'a network policy is for pods that are there, and between pods that are there',
  why: 'A policy with a slip in its labels protects and allows nothing, and nothing says so (seed 001, Network Policy: applies to pods via label selector).',
  remedy: 'Write the labels of the pod template into the selector.',
  check: (set) =>
    ofKind(set, 'NetworkPolicy').flatMap((object): Breach[] => {
      const selector = valueAt(object.body, 'spec', 'podSelector');
      const isForNone = selectPods(set, selector, object.namespace).length === 0;
      const own = isForNone
        ? [{ object, path: ['spec', 'podSelector'], what: `is for no pod: ${showSelector(selector)}` }]
        : [];
      return [
        ...own,
        ...peersOf(object).flatMap(({ path, body }): Breach[] => {
          if (!isMap(valueAt(body, 'podSelector'))) return [];
          // What runs in a namespace that nothing here is installed into is not known.
          const known = namespacesOf(set, object, body).filter((name) => hasPods(set, name));
          const isAll = known.length > 0 && known.length === namespacesOf(set, object, body).length;
          const chosen = valueAt(body, 'podSelector');
          return isAll && known.every((name) => selectPods(set, chosen, name).length === 0)
            ? [
                {
                  object,
                  path: [...path, 'podSelector'],
                  what: `no pod in ${known.join(', ')} has ${showSelector(chosen)}`,
                },
              ]
            : [];
        }),
      ];
    }),
};

export const networkPolicyNamespaces: Rule = {
  name: 'network-policy-namespaces',
  title: 'namespace selectors mean namespaces that are there',
  why: 'A selector that means none allows nothing (seed 001, Network Policy: namespace selectors must reference valid namespaces).',
  remedy:
    'Select by kubernetes.io/metadata.name with the name of a namespace of this environment or its addons.',
  check: (set) =>
    ofKind(set, 'NetworkPolicy').flatMap((object) =>
      peersOf(object).flatMap(({ path, body }): Breach[] => {
        const selector = valueAt(body, 'namespaceSelector');
        if (!isMap(selector) || selectNamespaces(set, selector).length > 0) return [];
        const what = `no namespace has ${showSelector(selector)}`;
        return [{ object, path: [...path, 'namespaceSelector'], what }];
      }),
    ),
};

export const networkPolicyPorts: Rule = {
  name: 'network-policy-ports',
  title: 'the ports of a network policy are ports of the pods that it leads to',
  why: 'Others are never called, and the real one stays closed (seed 001, Network Policy: port numbers must match service definitions). Policies see the port of the pod, not that of the service.',
  remedy: 'Use the targetPort of the service: a number or a name from the ports of the container.',
  check: (set) =>
    ofKind(set, 'NetworkPolicy').flatMap((object) =>
      rulesOf(object).flatMap(({ path, body, direction }): Breach[] => {
        const pods = direction === 'ingress' ? ownPods(set, object) : calledPods(set, object, body);
        if (pods === undefined || pods.length === 0) return [];
        const ports = pods.flatMap((pod) => [...portsOfPod(pod), ...sidecarPorts(pod)]);
        return listAt(body, 'ports').flatMap((port, index): Breach[] => {
          const wanted = valueAt(port, 'port');
          const end = numberAt(port, 'endPort');
          if (wanted === undefined || hasPort(ports, wanted) || isInRange(ports, wanted, end)) return [];
          const names = [...new Set(pods.map((pod) => pod.object.name))].join(', ');
          return [
            {
              object,
              path: [...path, 'ports', index, 'port'],
              what: `names port ${show(wanted)}; ${names} ${pods.length > 1 ? 'have' : 'has'} ${listPorts(ports)}`,
            },
          ];
        });
      }),
    ),
};

interface PolicyPart {
  readonly path: FieldPath;
  readonly body: unknown;
  readonly direction: 'ingress' | 'egress';
}

function rulesOf({ body }: PolicyObject): PolicyPart[] {
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    listAt(body, 'spec', direction).map((rule, index) => ({
      path: ['spec', direction, index],
      body: rule,
      direction,
    })),
  );
}

function peersOf(object: PolicyObject): PolicyPart[] {
  return rulesOf(object).flatMap(({ path, body, direction }) => {
    const field = direction === 'ingress' ? 'from' : 'to';
    return listAt(body, field).map((peer, index) => ({
      path: [...path, field, index],
      body: peer,
      direction,
    }));
  });
}

/** Namespaces that a peer is in: those of its selector, else that of the policy. */
function namespacesOf(set: PolicySet, object: PolicyObject, peer: unknown): string[] {
  const selector = valueAt(peer, 'namespaceSelector');
  if (isMap(selector)) return selectNamespaces(set, selector);
  return object.namespace === undefined ? [] : [object.namespace];
}

function hasPods(set: PolicySet, namespace: string): boolean {
  return podsOf(set).some(({ object }) => object.namespace === namespace);
}

function ownPods(set: PolicySet, object: PolicyObject): Pod[] {
  return selectPods(set, valueAt(object.body, 'spec', 'podSelector'), object.namespace);
}

/** The pods behind every peer of an egress rule; undefined where one of them leads to what is not known here. */
function calledPods(set: PolicySet, object: PolicyObject, rule: unknown): Pod[] | undefined {
  const called: Pod[] = [];
  const peers = listAt(rule, 'to');
  if (peers.length === 0) return undefined;
  for (const peer of peers) {
    const namespaces = namespacesOf(set, object, peer);
    const isKnown = namespaces.length > 0 && namespaces.every((name) => hasPods(set, name));
    if (!isKnown || valueAt(peer, 'ipBlock') !== undefined) return undefined;
    for (const name of namespaces) called.push(...selectPods(set, valueAt(peer, 'podSelector'), name));
  }
  return called;
}

/** https://docs.dapr.io/reference/arguments-annotations-overview/: ports of the container that Dapr puts into a pod. */
function sidecarPorts({ annotations }: Pod): ContainerPort[] {
  if (annotations.get('dapr.io/enabled') !== 'true') return [];
  const ports: [string, string, number][] = [
    ['dapr-http', 'dapr.io/http-port', 3500],
    ['dapr-grpc', 'dapr.io/grpc-port', 50001],
    ['dapr-internal', 'dapr.io/internal-grpc-port', 50002],
    ['dapr-public', 'dapr.io/sidecar-public-port', 3501],
    ['dapr-metrics', 'dapr.io/metrics-port', 9090],
  ];
  return ports.map(([name, annotation, number]) => ({
    name,
    number: Number(annotations.get(annotation) ?? number),
    protocol: 'TCP',
  }));
}

function isInRange(ports: readonly ContainerPort[], first: unknown, last: number | undefined): boolean {
  if (typeof first !== 'number' || last === undefined) return false;
  return ports.some(({ number = 0 }) => number >= first && number <= last);
}
