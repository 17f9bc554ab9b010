import { expect, test } from 'vitest';
import { addTallies, closingLine, tallyLines } from '../../support/test-tally.ts';

const a = { passed: 2, failed: ['a'], skipped: [{ title: 's1', reason: 'no engine' }] };
const b = { passed: 1, failed: [], skipped: [{ title: 's2', reason: 'no engine' }] };

test('the closing line counts passed, failed and skipped', () => {
  expect(closingLine(addTallies(a, b))).toBe('3 passed, 1 failed, 2 skipped');
});

test('skips of one reason are shown together, failures by their titles', () => {
  expect(tallyLines(addTallies(a, b))).toEqual(['skipped: no engine', '  s1', '  s2', 'failed: a']);
});
