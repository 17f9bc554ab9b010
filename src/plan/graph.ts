// Pure: dependency graphs of named things.

export interface GraphNode {
  readonly id: string;
  readonly needs: readonly string[];
}

/**
 * Every node once, after all that it needs (Kahn's algorithm, in the given order where free).
 * Nodes on a cycle, and those that need one, are left out: compare lengths or use findCycle.
 */
export function orderByNeeds<T extends GraphNode>(nodes: readonly T[]): T[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const missing = new Map<string, number>();
  const dependents = new Map<string, T[]>();
  for (const node of nodes) {
    const needs = new Set(node.needs.filter((need) => byId.has(need)));
    missing.set(node.id, needs.size);
    for (const need of needs) {
      const others = dependents.get(need);
      if (others) others.push(node);
      else dependents.set(need, [node]);
    }
  }
  const ordered = nodes.filter((node) => missing.get(node.id) === 0);
  for (let index = 0; index < ordered.length; index++) {
    for (const dependent of dependents.get(ordered[index]!.id) ?? []) {
      const left = missing.get(dependent.id)! - 1;
      missing.set(dependent.id, left);
      if (left === 0) ordered.push(dependent);
    }
  }
  return ordered;
}

/** One cycle as a path that ends where it begins (['a', 'b', 'a']), or undefined. */
export function findCycle(nodes: readonly GraphNode[]): string[] | undefined {
  const free = new Set(orderByNeeds(nodes).map((node) => node.id));
  const left = new Map(nodes.filter((node) => !free.has(node.id)).map((node) => [node.id, node]));
  // What is left is on a cycle or needs one, so walking along its needs must meet a node twice.
  const path = new Set<string>();
  let current = [...left.keys()][0];
  while (current !== undefined) {
    if (path.has(current)) {
      const walked = [...path];
      return [...walked.slice(walked.indexOf(current)), current];
    }
    path.add(current);
    current = left.get(current)!.needs.find((need) => left.has(need));
  }
  return undefined;
}
