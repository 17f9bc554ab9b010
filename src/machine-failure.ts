// Pure: what the machine refuses to anybody, as a Failure: no bug of ours.

import { Failure } from './failure.ts';

const REFUSALS: Readonly<Record<string, { readonly text: string; readonly hint: string }>> = {
  ENOSPC: {
    text: 'no space is left on the disk',
    hint: 'Make room and try again: what is whole is kept. `docker system df` shows what the engine holds.',
  },
  EDQUOT: {
    text: 'the disk quota is used up',
    hint: 'Make room and try again: what is whole is kept.',
  },
  EROFS: {
    text: 'the file system is read-only',
    hint: 'Set XDG_CACHE_HOME and XDG_STATE_HOME to folders that can be written.',
  },
  EACCES: {
    text: 'there is no permission',
    hint: 'Look at who owns it: a run as root (sudo) leaves what its user may not change. `sudo chown` gives it back.',
  },
  EPERM: { text: 'the system does not permit it', hint: 'Look at who owns it, and at its attributes.' },
  ENOTDIR: { text: 'a file lies where a folder has to be', hint: 'Move it away, and try again.' },
  EISDIR: { text: 'a folder lies where a file has to be', hint: 'Move it away, and try again.' },
  ELOOP: { text: 'links lead in a circle', hint: 'Look at it with `ls -l`, and remove one of the links.' },
  ENAMETOOLONG: {
    text: 'a name or path is too long for the file system',
    hint: 'Use shorter names, or a folder nearer to the root: XDG_CACHE_HOME and XDG_STATE_HOME say where.',
  },
  EIO: { text: 'the disk gives errors', hint: 'Look at `dmesg`.' },
  ENFILE: { text: 'the machine has too many files open', hint: 'End what holds so many, and try again.' },
  EMFILE: { text: 'too many files are open', hint: 'Raise the limit: `ulimit -n 65536`.' },
};

/** The same error; one by which the operating system refuses what anybody would need, as a Failure 'state'. */
export function machineFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { path } = error as NodeJS.ErrnoException;
  const refusal = refusalOf(error as NodeJS.ErrnoException);
  if (refusal === undefined) return error;
  const where = path === undefined ? '' : `: ${path}`;
  return new Failure('state', `${refusal.text}${where}`, {
    hint: refusal.hint,
    details: [error.message],
    cause: error,
  });
}

function refusalOf({ code = '', syscall }: NodeJS.ErrnoException): (typeof REFUSALS)[string] | undefined {
  // Only of a folder that was to be made: elsewhere it is a question that somebody has to answer.
  if (code === 'EEXIST') return syscall === 'mkdir' ? REFUSALS['ENOTDIR'] : undefined;
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
}
