// Makes the certificate authority of the user, once.

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import { authorityFiles } from './authority-files.ts';
import { issueAuthority } from './issue-authority.ts';
import type { AuthoritySource, LocalAuthority } from './local-authority.ts';
import { readAuthority } from './read-authority.ts';

export interface AuthorityRequest {
  /** Absolute path of the folder of its two files; made with mode 0700. */
  readonly folder: string;
  /** Whose it is, for people who find it in a trust store: 'ada@laptop'. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * The authority in the folder, made where there is none. Of several runs at once one makes it, and all get that one.
 * Rejects with Failure 'state' when there is one that must not be used (see readAuthority).
 */
export async function ensureLocalAuthority(
  { folder, owner, nowMs }: AuthorityRequest,
  signal: AbortSignal,
): Promise<LocalAuthority> {
  const found = await readAuthority({ folder, nowMs }, signal);
  if (found !== undefined) return found;
  const { certificatePem, keyPem } = await issueAuthority({ owner, nowMs });
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // Both files at once and whole, or none: they appear by the renaming of the folder that they are in (mode 0700).
  const fresh = await mkdtemp(`${folder}.new-`);
  try {
    const files = authorityFiles(fresh);
    await writeFile(files.key, keyPem, { mode: 0o600, flush: true, signal });
    await writeFile(files.certificate, certificatePem, { mode: 0o600, flush: true, signal });
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (signal.aborted) {
      throw new Failure('interrupted', 'interrupted while making the local certificate authority');
    }
    // A folder that has something in it is not replaced: another run was first.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  const made = await readAuthority({ folder, nowMs }, signal);
  if (made !== undefined) return made;
  throw new Failure(
    'state',
    `there is no place for the local certificate authority: ${folder} has other files`,
    {
      hint: 'Move them away and run again.',
    },
  );
}

/** The authority of a folder, with the time of each call. */
export function localAuthoritySource({
  folder,
  owner,
  now = Date.now,
}: Omit<AuthorityRequest, 'nowMs'> & { readonly now?: () => number }): AuthoritySource {
  return {
    find: (signal) => readAuthority({ folder, nowMs: now() }, signal),
    ensure: (signal) => ensureLocalAuthority({ folder, owner, nowMs: now() }, signal),
  };
}
