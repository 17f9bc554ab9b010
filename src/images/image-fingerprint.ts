// The digest of everything that determines what a build makes; imageTag() makes the tag of it.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { fingerprintContext, type DigestMemory } from './context/context-fingerprint.ts';
import { parseDockerfile } from './context/dockerfile.ts';
import { contextSources } from './context/dockerfile-sources.ts';

export interface ImageContent {
  /** Absolute path. */
  readonly dockerfile: string;
  /** Absolute path. */
  readonly contextFolder: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** Operating system and architecture: 'linux/amd64'. */
  readonly platform: string;
  /** See fingerprintContext. */
  readonly memory?: DigestMemory | undefined;
}

/** Build arguments that engines know without an ARG: the way to the network, no part of an image. */
const PREDEFINED_ARGUMENT = /^(https?|ftp|no|all)_proxy$/i;

/** 64 hex digits over Dockerfile, what it reads of the context, build arguments, target, bases and platform. */
export async function fingerprintImage(
  content: ImageContent,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const { dockerfile, contextFolder, memory } = content;
  const text = await readFile(dockerfile, 'utf8').catch((cause: Error) => {
    throw new Failure('build', `there is no Dockerfile ${dockerfile}`, { cause });
  });
  const sources = contextSources(text, content);
  const context = await fingerprintContext({ contextFolder, dockerfile, sources, memory }, signal);
  return combineFingerprint(content, text, context);
}

/** The same of a Dockerfile's text and a context's digest that are known already. */
export function combineFingerprint(content: ImageContent, text: string, context: string): string {
  const buildArgs = Object.entries(content.buildArgs ?? {})
    .filter(([name]) => !PREDEFINED_ARGUMENT.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // By name: a digest would be known only after the first build has pulled it.
  const bases = parseDockerfile(text, content.buildArgs).externalImages;
  const parts = ['image 3', text, context, buildArgs, content.target ?? null, bases, content.platform];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
