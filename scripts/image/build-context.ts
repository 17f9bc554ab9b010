// The build context as the tar stream that the engine takes.

import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { Failure } from '../failure.ts';
import { digestOfContext } from './context-fingerprint.ts';
import {
  listContext,
  pathInside,
  type BuildContext,
  type ContextEntry,
  type ContextPlace,
} from './context-listing.ts';

export interface PackedContext {
  readonly stream: Readable;
  /** Where the Dockerfile lies in the stream. */
  readonly dockerfile: string;
}

export interface PackOptions extends ContextPlace {
  /** Changes the Dockerfile on its way; the file itself is not touched. */
  readonly rewrite?: ((text: string) => string) | undefined;
  /**
   * Sends a .dockerignore that makes the engine drop an added Dockerfile once it has read it, as docker's own
   * client does. The classic builder obeys; BuildKit does not look at it in a tar, there `COPY . .` copies it.
   */
  readonly hideDockerfile: boolean;
  /**
   * Is told, before the stream ends, what went into it: the Dockerfile's text and the digest of the context as
   * fingerprintContext makes it. When it throws, the stream breaks off, and the engine builds nothing.
   */
  readonly verify?: ((dockerfile: string, contextDigest: string) => void) | undefined;
}

/**
 * Streams the context. A Dockerfile that lies outside, is ignored or is rewritten is put in under a name that
 * nothing else has.
 */
export async function packContext(options: PackOptions, signal: AbortSignal): Promise<PackedContext> {
  const { contextFolder, dockerfile, rewrite, verify } = options;
  const text = await readFile(dockerfile, 'utf8').catch((cause: Error) => {
    throw new Failure('build', `there is no Dockerfile ${dockerfile}`, {
      cause,
      hint: 'Correct the path in the config (images.<name>.dockerfile).',
    });
  });
  const context = await listContext(options, signal);
  const sent = rewrite?.(text) ?? text;
  const check = (digest: string): void => verify?.(text, digest);
  const own = pathInside(contextFolder, dockerfile);
  const isInside = own !== undefined && sent === text && context.entries.some((entry) => entry.path === own);
  if (isInside) return { stream: stream(context, new Map(), check, signal), dockerfile: own };

  // Always the same name, so that a changed Dockerfile alone does not undo the cache of `COPY . .`.
  const isTaken = (name: string): boolean => context.entries.some((entry) => entry.path === name);
  const digest = createHash('sha256').update(sent).digest('hex').slice(0, 12);
  const name = isTaken('.slipway.Dockerfile') ? `.slipway-${digest}.Dockerfile` : '.slipway.Dockerfile';
  const added = new Map([[name, sent]]);
  if (options.hideDockerfile) {
    const ignoreText = isTaken('.dockerignore')
      ? await readFile(join(contextFolder, '.dockerignore'), 'utf8')
      : '.dockerignore\n';
    added.set('.dockerignore', `${ignoreText.replace(/\n?$/, '\n')}${name}\n`);
  }
  return { stream: stream(context, added, check, signal), dockerfile: name };
}

function stream(
  context: BuildContext,
  added: ReadonlyMap<string, string>,
  check: (digest: string) => void,
  signal: AbortSignal,
): Readable {
  const archive = pack();
  const digests = new Map<string, string>();
  void (async () => {
    for (const [name, text] of added) archive.entry({ name, mode: 0o644, mtime: new Date(0) }, text);
    for (const entry of context.entries) {
      signal.throwIfAborted();
      const isReplaced = added.has(entry.path);
      const digest = isReplaced
        ? sha256(await readFile(join(context.contextFolder, entry.path)))
        : await append(archive, context.contextFolder, entry, signal);
      if (digest !== undefined) digests.set(entry.path, digest);
    }
    check(digestOfContext(context.entries, digests));
    archive.finalize();
  })().catch((error: unknown) => archive.destroy(error as Error));
  return archive as unknown as Readable;
}

/** Resolves with the digest of what was put in, for a file. */
async function append(
  archive: Pack,
  root: string,
  entry: ContextEntry,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Web servers make their ETag of a file's time and size, so files keep their time; fingerprints leave it out,
  // and so do the engines' caches. Owners are root, modes have one bit: a context is the same on every machine.
  const mtime = new Date(Number(entry.stat.mtimeNs / 1_000_000_000n) * 1000);
  const base = { name: entry.path, mtime, uid: 0, gid: 0 };
  if (entry.kind === 'folder') {
    archive.entry({ ...base, type: 'directory', mode: 0o755 });
    return undefined;
  }
  if (entry.kind === 'link') {
    archive.entry({ ...base, type: 'symlink', linkname: entry.target ?? '', mode: 0o777 });
    return undefined;
  }
  const file = await open(join(root, entry.path)).catch((cause: Error) => {
    throw new Failure('build', `the build context cannot be read: ${cause.message}`, { cause });
  });
  try {
    // The size now, not the one of the listing: an archive whose entry is short of bytes is broken.
    const { size } = await file.stat();
    const header = { ...base, type: 'file' as const, size, mode: entry.executable ? 0o755 : 0o644 };
    if (size === 0) {
      archive.entry(header, '');
      return sha256('');
    }
    const hash = createHash('sha256');
    const content = file.createReadStream({ start: 0, end: size - 1, autoClose: false });
    content.on('data', (chunk) => hash.update(chunk));
    await pipeline(content, archive.entry(header), { signal });
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
