import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Stage } from '../../support/watch-stage.ts';

test('no update is lost, whatever is edited, dropped and broken, and no run works on what was never there', async () => {
  const edit = fc.record({
    service: fc.constantFrom('a', 'b', 'c'),
    file: fc.constantFrom('main', 'lib'),
    text: fc.constantFrom('v1', 'v2', 'v3', 'broken'),
    pauseMs: fc.constantFrom(0, 5, 30, 60, 300, 700, 2_000),
    isSilent: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { maxLength: 40 }),
      fc.constantFrom(20, 400, 3_000),
      fc.constantFrom(0, 10, 90),
      async (edits, runMs, lookMs) => {
        const stage = new Stage();
        Object.assign(stage.world, { runMs, lookMs });
        await stage.begin(['a', 'b', 'c']);
        for (const { service, file, text, pauseMs, isSilent } of edits) {
          stage.tree.isSilent = isSilent;
          stage.world.write(`/${service}/${file}`, text);
          await stage.clock.advance(pauseMs);
        }
        await stage.clock.advance(60_000);
        for (const service of stage.world.services) {
          const content = stage.world.contentOf(service);
          if (content.includes('broken')) {
            expect(stage.loop.stateOf(service)).toMatchObject({ name: 'failed', failed: content });
          } else {
            expect(stage.world.served.get(service)).toBe(content);
            expect(stage.loop.stateOf(service)).toEqual({ name: 'idle', served: content });
          }
        }
        await stage.end();
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
