// Pure: services and the pods behind them.

import { entriesAt, isMap, listAt, show, textAt, valueAt } from '../fields.ts';
import { ofKind, type Breach, type PolicyObject, type PolicySet, type Rule } from '../policy-set.ts';
import { hasPort, listPorts, portsOfPod, type Pod } from '../pods.ts';
import { selectPods, showLabels, showSelector } from '../selectors.ts';

export const servicePorts: Rule = {
  name: 'service-ports',
  title: 'a service has at least one port',
  why: 'Without one nobody can call it (seed 001, Service: at least one port defined).',
  remedy: 'Add an entry to spec.ports.',
  check: (set) =>
    callable(set)
      .filter(({ body }) => listAt(body, 'spec', 'ports').length === 0)
      .map((object) => ({ object, path: ['spec', 'ports'], what: 'has no port' })),
};

export const serviceSelector: Rule = {
  name: 'service-selector',
  title: 'what a service selects are pods of its namespace',
  why: 'Otherwise it has no endpoints, and every call to it fails (seed 001, Service: selector labels must match pod labels exactly).',
  remedy: "Write the labels of the pod template into the service's spec.selector.",
  check: (set) =>
    callable(set).flatMap((object): Breach[] => {
      const path = ['spec', 'selector'];
      if (entriesAt(object.body, ...path).length === 0)
        return [{ object, path, what: 'selects by no label' }];
      if (podsBehind(set, object).length > 0) return [];
      const near = set.objects.filter(({ namespace }) => namespace === object.namespace);
      const labels = selectPods({ ...set, objects: near }, {}, object.namespace)
        .filter((pod) => pod.object.release === object.release)
        .map((pod) => showLabels(pod.labels));
      const seen = labels.length === 0 ? '' : `; its release has pods with ${labels.join(' and ')}`;
      const wanted = showSelector({ matchLabels: valueAt(object.body, ...path) });
      return [{ object, path, what: `no pod has ${wanted}${seen}` }];
    }),
};

export const serviceTargetPorts: Rule = {
  name: 'service-target-ports',
  title: 'the target ports of a service are ports of its pods',
  why: 'Otherwise connections are refused (seed 001, Service: target ports must match container ports).',
  remedy: 'Use a name or number from the ports of the container.',
  check: (set) =>
    callable(set).flatMap((object) => {
      const pods = podsBehind(set, object);
      return listAt(object.body, 'spec', 'ports').flatMap((port, index): Breach[] => {
        if (!isMap(port)) return [];
        const target = valueAt(port, 'targetPort') ?? valueAt(port, 'port');
        const without = pods.find((pod) => !hasPort(portsOfPod(pod), target));
        if (without === undefined) return [];
        const { kind, name } = without.object;
        return [
          {
            object,
            path: ['spec', 'ports', index, 'targetPort'],
            what: `leads to port ${show(target)}; ${kind} ${name} has ${listPorts(portsOfPod(without))}`,
          },
        ];
      });
    }),
};

/** Services that Kubernetes finds the pods for. */
function callable(set: PolicySet): PolicyObject[] {
  return ofKind(set, 'Service').filter(({ body }) => textAt(body, 'spec', 'type') !== 'ExternalName');
}

/** The pods that a service leads to. */
export function podsBehind(set: PolicySet, service: PolicyObject): Pod[] {
  const selector = valueAt(service.body, 'spec', 'selector');
  if (entriesAt(selector).length === 0) return [];
  return selectPods(set, { matchLabels: selector }, service.namespace);
}
