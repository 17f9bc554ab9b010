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
  EACCES: { text: 'there is no permission', hint: 'Look at who owns it.' },
  EMFILE: { text: 'too many files are open', hint: 'Raise the limit: `ulimit -n 65536`.' },
};

/** The same error; one by which the operating system refuses what anybody would need, as a Failure 'state'. */
export function machineFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { code = '', path } = error as Error & { code?: string; path?: string };
  const refusal = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (refusal === undefined) return error;
  const where = path === undefined ? '' : `: ${path}`;
  return new Failure('state', `${refusal.text}${where}`, {
    hint: refusal.hint,
    details: [error.message],
    cause: error,
  });
}
