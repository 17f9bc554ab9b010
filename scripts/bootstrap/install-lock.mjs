// One installation at a time: a lock file that a killed process does not keep.
//
//   <lock>                the holder: host, process, token
//   <lock>.npm            process id of the npm that it runs: written by that process before it becomes npm
//   <lock>.dead.<token>   whoever takes that holder's lock away: one alone, for the file is made exclusively
//
// A lock is taken away by whoever made the file for its token, and by nobody else. So a newcomer never removes the fresh
// lock of another newcomer that was quicker.

import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

const POLL_MS = 100;
/** The holder touches its lock twice a second. On another host nothing else tells that it lives. */
const SILENT_AFTER_MS = 30_000;

const npmFileOf = (lock) => `${lock}.npm`;
const deadFileOf = (lock, token) => `${lock}.dead.${token}`;

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a lock says of its holder; without a token where it was damaged. Undefined when there is none. */
function readHolder(file) {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    const holder = JSON.parse(text);
    if (typeof holder?.token === 'string' && /^[\w-]+$/.test(holder.token)) return holder;
  } catch {
    // Of an older version, or cut off by a full disk.
  }
  return { token: 'damaged' };
}

/** Whole or not at all: nobody reads half of it, and a kill leaves no half of it. False when the file is there. */
function makeFile(file, content) {
  fs.mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, content);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    return copyAlone(draft, file, error);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Where the file system has no hard links. A kill in the middle of it leaves a damaged lock, which holds nobody up. */
function copyAlone(draft, file, linkError) {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(linkError.code)) throw linkError;
  try {
    fs.copyFileSync(draft, file, fs.constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The npm of a killed holder works on: the packages are not to be touched meanwhile. */
function isAbandoned(file, holder) {
  if (holder.host === hostname()) return !isAlive(holder.pid) && !isAlive(Number(readText(npmFileOf(file))));
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined || holder.token === 'damaged' || Date.now() - stat.mtimeMs > SILENT_AFTER_MS;
}

/** Makes this process the one that takes the lock with this token away. Its last one may have died over it. */
function claim(file, token, me) {
  const claimFile = deadFileOf(file, token);
  if (makeFile(claimFile, JSON.stringify(me))) return [claimFile];
  const other = readHolder(claimFile);
  if (other === undefined || !isAbandoned(claimFile, other)) return undefined;
  const further = claim(file, other.token, me);
  return further && [...further, claimFile];
}

function takeAway(file, { token }, me) {
  const claims = claim(file, token, me);
  if (claims === undefined) return;
  // It may have been taken away between the look at it and the claim.
  if (readHolder(file)?.token === token) {
    fs.rmSync(npmFileOf(file), { force: true });
    fs.rmSync(file, { force: true });
  }
  for (const claimFile of claims) fs.rmSync(claimFile, { force: true });
}

/** Waits until this process holds the lock, and gives what releases it. */
export async function acquireLock(file, say) {
  const me = { host: hostname(), pid: process.pid, token: randomUUID() };
  for (let waits = 0; !makeFile(file, JSON.stringify(me));) {
    const holder = readHolder(file);
    if (holder === undefined) continue;
    if (isAbandoned(file, holder)) takeAway(file, holder, me);
    else if (waits++ === 0)
      say(`Waiting for another installation of the packages (process ${holder.pid ?? '?'}) …`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return () => {
    // One that another host has taken for abandoned is not ours any more.
    if (readHolder(file)?.token !== me.token) return;
    fs.rmSync(npmFileOf(file), { force: true });
    fs.rmSync(file, { force: true });
  };
}

/**
 * The command as one that first says its process id, for a run that comes after a kill of this process, and that does
 * not begin when this process is gone by then: it would not be waited for.
 */
export function recordedCommand(file, command) {
  const script = 'echo $$ >"$1" && kill -0 "$2" && shift 2 && exec "$@"';
  return ['sh', '-c', script, 'sh', npmFileOf(file), String(process.pid), ...command];
}

/** Says to others that the holder lives. */
export function touchLock(file) {
  const now = new Date();
  fs.utimesSync(file, now, now);
}
