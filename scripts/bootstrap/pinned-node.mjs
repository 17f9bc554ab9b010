// The Node that runs everything: the one of the platform package, else the machine's own if it is new enough.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';

export const pinnedNodeFile = (root) => join(root, 'node_modules', '.bin', 'node');

/** Its version for this machine, by a package of its own: users of Slipway do not install it. */
function pinnedVersion(root) {
  const manifest = JSON.parse(fs.readFileSync(join(root, 'scripts/pinned-node/package.json'), 'utf8'));
  return manifest.optionalDependencies[`node-${process.platform}-${process.arch}`];
}

export /** Type stripping without a warning came with Node 24.3. */
function ownNodeIsEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 3);
}

/**
 * npm 10 drops the link: the package of another platform, which it does not install, has a program of that name too.
 */
function linkPinnedNode(root) {
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(root, 'node_modules', name, 'bin', 'node');
  if (fs.existsSync(pinnedNodeFile(root)) || !fs.existsSync(program)) return;
  fs.chmodSync(program, 0o755);
  fs.mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  fs.rmSync(pinnedNodeFile(root), { force: true });
  fs.symlinkSync(join('..', name, 'bin', 'node'), pinnedNodeFile(root));
}

/** 'pinned' when the Node of the platform package runs, 'own' when there is none but this Node will do. */
export function checkNode(root) {
  linkPinnedNode(root);
  const pin = pinnedVersion(root);
  const ran = spawnSync(pinnedNodeFile(root), ['--version'], { encoding: 'utf8' });
  if (pin !== undefined && ran.stdout?.trim() === `v${pin}`) return 'pinned';
  if (ownNodeIsEnough()) return 'own';
  const found = ran.error ? (ran.error.code ?? ran.error.message) : ran.stdout.trim() || ran.stderr.trim();
  throw new BootstrapError(
    pin === undefined
      ? `There is no packaged Node 24 for ${process.platform}-${process.arch}, and this is Node ${process.version}.`
      : `The pinned Node ${pin} does not run here (${found}), and this is Node ${process.version}.`,
    { hint: 'Install Node 24.3 or newer yourself and try again.' },
  );
}
