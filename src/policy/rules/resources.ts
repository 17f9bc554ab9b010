// Pure: how much of a node each container may use.

import { entriesAt, show, valueAt } from '../fields.ts';
import type { Breach, Rule } from '../policy-set.ts';
import { containersOf, inContainer } from '../pods.ts';
import { compareQuantities, parseQuantity } from '../quantity.ts';

const AMOUNTS = ['cpu', 'memory'] as const;
const PARTS = ['requests', 'limits'] as const;

export const resourcesSet: Rule = {
  name: 'resources-set',
  title: 'every container says what it requests and its limits, of CPU and memory',
  why: 'Without requests the scheduler packs blindly; without limits one container starves the others (seed 001, Kubernetes Pod: requests and limits defined; seed 002, DeploymentSpec).',
  remedy: 'Set resources.requests and resources.limits, each with cpu and memory.',
  check: (set) =>
    containersOf(set).flatMap((container) => {
      const missing = PARTS.flatMap((part) =>
        AMOUNTS.filter((amount) => valueAt(container.body, 'resources', part, amount) === undefined).map(
          (amount) => ({ part, amount }),
        ),
      );
      const [first] = missing;
      if (first === undefined) return [];
      const what = missing.map(({ part, amount }) => `${part}.${amount}`).join(', ');
      return [
        {
          ...inContainer(container, 'resources', first.part, first.amount),
          what: `${container.name}: has no ${what}`,
        },
      ];
    }),
};

export const requestsWithinLimits: Rule = {
  name: 'requests-within-limits',
  title: 'no request is above its limit',
  why: 'The API server refuses such a pod (seed 001, Application Component: requests <= limits; https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).',
  remedy: 'Lower the request or raise the limit.',
  check: (set) =>
    containersOf(set).flatMap((container) => {
      const names = new Set(
        PARTS.flatMap((part) => entriesAt(container.body, 'resources', part).map(([name]) => name)),
      );
      return [...names].flatMap((name): Breach[] => {
        const [request, limit] = PARTS.map((part) => valueAt(container.body, 'resources', part, name));
        const parsed = [request, limit].map(parseQuantity);
        const wrong = [request, limit].findIndex(
          (value, index) => value !== undefined && value !== null && parsed[index] === undefined,
        );
        if (wrong >= 0) {
          const at = inContainer(container, 'resources', PARTS[wrong]!, name);
          return [{ ...at, what: `${container.name}: ${PARTS[wrong]}.${name} is not an amount` }];
        }
        const [requested, limited] = parsed;
        if (!requested || !limited || compareQuantities(requested, limited) <= 0) return [];
        const at = inContainer(container, 'resources', 'requests', name);
        return [
          {
            ...at,
            what: `${container.name}: the ${name} request ${show(request)} is above the limit ${show(limit)}`,
          },
        ];
      });
    }),
};
