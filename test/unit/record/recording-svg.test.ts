import { expect, test } from 'vitest';
import { recordingSvg } from '../../../scripts/record/recording-svg.ts';

const lines = [
  { atMs: 0, text: '$ npm run up' },
  { atMs: 50_000, text: 'image <backend> & more' },
  { atMs: 100_000, text: 'x'.repeat(60) },
];

test('each line comes at its share of the time, and the whole plays in the time that was asked for', () => {
  const svg = recordingSvg(lines, { playMs: 14_000, columns: 50 });
  expect([...svg.matchAll(/keyTimes="0;([\d.]+);1"/g)].map(([, share]) => Number(share))).toEqual([
    0, 0.35, 0.7,
  ]);
  expect(svg).toContain('dur="20000ms"');
});

test('what a line says is text, cut to the columns', () => {
  const svg = recordingSvg(lines, { playMs: 1_000, columns: 50 });
  expect(svg).toContain('image &lt;backend&gt; &amp; more');
  expect(svg).toContain(`>${'x'.repeat(49)}…<`);
});
