import { describe, expect, test } from 'vitest';
import { formatTable } from '../../../src/view/table.ts';

describe('formatTable', () => {
  test('aligns columns without frames and without spaces at the ends of lines', () => {
    const table = { head: ['NAME', 'SIZE'], rows: [['backend', '180 MB'], ['db', '']] }; // prettier-ignore
    expect(formatTable(table)).toBe('NAME     SIZE\nbackend  180 MB\ndb\n');
  });

  test('is nothing without rows', () => {
    expect(formatTable({ head: ['NAME'], rows: [] })).toBe('');
  });

  test('does not count colour codes as width', () => {
    const rows = [['\u001b[32mok\u001b[39m', 'x'], ['missing', 'y']]; // prettier-ignore
    const lines = formatTable({ head: ['A', 'B'], rows }).split('\n');
    expect(lines[1]).toBe('\u001b[32mok\u001b[39m       x');
  });
});
