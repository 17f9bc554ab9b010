import { expect, test } from 'vitest';
import { clusterStateFolder, findFolders } from '../../../scripts/command/folders.ts';

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
