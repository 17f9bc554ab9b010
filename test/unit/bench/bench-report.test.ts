import { expect, test } from 'vitest';
import { tablesOf, withSection, type BenchRecord } from '../../support/bench/bench-report.ts';

const record: BenchRecord = {
  name: 'image-load',
  title: 'Loading',
  date: '2026-11-21',
  machine: '2 × processor',
  measured: {
    about: 'An image.',
    series: [
      {
        ...{ title: 'Again', unit: 'ms', against: 'ours' },
        ways: [
          { name: 'ours', values: [200, 210, 190] },
          { name: 'theirs', values: [4000, 4200, 3990] },
        ],
      },
      { title: 'Bytes', unit: 'bytes', ways: [{ name: 'sent', values: [5_831_000] }] },
    ],
    goals: [
      { text: '10 times as fast: 20', isMet: true },
      { text: 'free', isMet: false },
    ],
  },
};

test('a table has each way with its figures, and its ratio where it has one', () => {
  expect(tablesOf(record.measured)).toEqual([
    {
      title: 'Again (3 rounds)',
      head: ['way', 'min', 'median', 'max', 'times ours'],
      rows: [
        ['ours', '190 ms', '200 ms', '210 ms', '1'],
        ['theirs', '3.99 s', '4.00 s', '4.20 s', '20.0'],
      ],
    },
    {
      title: 'Bytes (1 round)',
      head: ['way', 'min', 'median', 'max'],
      rows: [['sent', '5.83 MB', '5.83 MB', '5.83 MB']],
    },
  ]);
});

test('the page gets the section, and again in the same place', () => {
  const page = '# Benches\n\nWords.\n';
  const once = withSection(page, record);
  expect(once).toContain('Words.');
  expect(once).toContain('| theirs | 3.99 s | 4.00 s | 4.20 s | 20.0       |');
  expect(once).toContain('- met: 10 times as fast: 20\n- **missed**: free');
  expect(once).toContain('2026-11-21. 2 × processor.');
  const other = withSection(once, { ...record, name: 'other', title: 'Other' });
  const again = withSection(other, { ...record, title: 'Loading anew' });
  expect(again.match(/^## .*/gm)).toEqual(['## Loading anew', '## Other']);
});
