import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { WatchedMachine } from '../../support/watched-machine.ts';

test('what is saved between the reading of up and the first look of the watcher is told, and what served before it', async () => {
  let isSaved = false;
  await using watched: WatchedMachine = await WatchedMachine.begin({
    services: ['a', 'b'],
    openTree: () => ({
      follow: async (roots) => {
        const main = roots.map(({ folder }) => `${folder}/main`).find((file) => existsSync(file))!;
        if (!isSaved) writeFileSync(main, 'saved while it begins');
        isSaved = true;
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
  const before = Object.values(watched.served()).map((reference) => reference.split(':').at(-1)!);
  await until('a run ends', async () => watched.events.some(({ kind }) => kind === 'ended'), 10_000);
  expect(watched.events.map(({ kind }) => kind)).toEqual(['following', 'changed', 'started', 'ended']);
  const ended = watched.events.at(-1)!;
  const what = ended.kind === 'ended' ? ended.end.report.what : '';
  expect(before.some((tag) => what.includes(` ${tag} → `))).toBe(true);
});
