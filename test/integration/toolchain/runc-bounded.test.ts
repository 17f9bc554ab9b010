// The tests of the Go program that lies among the TypeScript.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';

const commands = new ZxCommandRunner({ env: process.env });
const cwd = fileURLToPath(new URL('../../../src/engine/runc-bounded', import.meta.url));
const hasGo = (await commands.find('go')) !== undefined;

test('runc-bounded passes its own tests', async (context) => {
  context.skip(!hasGo, 'go is not on PATH');
  const vet = await commands.run({ program: 'go', args: ['vet', './...'], cwd });
  expect(vet.stdout).toBe('');
  const result = await commands.run({ program: 'go', args: ['test', './...'], cwd });
  expect(result.stdout).toMatch(/^ok\s/);
});
