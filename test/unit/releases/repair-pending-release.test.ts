import { expect, test } from 'vitest';
import { planRepair as planWith, type Repair } from '../../../src/releases/repair-pending-release.ts';
import type { ReleaseStatus, StoredRelease } from '../../../src/releases/release-store.ts';

const planRepair = (revisions: readonly StoredRelease[], holdsData = false): Repair =>
  planWith(revisions, { holdsData });

/** The first status is that of revision 1. */
function history(...statuses: ReleaseStatus[]) {
  return statuses.map((status, index) => ({
    name: 'web',
    namespace: 'todo',
    revision: index + 1,
    status,
    labels: {},
  }));
}

test('what helm can take up as it is needs no repair', () => {
  for (const status of ['deployed', 'failed', 'unknown'] as const) {
    expect(planRepair(history('superseded', status))).toEqual({ action: 'none' });
  }
  expect(planRepair([])).toEqual({ action: 'none' });
});

test.each(['pending-install', 'pending-upgrade', 'pending-rollback'] as const)(
  '%s goes back to what was deployed, else to what was so last, else it starts anew',
  (status) => {
    expect(planRepair(history('superseded', 'deployed', 'failed', status))).toMatchObject({ toRevision: 2 });
    expect(planRepair(history('superseded', 'superseded', status))).toMatchObject({ toRevision: 2 });
    expect(planRepair(history('failed', status))).toMatchObject({ action: 'uninstall' });
  },
);

test.each([
  ['whose first installation failed', ['failed']],
  ['that failed at each attempt', ['failed', 'failed', 'failed']],
  ['whose upgrade of a failed one was broken off', ['failed', 'pending-upgrade']],
  ['of which helm knows nothing good', ['unknown']],
] as const)('a release %s is installed anew, and what holds data stays', (_title, statuses) => {
  expect(planRepair(history(...statuses))).toMatchObject({ action: 'uninstall' });
  expect(planRepair(history(...statuses), true)).toMatchObject({ action: 'forget' });
});

test('a failed upgrade of what worked is upgraded again', () => {
  expect(planRepair(history('deployed', 'failed', 'failed'))).toEqual({ action: 'none' });
});

test('a removal that was broken off is finished, whatever was there before', () => {
  expect(planRepair(history('superseded', 'uninstalling'))).toMatchObject({ action: 'uninstall' });
});

test('the order in which revisions are listed does not matter', () => {
  const newestFirst = history('deployed', 'pending-upgrade').reverse();
  expect(planRepair(newestFirst)).toMatchObject({ action: 'rollback', toRevision: 1 });
});
