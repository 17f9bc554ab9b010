import { expect, test } from 'vitest';
import { parsePackageLock } from '../../../src/materials/package-lock.ts';

const lockOf = (packages: Readonly<Record<string, object>>): string =>
  JSON.stringify({ name: 'slipway', version: '0.1.0', lockfileVersion: 3, packages });

test('packages come with the integrity that pins them; those for development and optional ones say so', () => {
  const text = lockOf({
    '': { name: 'slipway', version: '0.1.0' },
    'node_modules/@a/run': { version: '1.0.0', integrity: 'sha512-AA==', resolved: 'https://r/x.tgz' },
    'node_modules/test': { version: '2.0.0', integrity: 'sha512-BB==', dev: true },
    'node_modules/test/node_modules/some': { version: '3.0.0', optional: true },
    'node_modules/linked': { link: true, resolved: 'here' },
    'node_modules/alias': { name: 'real', version: '4.0.0' },
  });
  expect(parsePackageLock(text)).toEqual({
    version: '0.1.0',
    packages: [
      {
        ...{ kind: 'npm package', name: '@a/run', version: '1.0.0', integrity: 'sha512-AA==' },
        purl: 'pkg:npm/%40a/run@1.0.0',
      },
      {
        ...{ kind: 'npm package', name: 'test', version: '2.0.0', integrity: 'sha512-BB==' },
        ...{ purl: 'pkg:npm/test@2.0.0', scope: 'development' },
      },
      {
        ...{ kind: 'npm package', name: 'some', version: '3.0.0', purl: 'pkg:npm/some@3.0.0' },
        scope: 'optional',
      },
      { kind: 'npm package', name: 'real', version: '4.0.0', purl: 'pkg:npm/real@4.0.0' },
    ],
  });
});

test('a package in several folders counts once, and is needed where one of them is', () => {
  const text = lockOf({
    'node_modules/a': { version: '1.0.0', dev: true },
    'node_modules/b/node_modules/a': { version: '1.0.0' },
    'node_modules/c/node_modules/a': { version: '2.0.0', dev: true },
  });
  expect(parsePackageLock(text)?.packages.map(({ version, scope }) => [version, scope])).toEqual([
    ['1.0.0', undefined],
    ['2.0.0', 'development'],
  ]);
});

test('what is no lockfile is told from one without packages', () => {
  for (const text of ['', '{', '[]', '{"packages":[1]}']) expect(parsePackageLock(text)).toBeUndefined();
  expect(parsePackageLock('{"packages":{}}')).toEqual({ version: '', packages: [] });
});
