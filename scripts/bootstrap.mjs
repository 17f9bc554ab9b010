// Makes the project runnable: installs the locked packages, the pinned Node among them, when they are absent
// or stale. It comes before every task of npm (`preup`, `pretest`, ...), on whatever Node the machine has, so it is
// plain JavaScript and imports nothing that is not in Node 18. bootstrap.sh goes before it, which spares it mostly.
//
//   current? ──yes──► done
//      │ no
//      ▼
//   lock (.slipway/install.lock) ──► current by now? ──yes──► done
//      │ no
//      ▼
//   npm installed exactly this already? ──no──► npm ci
//      │ yes                                      │
//      └──────────────► check the pinned Node ◄───┘ ──► write the marker (node_modules/.slipway-lock)
//
// Killed anywhere, it leaves no marker, and the next run starts over.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNode, ownNodeIsEnough, pinnedNodeFile } from './bootstrap/pinned-node.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const markerFile = join(root, 'node_modules', '.slipway-lock');
const lockFile = join(root, '.slipway', 'install.lock');

const say = (line) => process.stderr.write(`${line}\n`);

/** Changes when other packages are wanted; not when a script or the version in package.json changes. */
function fingerprint(manifest) {
  const { dependencies, devDependencies, overrides } = manifest;
  return createHash('sha256')
    .update(JSON.stringify([dependencies, devDependencies, overrides]))
    .update(fs.readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

function readMarker() {
  try {
    return JSON.parse(fs.readFileSync(markerFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function isCurrent(wanted) {
  const marker = readMarker();
  if (marker?.fingerprint !== wanted) return false;
  return marker.node === 'pinned' ? fs.existsSync(pinnedNodeFile(root)) : ownNodeIsEnough();
}

async function install(manifest, wanted) {
  const { acquireLock } = await import('./bootstrap/install-lock.mjs');
  const release = await acquireLock(lockFile, say);
  try {
    if (isCurrent(wanted)) return;
    const { isInstalledAlready } = await import('./bootstrap/installed-packages.mjs');
    if (!isInstalledAlready(root)) {
      fs.rmSync(markerFile, { force: true });
      const { installPackages } = await import('./bootstrap/npm-ci.mjs');
      await installPackages(root, lockFile, say);
    }
    const node = checkNode(root);
    const draft = `${markerFile}.${process.pid}`;
    fs.writeFileSync(draft, JSON.stringify({ fingerprint: wanted, node }));
    fs.renameSync(draft, markerFile);
  } finally {
    release();
  }
}

try {
  const manifest = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = fingerprint(manifest);
  if (!isCurrent(wanted)) await install(manifest, wanted);
} catch (error) {
  // Told by its name: the class is loaded only when there is something to do.
  if (error.name !== 'BootstrapError') throw error;
  for (const line of error.details) say(`  ${line}`);
  say(`✖ ${error.message}`);
  if (error.hint) say(`  ${error.hint}`);
  process.exitCode = error.exitCode;
}
