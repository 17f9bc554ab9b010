// A lock between processes that is held exactly as long as its process lives: also while that one is suspended, and not a
// moment after it was killed. Nobody's clock has a part in it.
//
//   announce: a file of our own in the lock's folder ──► look at all others there
//     one is of a living process ──► withdraw ours: held (or, while that one only asks too, both try again)
//     all are of dead processes  ──► remove them (no file is ever used twice) ──► ours
//
// Each announces itself before it looks, so of two at a time the later one sees the earlier: never do both go on.

import { randomUUID } from 'node:crypto';
import {
  lstat,
  access,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { observeProcess } from './process-identity.ts';

/** Who has announced itself. */
interface Claim {
  readonly pid: number;
  readonly host: string;
  /** What else tells this process from one that has its id later; absent where the system does not say. */
  readonly startedTicks?: string | undefined;
  readonly bootId?: string | undefined;
  readonly pidNamespace?: string | undefined;
  /** For people. */
  readonly about: string;
}

export interface HeldLock {
  /** Processes that held it, or asked for it, and are there no more. */
  readonly foundDead: number;
  /** Whether it is ours still: somebody may have removed the folder. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

export type LockAnswer = { readonly lock: HeldLock } | { readonly heldBy: string };

const ASKED_AGAIN = 50;
const CLAIM = /^[0-9a-f-]{36}\.json$/;

/**
 * @param folder - Of this lock alone; made, and removed again. Its parent has to be there.
 * @param about - What others are told of the holder.
 */
export async function tryProcessLock(folder: string, about: string): Promise<LockAnswer> {
  const own = await ownClaim(about);
  let foundDead = 0;
  for (let attempt = 1; ; attempt++) {
    const file = join(folder, `${randomUUID()}.json`);
    if (!(await announce(folder, file, own))) continue;
    const others = await otherClaims(folder, file);
    // Somebody has moved the folder away.
    if (others === undefined) continue;
    foundDead += others.dead;
    const [other] = others.living;
    if (other === undefined) {
      // A mark beside it: a file that takes the place of another one may be missed by who reads the folder.
      const isMarked = await writeFile(markOf(file), '', { mode: 0o600 }).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'ENOENT') return false;
          throw error;
        },
      );
      if (!isMarked) continue;
      // Of processes killed while they announced themselves. One that lives finds its own gone, and begins again.
      for (const name of await readdir(folder).catch(() => []))
        if (name.endsWith('.new')) await rm(join(folder, name), { force: true });
      return { lock: { foundDead, isHeld: () => isThere(file), release: () => withdraw(folder, file) } };
    }
    await withdraw(folder, file);
    if (others.holder !== undefined) return { heldBy: others.holder.about };
    if (attempt >= ASKED_AGAIN) return { heldBy: other.about };
    await sleep(Math.random() * 20 * Math.min(attempt, 10));
  }
}

/** Who holds the lock now, for people; changes nothing. */
export async function holderOf(folder: string): Promise<string | undefined> {
  for (const name of await claimsIn(folder)) {
    const claim = await readClaim(join(folder, name));
    if (claim !== undefined && claim !== 'gone' && (await isLiving(claim))) return claim.about;
  }
  return undefined;
}

/** In one step for whoever looks. False where the folder went in the meantime. */
async function announce(folder: string, file: string, claim: Claim): Promise<boolean> {
  const temporary = `${file}.new`;
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await writeFile(temporary, JSON.stringify(claim), { mode: 0o600 });
    await rename(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && (await isThere(join(folder, '..')))) {
      // A link that leads nowhere never comes to be a folder: it would be asked for ever.
      const isLink = await lstat(folder).then(
        (found) => found.isSymbolicLink(),
        () => false,
      );
      if (isLink && !(await isThere(folder)))
        throw Object.assign(new Error(`${folder} is a link that leads nowhere`), { code: 'ENOTDIR' });
      return false;
    }
    throw error;
  }
}

async function otherClaims(
  folder: string,
  own: string,
): Promise<{ living: Claim[]; holder: Claim | undefined; dead: number } | undefined> {
  const living: Claim[] = [];
  let holder: Claim | undefined;
  let dead = 0;
  const names = await claimsIn(folder);
  if (!names.some((name) => join(folder, name) === own)) return undefined;
  for (const name of names) {
    const file = join(folder, name);
    if (file === own) continue;
    const claim = await readClaim(file);
    // Withdrawn since.
    if (claim === 'gone') continue;
    if (claim !== undefined && (await isLiving(claim))) {
      living.push(claim);
      if (await isThere(markOf(file))) holder = claim;
    } else {
      await removeClaim(file);
      dead++;
    }
  }
  return { living, holder, dead };
}

function markOf(file: string): string {
  return `${file}.held`;
}

async function removeClaim(file: string): Promise<void> {
  await rm(markOf(file), { force: true });
  await rm(file, { force: true });
}

async function withdraw(folder: string, file: string): Promise<void> {
  await removeClaim(file);
  // Not when somebody else has announced itself.
  await rmdir(folder).catch(() => undefined);
}

async function claimsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => CLAIM.test(name));
}

/** Undefined where it says nothing that we know. It was written in one step, so nobody is at it. */
async function readClaim(file: string): Promise<Claim | 'gone' | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return 'gone';
  try {
    const claim = JSON.parse(text) as Partial<Claim> | null;
    const isOne = typeof claim?.pid === 'number' && typeof claim.host === 'string';
    if (!isOne) return undefined;
    return { ...(claim as Claim), about: String(claim.about) };
  } catch {
    return undefined;
  }
}

/** What cannot be asked (another machine, another container) counts as living. */
async function isLiving(claim: Claim | 'gone'): Promise<boolean> {
  if (claim === 'gone') return false;
  const here = await ownClaim('');
  if (claim.host !== here.host) return true;
  if (claim.bootId !== here.bootId) return false;
  if (claim.pidNamespace !== here.pidNamespace) return true;
  if (claim.startedTicks !== undefined)
    return (await observeProcess(claim.pid))?.startedTicks === claim.startedTicks;
  try {
    process.kill(claim.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function ownClaim(about: string): Promise<Claim> {
  const [identity, bootId, pidNamespace] = await Promise.all([
    observeProcess(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined),
    readlink('/proc/self/ns/pid').catch(() => undefined),
  ]);
  return {
    ...{ pid: process.pid, host: hostname(), startedTicks: identity?.startedTicks },
    ...{ bootId: bootId?.trim(), pidNamespace, about },
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
