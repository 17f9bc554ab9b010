import { describe, expect, test } from 'vitest';
import { consentOf, openEngine } from '../../../../src/cli/wiring/open-engine.ts';
import { failureOf } from '../../../support/failure-of.ts';
import { ProgramAnswers } from '../../../fakes/program-answers.ts';
import { openCommandScene } from '../command-scene.ts';

const request = { what: 'a container engine', command: 'apt-get install docker.io' };

describe('consentOf', () => {
  test('asks the person at the terminal, and does what they say', async () => {
    for (const answer of [true, false]) {
      await using scene = await openCommandScene({ isInteractive: true, confirm: async () => answer });
      expect(await consentOf(scene.context)(request)).toBe(answer);
    }
  });

  test('takes --yes for an answer', async () => {
    const options = { flags: new Set(['yes']), texts: new Map<string, string>(), positionals: [] };
    await using scene = await openCommandScene({ options, isInteractive: true });
    expect(await consentOf(scene.context)(request)).toBe(true);
  });

  test('without a terminal, or in CI, nobody is asked', async () => {
    await using scene = await openCommandScene();
    expect(await consentOf(scene.context)(request)).toBe(true);
    const inCi = { ...scene.context, env: { CI: 'true' }, isInteractive: true };
    expect(await consentOf(inCi)(request)).toBe(true);
  });

  test('SLIPWAY_INSTALL=never is stronger than --yes', async () => {
    const options = { flags: new Set(['yes']), texts: new Map<string, string>(), positionals: [] };
    await using scene = await openCommandScene({ options, env: { SLIPWAY_INSTALL: 'never' } });
    expect(await consentOf(scene.context)(request)).toBe(false);
  });
});

test('a command that expects an engine installs none: it says where it looked and what to do', async () => {
  await using scene = await openCommandScene();
  const context = { ...scene.context, env: { DOCKER_HOST: `unix://${scene.folder}/none.sock` } };
  const commands = new ProgramAnswers();
  const workbench = (): Promise<never> => Promise.reject(new Error('nothing was to be made'));
  const failure = await failureOf(openEngine({ context, commands, workbench, use: 'expect' }));
  expect(failure.code).toBe('engine');
  expect(failure.message).toContain(`${scene.folder}/none.sock`);
  expect(failure.hint).toBeTruthy();
  expect([commands.calls, scene.events]).toEqual([[], []]);
});
