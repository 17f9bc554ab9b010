import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { findCycle, orderByNeeds, type GraphNode } from '../../../src/plan/graph.ts';

const node = (id: string, ...needs: string[]): GraphNode => ({ id, needs });

/** Needs point only to lower numbers, so there is no cycle. */
const acyclic = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 60 })
  .map((rows) =>
    rows.map((row, index) => node(`n${index}`, ...(index === 0 ? [] : row.map((n) => `n${n % index}`)))),
  );

describe('orderByNeeds', () => {
  test('puts every node after all that it needs', () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const ordered = orderByNeeds(nodes).map((n) => n.id);
        expect(ordered).toHaveLength(nodes.length);
        for (const { id, needs } of nodes) {
          for (const need of needs) expect(ordered.indexOf(need)).toBeLessThan(ordered.indexOf(id));
        }
      }),
    );
  });

  test('keeps the given order where the needs leave it free', () => {
    expect(orderByNeeds([node('b'), node('a'), node('c', 'a')]).map((n) => n.id)).toEqual(['b', 'a', 'c']);
  });

  test('orders a chain of 10,000 nodes without running out of stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      node(`n${index}`, ...(index > 0 ? [`n${index - 1}`] : [])),
    );
    expect(orderByNeeds(chain.reverse()).at(-1)?.id).toBe('n9999');
  });
});

describe('findCycle', () => {
  test('finds none where there is none', () => {
    fc.assert(fc.property(acyclic, (nodes) => void expect(findCycle(nodes)).toBeUndefined()));
  });

  test('names a cycle as a path that ends where it begins, without what merely needs it', () => {
    expect(findCycle([node('outside', 'a'), node('a', 'b'), node('b', 'c'), node('c', 'a')])).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
  });

  test('finds a node that needs itself', () => {
    expect(findCycle([node('a', 'a')])).toEqual(['a', 'a']);
  });
});
