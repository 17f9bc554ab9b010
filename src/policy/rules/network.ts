// Pure: that nothing flows which was not thought of. What policies name is checked in network-peers.ts.

import { isMap, labelsAt, listAt, textsAt, valueAt } from '../fields.ts';
import { ofKind, type Breach, type PolicyObject, type Rule } from '../policy-set.ts';
import { podsOf } from '../pods.ts';

/** Annotation of a network policy: what the traffic is for. */
const REASON = 'slipway.dev/reason';
const DIRECTIONS = ['Ingress', 'Egress'] as const;

export const networkDenyAll: Rule = {
  name: 'network-deny-all',
  title: 'every namespace with pods of ours denies all traffic that no policy allows, in and out',
  why: 'Without it every pod reaches every other one (seed 001, Network Policy: default deny-all must exist).',
  remedy: 'Add a NetworkPolicy with podSelector: {} and policyTypes: [Ingress, Egress] and no rules.',
  check: (set) => {
    const pods = podsOf(set).filter(({ object }) => object.release.origin === 'application');
    const first = new Map<string | undefined, PolicyObject>();
    for (const { object } of pods) if (!first.has(object.namespace)) first.set(object.namespace, object);
    return [...first].flatMap(([namespace, object]): Breach[] => {
      const policies = ofKind(set, 'NetworkPolicy').filter((policy) => policy.namespace === namespace);
      const denied = new Set(policies.flatMap(deniedDirections));
      const open = DIRECTIONS.filter((direction) => !denied.has(direction));
      return open.length === 0
        ? []
        : [
            {
              object,
              path: ['metadata', 'namespace'],
              what: `no policy of namespace ${namespace} denies all ${open.join(' and ')}`,
            },
          ];
    });
  },
};

export const networkPolicyReason: Rule = {
  name: 'network-policy-reason',
  title: `a policy that allows something says what for, in the annotation ${REASON}`,
  why: 'A rule whose reason nobody knows is never removed (seed 001, Network Policy: each allow rule must have clear business justification).',
  remedy: `Add the annotation ${REASON} with one sentence.`,
  check: (set) =>
    ofKind(set, 'NetworkPolicy').flatMap((object): Breach[] => {
      const allows = ['ingress', 'egress'].some((field) => listAt(object.body, 'spec', field).length > 0);
      const reason = labelsAt(object.body, 'metadata', 'annotations').get(REASON);
      return !allows || (reason !== undefined && reason.trim() !== '')
        ? []
        : [{ object, path: ['metadata', 'annotations', REASON], what: 'gives no reason' }];
    }),
};

/** Of all pods of the namespace, with no exception in the policy itself. */
function deniedDirections({ body }: PolicyObject): string[] {
  const selector = valueAt(body, 'spec', 'podSelector');
  if (!isMap(selector) || Object.values(selector).some((part) => part !== null && part !== undefined))
    return [];
  const types = textsAt(body, 'spec', 'policyTypes');
  return DIRECTIONS.filter((direction) => {
    const isMeant =
      types.includes(direction) || (types.length === 0 && (direction === 'Ingress' || hasEgress(body)));
    return isMeant && listAt(body, 'spec', direction.toLowerCase()).length === 0;
  });
}

/** Where a policy names no types, Egress is meant only when it has egress rules. */
function hasEgress(body: unknown): boolean {
  return listAt(body, 'spec', 'egress').length > 0;
}
