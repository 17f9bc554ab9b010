// Finds the certificate databases of this user's browsers.

import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Chromium and Chrome on Linux; the second one is that of the snap. */
const SHARED = ['.pki/nssdb', 'snap/chromium/current/.pki/nssdb'];

/** Folders of Firefox that have one folder for each profile. */
const PROFILES = [
  '.mozilla/firefox',
  '.config/mozilla/firefox',
  'snap/firefox/common/.mozilla/firefox',
  '.var/app/org.mozilla.firefox/.mozilla/firefox',
  'Library/Application Support/Firefox/Profiles',
];

/** Absolute paths of the folders that hold a database, sorted. A browser makes its own when it first runs. */
export async function findNssDatabases(homeFolder: string): Promise<string[]> {
  const profiles = await Promise.all(
    PROFILES.map(async (folder) => {
      const names = await readdir(join(homeFolder, folder)).catch(() => []);
      return names.map((name) => join(homeFolder, folder, name));
    }),
  );
  const candidates = [...SHARED.map((folder) => join(homeFolder, folder)), ...profiles.flat()];
  const there = await Promise.all(
    candidates.map((folder) =>
      access(join(folder, 'cert9.db')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return candidates.filter((_, index) => there[index]).sort();
}
