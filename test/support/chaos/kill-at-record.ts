// Loaded before a command of Slipway (node --import): ends its process, as kill -9 does, at the first boundary of its
// journal at which no run was ended yet. So the boundaries come from the journal itself, and none can be forgotten.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { JournalMark } from '../../../src/run/journal-line.ts';
import { Journal } from '../../../src/run/journal.ts';
import { resourceKey, type Resource } from '../../../src/plan/step.ts';

/** File of lines 'seen <boundary>' and 'killed <boundary>', of all runs so far. */
const logFile = process.env['SLIPWAY_TEST_BOUNDARIES'] ?? '';
/** Boundaries that count, as a regular expression; empty: none. */
const deadly = process.env['SLIPWAY_TEST_KILL'] ?? '';
/** How long after the intent of it something is 'during' its making. */
const DURING_MS = { cluster: 4000, other: 400 };

const killed = new Set(
  (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '')
    .split('\n')
    .flatMap((line) => (line.startsWith('killed ') ? [line.slice('killed '.length)] : [])),
);

function reach(boundary: string): void {
  appendFileSync(logFile, `seen ${boundary}\n`);
  if (deadly === '' || killed.has(boundary) || !new RegExp(deadly).test(boundary)) return;
  appendFileSync(logFile, `killed ${boundary}\n`);
  // In turn: the process alone, and its whole group.
  process.kill(killed.size % 2 === 0 ? process.pid : -process.pid, 'SIGKILL');
}

const record = Journal.prototype.record;
const during = new Map<string, NodeJS.Timeout>();

Journal.prototype.record = async function (mark: JournalMark, resource: Resource): Promise<void> {
  // What is made anew from changed sources has another tag.
  const key = resourceKey(resource).replace(/:sha-\w+$/, '');
  clearTimeout(during.get(key));
  if (mark === 'intended') {
    const ms = resource.kind === 'cluster' ? DURING_MS.cluster : DURING_MS.other;
    during.set(key, setTimeout(() => reach(`during ${key}`), ms).unref());
  }
  const before = this.markOf(resource);
  if (before === mark || (mark === 'gone' && before === undefined)) return;
  if (mark !== 'intended') reach(`before ${mark} ${key}`);
  await record.call(this, mark, resource);
  reach(`after ${mark} ${key}`);
};
