// The build context as the tar stream that the engine takes.

import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../failure.ts';
import { digestOfContext, READ_FILE_ONLY } from './context-fingerprint.ts';
import {
  isGone,
  listContext,
  pathInside,
  unreadable,
  type BuildContext,
  type ContextEntry,
  type ContextPlace,
} from './context-listing.ts';
import { contextSources, type DockerfileQuestion } from './dockerfile-sources.ts';
import { bytesOfPath } from './path-bytes.ts';
import { SourcesChanged } from './sources-changed.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts';

export interface PackedContext {
  readonly stream: Readable;
  /** Where the Dockerfile lies in the stream. */
  readonly dockerfile: string;
}

export interface PackOptions extends Pick<ContextPlace, 'contextFolder' | 'dockerfile'>, DockerfileQuestion {
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
 * Streams what the Dockerfile reads of the context. A Dockerfile that is not among it, is a link or is rewritten is put
 * in under a name that nothing else has.
 */
export async function packContext(options: PackOptions, signal: AbortSignal): Promise<PackedContext> {
  const { contextFolder, dockerfile, rewrite, verify } = options;
  const text = await readFile(dockerfile, 'utf8').catch((cause: Error) => {
    throw new Failure('build', `there is no Dockerfile ${dockerfile}`, {
      cause,
      hint: 'Correct the path in the config (images.<name>.dockerfile).',
    });
  });
  const sources = contextSources(text, options);
  const context = await listContext({ contextFolder, dockerfile, sources }, signal);
  const sent = rewrite?.(text) ?? text;
  const check = (digest: string): void => verify?.(text, digest);
  const own = pathInside(contextFolder, dockerfile);
  const isInside = context.entries.some(({ path, kind }) => path === own && kind === 'file');
  // BuildKit copies all that is sent, so what is rewritten takes the place of what it was.
  if (isInside && own !== undefined && (sent === text || !options.hideDockerfile)) {
    const replaced = new Map(sent === text ? [] : [[own, sent] as const]);
    return { stream: stream(context, replaced, check, signal), dockerfile: own };
  }

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
  return Readable.from(blocksOf(context, added, check, signal), { objectMode: false });
}

async function* blocksOf(
  { contextFolder, entries }: BuildContext,
  added: ReadonlyMap<string, string>,
  check: (digest: string) => void,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const digests = new Map<string, string>();
  for (const [name, text] of added) {
    const content = Buffer.from(text);
    const head = tarHeader({ name, kind: 'file', mode: 0o644, sizeBytes: content.length });
    yield Buffer.concat([head, content, tarPadding(content.length)]);
  }
  for (const entry of entries) {
    signal.throwIfAborted();
    const { path, kind, mode, target } = entry;
    if (added.has(path)) digests.set(path, sha256(await readFile(join(contextFolder, path))));
    else if (kind === 'file') digests.set(path, yield* fileBlocks(contextFolder, entry));
    else yield tarHeader({ name: path, kind, mode, target, mtimeSeconds: secondsOf(entry) });
  }
  check(digestOfContext(entries, digests));
  yield TAR_END;
}

/** Returns the digest of what was read. */
async function* fileBlocks(root: string, entry: ContextEntry): AsyncGenerator<Buffer, string> {
  const { path, mode } = entry;
  const hash = createHash('sha256');
  try {
    await using file = await open(bytesOfPath(join(root, path)), READ_FILE_ONLY);
    const found = await file.stat();
    if (!found.isFile()) throw new SourcesChanged(join(root, path));
    // The size now, not the one of the listing: what is written later is not read.
    const { size } = found;
    yield tarHeader({ name: path, kind: 'file', mode, sizeBytes: size, mtimeSeconds: secondsOf(entry) });
    let read = 0;
    if (size > 0)
      for await (const chunk of file.createReadStream({ start: 0, end: size - 1, autoClose: false })) {
        hash.update(chunk as Buffer);
        read += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    if (read < size) throw new SourcesChanged(join(root, path));
    yield tarPadding(size);
  } catch (error) {
    if (isGone(error)) throw new SourcesChanged(join(root, path));
    throw unreadable(root, path, error);
  }
  return hash.digest('hex');
}

/**
 * Web servers make their ETag of a file's time and size, so files keep their time; fingerprints leave it out, and so do
 * the engines' caches.
 */
function secondsOf({ stat }: ContextEntry): number {
  return Math.floor(Number(stat.mtimeNs) / 1e9);
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
