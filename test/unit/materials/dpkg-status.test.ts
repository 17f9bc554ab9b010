import { expect, test } from 'vitest';
import { parseDpkgStatus } from '../../../src/materials/dpkg-status.ts';

const status = `Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14+deb12u1
Description: GNU Standard C++ Library
 Package: not-a-field
 .
 Version: 9

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: login
Status: install ok unpacked
Architecture: all
Version: 1:4.13+dfsg1-1
`;

test('packages whose files are there come with version and purl; those that are gone do not', () => {
  expect(parseDpkgStatus(status)).toEqual([
    {
      ...{ kind: 'Debian package', name: 'libstdc++6', version: '12.2.0-14+deb12u1' },
      purl: 'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64',
    },
    {
      ...{ kind: 'Debian package', name: 'login', version: '1:4.13+dfsg1-1' },
      purl: 'pkg:deb/debian/login@1:4.13%2Bdfsg1-1?arch=all',
    },
  ]);
});

test('a list without statuses counts, and paragraphs without name or version do not', () => {
  const listed = parseDpkgStatus('Package: base-files\nVersion: 12\n\n\nVersion: 1\n\nPackage: x\n');
  expect(listed.map(({ purl }) => purl)).toEqual(['pkg:deb/debian/base-files@12']);
  expect(parseDpkgStatus('\u0000 no such list')).toEqual([]);
});
