import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChromeTrace } from '../../../src/trace/chrome-trace.ts';
import { keepTrace, listTraces } from '../../../src/trace/keep-traces.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-traces-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function traceAt(seconds: number): ChromeTrace {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  const path = { wallMs: 1, beforeMs: 0, parts: [], workMs: 0, advice: '' };
  const otherData = { command: 'up', environment: 'e', at, outcome: 'done', path };
  return { displayTimeUnit: 'ms', otherData, traceEvents: [] };
}

test('the last 20 are kept, newest first, for the user alone', async () => {
  const below = join(folder, 'traces');
  let last = '';
  for (let seconds = 0; seconds < 25; seconds++) last = await keepTrace(below, traceAt(seconds));
  const kept = await listTraces(below);
  expect(kept).toHaveLength(20);
  expect(kept[0]).toEqual({ file: last, facts: traceAt(24).otherData });
  expect(basename(kept.at(-1)!.file)).toBe('20260101T000005000Z-up.json');
  expect(statSync(last).mode & 0o777).toBe(0o600);
});

test('other files stay, and a broken trace is left out', async () => {
  writeFileSync(join(folder, 'mine.json'), '{}');
  writeFileSync(join(folder, '20260101T000000000Z-up.json'), '{');
  await keepTrace(folder, traceAt(1));
  expect(await listTraces(folder)).toHaveLength(1);
  expect(readdirSync(folder)).toHaveLength(3);
});

test('there are none before the first run', async () => {
  expect(await listTraces(join(folder, 'none'))).toEqual([]);
});
