import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { Journal } from '../../../src/run/journal.ts';
import { runPlan } from '../../../src/run/run-plan.ts';
import type { Failure } from '../../../src/failure.ts';
import type { Step } from '../../../src/plan/step.ts';
import { recordMaking } from '../../../src/run/journalled.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { failureOf } from '../../support/failure-of.ts';
import { clusterResource } from '../up/scene.ts';

const KILOBYTE = 'x'.repeat(1024);
const { signal } = new AbortController();
const step: Step = {
  ...{ id: 'cluster:x', group: 'cluster', subject: 'x', title: 'Cluster x', needs: [] },
  ...{ lane: 'cluster', action: 'do', reason: 'not there yet', resource: clusterResource },
};
const task = { signal, report: () => undefined };

describe('on a disk of 256 KiB', () => {
  let folder: string;
  let isMounted = false;

  beforeEach(async (context: TestContext) => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' });
      isMounted = true;
    } catch {
      context.skip('nobody may mount a file system here');
    }
  });
  afterEach(async () => {
    if (isMounted) execFileSync('umount', [folder]);
    isMounted = false;
    await rm(folder, { recursive: true });
  });

  /** Runs one step, and gives the Failure that it ends in. */
  const run = (perform: () => Promise<string | undefined>, journal: Journal): Promise<Failure> =>
    failureOf(
      runPlan([step], {
        ...{ signal, emit: () => undefined, limits: { compile: 1, build: 1, transfer: 1, cluster: 1 } },
        perform: recordMaking(journal, async (_step, _task, intend) => {
          await intend();
          return perform();
        }),
      }),
    );

  test('an artifact that does not fit is a Failure that says so, leaves nothing, and is made when there is room', async () => {
    const journal = await Journal.open(join(folder, 'state', 'journal.jsonl'));
    const cache = new ArtifactCache(join(folder, 'cache'));
    const fill = (kilobytes: number): Promise<void> =>
      cache.fill('a', '0123', (to) => writeFile(join(to, 'file'), KILOBYTE.repeat(kilobytes)), task);
    const failure = await run(() => fill(1024).then(() => undefined), journal);
    expect(failure).toMatchObject({ code: 'state', hint: expect.stringContaining('Make room') });
    expect(failure.message).toContain('no space is left on the disk');
    expect(await readdir(join(folder, 'cache', 'a'))).toEqual([]);
    await fill(10);
    expect(await cache.has('a', '0123')).toBe(true);
  });

  test('what cannot be written to the journal is not begun', async () => {
    const journal = await Journal.open(join(folder, 'journal.jsonl'));
    await writeFile(join(folder, 'other'), KILOBYTE.repeat(256)).catch(() => undefined);
    let hasBegun = false;
    const failure = await run(async () => void (hasBegun = true) as undefined, journal);
    expect([failure.code, hasBegun]).toEqual(['state', false]);
    await rm(join(folder, 'other'));
    expect((await Journal.open(join(folder, 'journal.jsonl'))).damaged).toEqual([]);
  });
});
