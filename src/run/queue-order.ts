// Pure: which of several ready steps goes first: the one with the longest way still to go behind it.

import { orderByNeeds } from '../plan/graph.ts';
import type { Lane, Step } from '../plan/step.ts';

/**
 * Rough seconds of a step by its lane, only to compare paths: compiling dwarfs everything else
 * (measured on 2 cores: a Kubernetes binary 200 s, an image 10 s, a load 5 s, a release 5 s).
 */
const ROUGH_SECONDS: Record<Lane, number> = { compile: 200, build: 15, transfer: 5, cluster: 8 };

/** The steps sorted by the length of the longest path that begins with them, longest first. */
export function queueOrder(steps: readonly Step[]): Step[] {
  const lengths = new Map<string, number>();
  const dependents = new Map<string, Step[]>();
  for (const step of steps) {
    for (const need of step.needs) {
      const others = dependents.get(need);
      if (others) others.push(step);
      else dependents.set(need, [step]);
    }
  }
  for (const step of orderByNeeds(steps).reverse()) {
    const behind = (dependents.get(step.id) ?? []).map((dependent) => lengths.get(dependent.id) ?? 0);
    lengths.set(step.id, ROUGH_SECONDS[step.lane] + Math.max(0, ...behind));
  }
  return [...steps].sort((a, b) => (lengths.get(b.id) ?? 0) - (lengths.get(a.id) ?? 0));
}
