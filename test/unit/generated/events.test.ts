import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { JsonView } from '../../../src/view/json-view.ts';
import { LineView } from '../../../src/view/line-view.ts';
import { TerminalView } from '../../../src/view/terminal-view.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

const id = fc.constantFrom('image:a', 'image:b', 'release:a', 'cluster:c', 'nobody');
const at = fc.constant('2026-01-01T00:00:00.000Z');
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'a\nb\r\nc', '\u001b[31mred', '🚢 ship', 'x'.repeat(500)),
);
const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1e12));
const details = fc.array(text, { maxLength: 2 });

/** A run starts once, and names each of its steps once. */
const start: fc.Arbitrary<RunEvent> = fc.record({
  ...{ type: fc.constant('run-started' as const), command: text, environment: text, at },
  steps: fc.uniqueArray(
    fc.record({
      ...{ id, title: text, group: text, reason: text, needs: fc.array(id, { maxLength: 2 }) },
      action: fc.constantFrom('do' as const, 'skip' as const),
    }),
    { maxLength: 4, selector: (step) => step.id },
  ),
});
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({ type: fc.constant('step-started' as const), id, at }),
  fc.record(
    { type: fc.constant('step-progress' as const), id, text, done: count, total: count, unit: text },
    { requiredKeys: ['type', 'id', 'text'] },
  ),
  fc.record({ type: fc.constant('step-done' as const), id, durationMs: count, note: text }),
  fc.record({
    ...{ type: fc.constant('step-failed' as const), id, durationMs: count, code: fc.constant('build') },
    ...{ message: text, hint: text, details },
  }),
  fc.record({ type: fc.constant('step-cancelled' as const), id, reason: text }),
  fc.record({
    ...{ type: fc.constant('release-state' as const), release: text },
    ...{
      from: fc.constantFrom(undefined, 'Pending' as const),
      to: fc.constantFrom('Ready' as const, 'Failed' as const),
    },
  }),
  fc.record({
    type: fc.constant('note' as const),
    level: fc.constantFrom('info' as const, 'warn' as const),
    text,
  }),
  fc.record({
    ...{ type: fc.constant('run-ended' as const), durationMs: count, summary: details },
    ...{
      outcome: fc.constantFrom(
        'done' as const,
        'failed' as const,
        'interrupted' as const,
        'nothing-to-do' as const,
      ),
    },
    urls: fc.array(fc.record({ name: text, url: text }), { maxLength: 2 }),
  }),
);

/** The start anywhere, also last. */
const runs = fc
  .tuple(start, fc.array(event, { maxLength: 10 }), fc.nat())
  .map(([begin, others, place]) => others.toSpliced(place % (others.length + 1), 0, begin));

const views = {
  'as lines': (stream: MemoryStream) => new LineView({ stream }),
  'as JSON': (stream: MemoryStream) => new JsonView({ stream }),
  'on a terminal': (stream: MemoryStream) =>
    new TerminalView({ stream: stream as unknown as NodeJS.WriteStream, colors: true }),
} as const;

test.each(Object.keys(views) as (keyof typeof views)[])(
  'events of any kind in any order are shown %s, and the view closes',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(runs, async (events) => {
        const stream = new MemoryStream({ isTTY: name === 'on a terminal' });
        const view = views[name](stream);
        for (const one of events) view.show(one);
        await view.close();
        const lines = stream.text.split('\n').length - 1;
        expect(lines).toBeGreaterThanOrEqual(name === 'as JSON' ? events.length : 0);
      }),
      { numRuns: caseCount(name === 'on a terminal' ? 0.05 : 0.5) },
    );
  },
  generatedTimeoutMs,
);
