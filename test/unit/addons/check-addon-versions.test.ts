import { describe, expect, test } from 'vitest';
import { addonCatalog } from '../../../src/addons/addon-catalog.ts';
import { checkAddonVersions, type AddonMode } from '../../../src/addons/check-addon-versions.ts';

const catalog = new Map([['dapr', { versions: { packages: '1.14.0', registry: '1.17.2' } }]]);
const path = 'environments.todo.addons';

describe('checkAddonVersions', () => {
  test.each<[string, Record<string, { version?: string }>, AddonMode]>([
    ['the version of the mode', { dapr: { version: '1.14.0' } }, 'packages'],
    ['the version of the other mode, in that mode', { dapr: { version: '1.17.2' } }, 'registry'],
    ['no version', { dapr: {} }, 'packages'],
    ['an addon that the catalogue does not know: said elsewhere', { other: { version: '1' } }, 'registry'],
  ])('accepts %s', (_title, declared, mode) => {
    expect(checkAddonVersions(path, declared, catalog, mode)).toEqual([]);
  });

  test('names the place, and what is available in which mode', () => {
    expect(checkAddonVersions(path, { dapr: { version: '1.17.2' } }, catalog, 'packages')).toEqual([
      {
        path: 'environments.todo.addons.dapr.version',
        message:
          '1.17.2 is not available with images from packages; ' +
          'available are 1.14.0 from packages and 1.17.2 from registries',
      },
    ]);
  });
});

test('every addon of the catalogue has a version in each mode', () => {
  const versions = [...addonCatalog.values()].flatMap((entry) => Object.values(entry.versions));
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(versions).toHaveLength(addonCatalog.size * 2);
});
