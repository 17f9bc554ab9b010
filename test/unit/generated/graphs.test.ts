import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queueOrder } from '../../../src/run/queue-order.ts';
import { runPlan } from '../../../src/run/run-plan.ts';
import { Failure } from '../../../src/failure.ts';
import { findCycle, orderByNeeds } from '../../../src/plan/graph.ts';
import type { Lane, Step } from '../../../src/plan/step.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';

const limits: Record<Lane, number> = { compile: 1, build: 2, transfer: 3, cluster: 4 };
const lane = fc.constantFrom<Lane>('compile', 'build', 'transfer', 'cluster');

/** Any needs, cycles, itself and strangers included. */
const anyGraph = fc
  .array(fc.array(fc.nat(14), { maxLength: 4 }), { maxLength: 12 })
  .map((needs) => needs.map((ids, index) => ({ id: `n${index}`, needs: ids.map((id) => `n${id}`) })));

/** Needs only what stands before it: no cycles. */
const plans = fc
  .array(fc.record({ lane, needs: fc.array(fc.nat(), { maxLength: 4 }), isToDo: fc.boolean() }), {
    maxLength: 14,
  })
  .map((parts) =>
    parts.map((part, index): Step => ({
      ...{ id: `s${index}`, group: 'image', subject: `s${index}`, title: `s${index}`, reason: 'because' },
      ...{ lane: part.lane, action: part.isToDo ? 'do' : 'skip' },
      needs: index === 0 ? [] : part.needs.map((need) => `s${need % index}`),
    })),
  );

/** Milliseconds that something takes. */
function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

describe('a graph of any shape', { timeout: generatedTimeoutMs }, () => {
  test('is ordered by needs, or its cycle is named', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const order = orderByNeeds(nodes);
        const cycle = findCycle(nodes);
        expect(cycle === undefined).toBe(order.length === nodes.length);
        const places = new Map(order.map(({ id }, index) => [id, index]));
        const known = new Set(nodes.map(({ id }) => id));
        for (const { id, needs } of order)
          for (const need of needs.filter((one) => known.has(one)))
            expect(places.get(need)).toBeLessThan(places.get(id)!);
        if (cycle === undefined) return;
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, id] of cycle.slice(0, -1).entries())
          expect(nodes.find((node) => node.id === id)!.needs).toContain(cycle[index + 1]);
      }),
      { numRuns: caseCount() },
    );
  });

  const size = 10_000;
  const step = (id: number, needs: readonly number[]): Step => ({
    ...{
      id: `s${id}`,
      group: 'image',
      subject: `s${id}`,
      title: '',
      reason: '',
      lane: 'cluster',
      action: 'do',
    },
    needs: needs.map((need) => `s${need}`),
  });
  const ids = [...Array(size).keys()];

  test.each([
    ['a chain', ids.map((id) => step(id, id === 0 ? [] : [id - 1]))],
    ['a star', ids.map((id) => step(id, id === 0 ? [] : [0]))],
    ['a star the other way round', ids.map((id) => step(id, id === 0 ? ids.slice(1) : []))],
  ])('of 10,000 nodes is ordered within three seconds: %s', (_title, steps) => {
    expect(timed(() => expect(queueOrder(steps)).toHaveLength(size))).toBeLessThan(3000);
  });

  test('of 10,000 nodes on one cycle is refused within three seconds, with the whole way', () => {
    const nodes = ids.map((id) => step(id, [(id + 1) % size]));
    expect(timed(() => expect(findCycle(nodes)).toHaveLength(size + 1))).toBeLessThan(3000);
  });
});

describe('a plan of any shape', { timeout: generatedTimeoutMs }, () => {
  test('ends, whatever fails: needs before what needs them, no lane too full, one event for the end of each step', async () => {
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.infiniteStream(fc.constantFrom('done', 'done', 'done', 'failed', 'broken')),
        async (steps, fates) => {
          const ended = new Map<string, string>();
          const used = { compile: 0, build: 0, transfer: 0, cluster: 0 };
          const todo = new Set(steps.flatMap(({ id, action }) => (action === 'do' ? [id] : [])));
          let isFailed = false;
          const run = runPlan(steps, {
            limits,
            signal: new AbortController().signal,
            emit: (event) => {
              if (!['step-done', 'step-failed', 'step-cancelled'].includes(event.type)) return;
              const { id } = event as { id: string };
              expect(ended.has(id)).toBe(false);
              ended.set(id, event.type);
            },
            perform: async ({ id, needs, lane: own }) => {
              expect(isFailed).toBe(false);
              for (const need of needs) if (todo.has(need)) expect(ended.get(need)).toBe('step-done');
              expect(++used[own]).toBeLessThanOrEqual(limits[own]);
              await Promise.resolve();
              used[own]--;
              const fate = fates.next().value;
              if (fate === 'done') return undefined;
              isFailed = true;
              throw fate === 'failed' ? new Failure('build', id) : new TypeError(id);
            },
          });
          const outcome = await run.then(
            () => 'done',
            (error: unknown) =>
              error instanceof Failure || error instanceof TypeError ? 'failed' : String(error),
          );
          expect(outcome).toBe(isFailed ? 'failed' : 'done');
          expect([...ended.keys()].sort()).toEqual([...todo].sort());
        },
      ),
      { numRuns: caseCount(0.5) },
    );
  });
});
