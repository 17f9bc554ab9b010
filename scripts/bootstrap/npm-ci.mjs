// Runs npm ci and says in plain words what went wrong.

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { recordedCommand, touchLock } from './install-lock.mjs';

/** What helps, by the error code that npm or Node gives. */
const hints = [
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/,
    'The package registry does not answer. Connect this machine, or tell npm of your proxy or mirror (npm config set proxy …, npm config set registry …).',
  ],
  [
    /\b(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\b/,
    "The network shows a certificate of its own. Set NODE_EXTRA_CA_CERTS to your company's CA file.",
  ],
  [
    /\bEUSAGE\b/,
    'package.json and package-lock.json disagree. Run `npm install` and commit package-lock.json.',
  ],
  [
    /\bEINTEGRITY\b/,
    'A package is not the one that the lockfile names. Run `npm cache verify`, then try again.',
  ],
  [
    /\b(EACCES|EPERM)\b/,
    'node_modules or npm’s cache belongs to another user. Give it to yourself, or delete it.',
  ],
  [/\bENOSPC\b/, 'The disk is full.'],
];

/** npm must not run on the Node that it is about to replace. */
function environmentForNpm(root) {
  const ours = join(root, 'node_modules', '.bin');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ours);
  return { ...process.env, PATH: path.join(delimiter) };
}

function showProgress(lockFile, say) {
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const live = process.stderr.isTTY && !process.env.CI;
  if (!live) say('Installing the locked packages …');
  const timer = setInterval(() => {
    touchLock(lockFile);
    if (live) process.stderr.write(`\r\u001b[KInstalling the locked packages … ${seconds()}`);
  }, 500);
  return (word) => {
    clearInterval(timer);
    if (live) process.stderr.write('\r\u001b[K');
    say(`${word} the locked packages after ${seconds()}`);
  };
}

/** Install scripts stay off: nothing that we use needs one. */
export async function installPackages(root, lockFile, say) {
  // npm's own record goes first, so that a run that is killed half-way is never taken for a whole one.
  fs.rmSync(join(root, 'node_modules', '.package-lock.json'), { force: true });
  const flags = '--ignore-scripts --include=dev --include=optional --no-audit --no-fund --loglevel=error';
  const retries = '--fetch-retries=3 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000';
  let interrupted;
  const stop = (signal) => {
    interrupted = signal;
    npm.kill(signal);
    setTimeout(() => npm.kill('SIGKILL'), 5000).unref();
  };
  // Before npm runs: a signal that comes between the two would end this process and leave npm alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const command = ['npm', 'ci', ...flags.split(' '), ...retries.split(' ')];
  const [program, ...args] = recordedCommand(lockFile, command);
  const npm = spawn(program, args, {
    cwd: root,
    env: environmentForNpm(root),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (output += chunk));
  const done = showProgress(lockFile, say);
  const end = await new Promise((resolve) => {
    npm.once('error', (error) => resolve({ error }));
    npm.once('close', (code, signal) => resolve({ code, signal }));
  });
  done(end.code === 0 ? 'Installed' : 'Stopped installing');
  if (interrupted)
    throw new BootstrapError('Interrupted', { exitCode: interrupted === 'SIGINT' ? 130 : 143 });
  if (end.code === 0) return;
  // What sh says of a program that is not there.
  if (end.code === 127) {
    throw new BootstrapError('npm is not on PATH.', { hint: 'Install Node 20 or newer together with npm.' });
  }
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/EBADENGINE|A complete log|^npm error( {3,}|\s*\}$)/.test(line));
  throw new BootstrapError(`npm ci ended with ${end.signal ?? end.error?.code ?? `exit code ${end.code}`}`, {
    hint: hints.find(([pattern]) => pattern.test(output))?.[1],
    details: lines.slice(0, 15),
  });
}
