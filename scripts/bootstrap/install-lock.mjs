// One installation at a time: a lock file that a killed process does not keep.

import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

const readText = (file) => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

function isAlive(pid) {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A lock is abandoned when its process and the npm that it started are gone, or when nobody has touched it for long. */
function isAbandoned(holder, ageMs) {
  if (holder?.host !== hostname()) return ageMs > 30_000;
  return (!isAlive(holder.pid) && !isAlive(holder.npmPid)) || ageMs > 600_000;
}

function tryLock(file) {
  fs.mkdirSync(dirname(file), { recursive: true });
  try {
    fs.writeFileSync(file, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Moves an abandoned lock away; puts it back when somebody else was quicker and the lock is a new one. */
function removeLock(file, seen) {
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  if (readText(aside) !== seen) fs.copyFileSync(aside, file, fs.constants.COPYFILE_EXCL);
  fs.rmSync(aside, { force: true });
}

/** Waits until this process holds the lock. Both the holder and the npm that it runs are named in the file. */
export async function acquireLock(file, say) {
  for (let waits = 0; !tryLock(file); waits += 1) {
    const seen = readText(file);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (seen === undefined || stat === undefined) continue;
    let holder;
    try {
      holder = JSON.parse(seen);
    } catch {
      // Being written at this moment, or cut off by a crash: the age decides.
    }
    if (isAbandoned(holder, Date.now() - stat.mtimeMs)) removeLock(file, seen);
    else if (waits === 0)
      say(`Waiting for another installation of the packages (process ${holder?.pid ?? '?'}) …`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lets a run that comes after a kill of this process wait for the npm that is left over. */
export function recordNpm(file, npmPid) {
  fs.writeFileSync(file, JSON.stringify({ host: hostname(), pid: process.pid, npmPid }));
}

/** Says to others that the holder lives. */
export function touchLock(file) {
  const now = new Date();
  fs.utimesSync(file, now, now);
}

export function releaseLock(file) {
  fs.rmSync(file, { force: true });
}
