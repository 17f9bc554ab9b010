import { expect, test } from 'vitest';
import { type ConsentSurroundings, installConsent } from '../../../src/packages/install-consent.ts';

const request = { what: 'a container engine', command: 'apt-get install docker.io' };
const asked: string[] = [];
const saysNo = async (question: string): Promise<boolean> => {
  asked.push(question);
  return false;
};
const surroundings = (change: Partial<ConsentSurroundings>): ConsentSurroundings => ({
  policy: undefined,
  assumeYes: false,
  isCi: false,
  ask: saysNo,
  ...change,
});

test('a person at a terminal is asked, with the exact command', async () => {
  expect(await installConsent(surroundings({}))(request)).toBe(false);
  expect(asked).toEqual(['Slipway needs a container engine. Install it with `apt-get install docker.io`?']);
});

test.each([
  ['--yes', { assumeYes: true }],
  ['CI', { isCi: true }],
  ['no terminal', { ask: undefined }],
])('%s: nobody is asked', async (_, change) => {
  expect(await installConsent(surroundings(change))(request)).toBe(true);
});

test('SLIPWAY_INSTALL=never is stronger than --yes', async () => {
  expect(await installConsent(surroundings({ policy: 'never', assumeYes: true, isCi: true }))(request)).toBe(
    false,
  );
});
