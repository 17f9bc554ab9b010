import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JournalMark } from '../../../src/run/journal-line.ts';
import { Journal } from '../../../src/run/journal.ts';
import { resourceKey, type Resource } from '../../../src/plan/step.ts';
import { Failure } from '../../../src/failure.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';

let folder: string;
let count = 0;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'journals-'))));
afterAll(() => rm(folder, { recursive: true }));

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?$/);
const after = fc.array(fc.string(), { maxLength: 2 });
const resource = fc.oneof(
  fc.record({ kind: fc.constant('image' as const), reference: name, after }),
  fc.record({ kind: fc.constant('cluster' as const), name, driver: name, after }),
  fc.record({ kind: fc.constant('namespace' as const), name, after }),
  fc.record({ kind: fc.constant('release' as const), name, namespace: name, after }),
);
const mark = fc.constantFrom<JournalMark>('intended', 'made', 'gone');
const acts = fc.array(fc.tuple(mark, resource), { maxLength: 12 });

const textOf = (lines: readonly (readonly [JournalMark, Resource])[]): string =>
  lines
    .map(([made, what]) => `${JSON.stringify({ v: 1, at: 'now', mark: made, resource: what })}\n`)
    .join('');

/** What a journal of this text holds; each in a file of its own. */
async function open(text: string | Uint8Array): Promise<{ journal: Journal; file: string }> {
  const file = join(folder, `${++count}.jsonl`);
  await writeFile(file, text);
  return { journal: await Journal.open(file), file };
}

/** What the lines come to, by the plainest of ways. */
function model(lines: readonly (readonly [JournalMark, Resource])[]): Map<string, string> {
  const entries = new Map<string, string>();
  for (const [made, what] of lines) {
    if (made === 'gone') entries.delete(resourceKey(what));
    else entries.set(resourceKey(what), made);
  }
  return entries;
}

const heldBy = (journal: Journal): Map<string, string> =>
  new Map(journal.outstanding().map((entry) => [resourceKey(entry.resource), entry.mark]));

test(
  'a journal cut off anywhere holds what its whole lines say, and goes on from there',
  async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), async (lines, cut) => {
        const text = Buffer.from(textOf(lines));
        const at = text.length === 0 ? 0 : cut % (text.length + 1);
        const whole = text.subarray(0, at).toString().split('\n').length - 1;
        const { journal, file } = await open(text.subarray(0, at));
        expect(heldBy(journal)).toEqual(model(lines.slice(0, whole)));
        await journal.record('made', { kind: 'namespace', name: 'next', after: [] });
        expect(heldBy(await Journal.open(file))).toEqual(heldBy(journal));
        expect((await readFile(file, 'utf8')).endsWith('\n')).toBe(true);
      }),
      { numRuns: caseCount(0.25) },
    );
  },
  generatedTimeoutMs,
);

test(
  'a journal with anything in it is read or refused, and what is read is sound',
  async () => {
    const damage = fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(acts, fc.array(damage, { minLength: 1, maxLength: 4 }), async (lines, damages) => {
        let bytes = Buffer.from(textOf(lines));
        for (const [place, removed, put] of damages) {
          const at = place % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);
        }
        const opened = await open(bytes).catch((error: unknown) => error);
        if (opened instanceof Failure) {
          expect(opened.code).toBe('state');
          return;
        }
        const { journal, file } = opened as Awaited<ReturnType<typeof open>>;
        for (const { resource: what } of journal.outstanding())
          expect(typeof resourceKey(what)).toBe('string');
        // What was set aside is out of the way for good.
        const again = await Journal.open(file);
        expect([again.damaged, heldBy(again)]).toEqual([[], heldBy(journal)]);
      }),
      { numRuns: caseCount(0.25) },
    );
  },
  generatedTimeoutMs,
);
