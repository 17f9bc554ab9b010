import { expect, test } from 'vitest';
import { asTyped } from '../../../src/cli/as-typed.ts';

test.each([
  ['Run `slipway up` again', 'Run `npm run up` again'],
  ['slipway down --now, then rm -r x', 'npm run down -- --now, then rm -r x'],
  ['slipway logs web --follow --since 5m', 'npm run logs -- web --follow --since 5m'],
  ['Usage: slipway logs [options] <service>', 'Usage: npm run logs -- [options] <service>'],
  ['slipway trust shows how', 'npm run trust shows how'],
  ['slipway materials --json > a.json', 'npm run --silent materials -- --json > a.json'],
  ['slipway-todo and slipway upkeep', 'slipway-todo and slipway upkeep'],
])('%s, in this repository: %s', (text, expected) => {
  expect(asTyped(text, 'npm')).toBe(expected);
  expect(asTyped(text, 'slipway')).toBe(text);
});
