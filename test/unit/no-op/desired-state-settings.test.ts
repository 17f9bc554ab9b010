import { expect, test } from 'vitest';
import { machinePaths, desiredStateSettings } from '../../../src/no-op/desired-state-settings.ts';

const circumstances = { homeFolder: '/h', system: 'linux', architecture: 'x64', options: {} };

test('what npm sets for each task is no other setting; a proxy for npm is', () => {
  const plain = desiredStateSettings({ ...circumstances, env: { PATH: '/bin' } });
  const byNpm = {
    PATH: '/bin',
    npm_config_local_prefix: '/x',
    npm_config_noproxy: '',
    npm_lifecycle_event: 'up',
  };
  expect(desiredStateSettings({ ...circumstances, env: byNpm })).toEqual(plain);
  expect(
    desiredStateSettings({ ...circumstances, env: { ...byNpm, npm_config_proxy: 'http://p' } }),
  ).not.toEqual(plain);
});

test('the folders that npm puts in front of PATH are no other setting', () => {
  const plain = { ...circumstances, env: { PATH: '/bin' } };
  const byNpm = { ...circumstances, env: { PATH: '/p/node_modules/.bin:/usr/lib/node_modules/npm/x:/bin' } };
  expect(desiredStateSettings(byNpm)).toEqual(desiredStateSettings(plain));
  expect(machinePaths(byNpm)).toEqual(machinePaths(plain));
});

test('programs are looked for in every folder of PATH', () => {
  expect(machinePaths({ ...circumstances, env: { PATH: '/a:/b' } })).toEqual(
    expect.arrayContaining(['/a/go', '/b/go', '/b/helm', '/h/.docker/config.json']),
  );
});
