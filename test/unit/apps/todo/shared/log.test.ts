import { expect, test } from 'vitest';
import { createLog, errorText } from '../../../../../apps/todo/shared/log.ts';

test('a line is one JSON object, and lines below the level are left out', () => {
  const lines: string[] = [];
  const log = createLog('backend', 'warn', (line) => lines.push(line));
  log('info', 'quiet');
  log('warn', 'loud', { port: 1 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    service: 'backend',
    message: 'loud',
    port: 1,
  });
});

test('an error without a message of its own tells what its parts or its cause say', () => {
  expect(
    errorText(new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])),
  ).toBe('refused by ::1; refused by 127.0.0.1');
  const failed = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  expect(errorText(failed)).toBe('fetch failed: connect ECONNREFUSED');
  expect(errorText('text')).toBe('text');
});
