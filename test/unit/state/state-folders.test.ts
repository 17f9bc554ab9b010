import { expect, test } from 'vitest';
import { clusterStateFolder, findFolders, findHome } from '../../../src/state/state-folders.ts';

test('cache and state are in the home folder, each cluster with a folder of its own', () => {
  const folders = findFolders('/slipway', {}, '/homes/me');
  expect(folders).toEqual({
    ...{ slipway: '/slipway', cache: '/homes/me/.cache/slipway', state: '/homes/me/.local/state/slipway' },
  });
  expect(clusterStateFolder(folders, 'slipway-todo')).toBe('/homes/me/.local/state/slipway/slipway-todo');
});

test('the XDG variables move them, and count for nothing when they are empty', () => {
  const env = { XDG_CACHE_HOME: '/cache', XDG_STATE_HOME: '' };
  expect(findFolders('/slipway', env, '/homes/me')).toMatchObject({
    ...{ cache: '/cache/slipway', state: '/homes/me/.local/state/slipway' },
  });
});

test('an XDG variable that is no absolute path counts for nothing, as its specification says', () => {
  const env = { XDG_CACHE_HOME: 'cache', XDG_STATE_HOME: './state' };
  expect(findFolders('/slipway', env, '/homes/me')).toMatchObject({
    ...{ cache: '/homes/me/.cache/slipway', state: '/homes/me/.local/state/slipway' },
  });
});

test('without a home folder the XDG variables have to name both', () => {
  const env = { XDG_CACHE_HOME: '/cache', XDG_STATE_HOME: '/state' };
  expect(findFolders('/slipway', env, undefined)).toMatchObject({ state: '/state/slipway' });
  expect(() => findFolders('/slipway', { XDG_CACHE_HOME: '/cache' }, undefined)).toThrow(
    expect.objectContaining({
      ...{ code: 'prerequisite', hint: expect.stringContaining('Set HOME') },
      message: 'there is no home folder, and XDG_STATE_HOME does not name a folder',
    }),
  );
});

test.each([
  ['HOME', { HOME: '/homes/me' }, '/homes/me'],
  ['the system where HOME is empty', { HOME: '' }, '/passwd/me'],
  ['the system where HOME is not set', {}, '/passwd/me'],
  ['the system where HOME is relative', { HOME: 'me' }, '/passwd/me'],
])('the home folder is that of %s', (_, env, home) => {
  expect(findHome(env, () => '/passwd/me')).toBe(home);
});

test('a user whom the system does not know has none', () => {
  const unknown = (): string => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(findHome({}, unknown)).toBeUndefined();
  expect(findHome({}, () => '')).toBeUndefined();
});

test.each([
  '',
  '.',
  '..',
  '../../victim',
  'a/b',
  '/etc',
  'a\0b',
  'authority',
  'traces',
  'engine',
  'A',
  'a'.repeat(64),
])('%j is no name of a cluster, and has no folder', (name) => {
  const folders = findFolders('/slipway', {}, '/homes/me');
  expect(() => clusterStateFolder(folders, name)).toThrow(expect.objectContaining({ code: 'usage' }));
});
