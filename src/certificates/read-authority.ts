// Reads the authority from its folder, and refuses one that must not be used.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { shownArgument } from '../process/quote-command.ts';
import { authorityFiles } from './authority-files.ts';
import type { LocalAuthority } from './local-authority.ts';

export interface ReadRequest {
  /** Absolute path. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const OTHERS = 0o077;

/**
 * Undefined when the folder holds neither file. Rejects with Failure 'state' when one of the two is missing or broken,
 * when they do not belong together, when others may read the key, and outside the time for which it is valid.
 */
export async function readAuthority(
  { folder, nowMs }: ReadRequest,
  signal: AbortSignal,
): Promise<LocalAuthority | undefined> {
  const files = authorityFiles(folder);
  const [certificatePem, keyPem] = await Promise.all([
    readIfThere(files.certificate, signal),
    readIfThere(files.key, signal),
  ]);
  if (certificatePem === undefined && keyPem === undefined) return undefined;
  if (certificatePem === undefined || keyPem === undefined) {
    const missing = certificatePem === undefined ? files.certificate : files.key;
    throw unusable(`${missing} is missing`, folder);
  }
  await checkAccess(files.key, folder);
  const certificate = parse(files.certificate, folder, () => new X509Certificate(certificatePem));
  const key = parse(files.key, folder, () => createPrivateKey(keyPem));
  if (!certificate.ca) throw unusable(`${files.certificate} is not the certificate of an authority`, folder);
  if (!certificate.checkPrivateKey(key)) throw unusable('the key does not belong to the certificate', folder);
  if (Date.parse(certificate.validTo) <= nowMs)
    throw unusable(`it expired on ${certificate.validTo}`, folder);
  if (Date.parse(certificate.validFrom) > nowMs) {
    throw new Failure('state', `the local certificate authority is valid from ${certificate.validFrom} on`, {
      hint: "Set this machine's clock.",
    });
  }
  return { certificateFile: files.certificate, certificatePem, keyPem };
}

/** The certificate alone, for trust stores: also of an authority that must not sign any more. */
export async function readAuthorityCertificate(
  folder: string,
  signal: AbortSignal,
): Promise<X509Certificate | undefined> {
  const { certificate: file } = authorityFiles(folder);
  const text = await readIfThere(file, signal);
  return text === undefined ? undefined : parse(file, folder, () => new X509Certificate(text));
}

async function readIfThere(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    if (signal.aborted)
      throw new Failure('interrupted', `interrupted while reading ${file}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Failure('state', `cannot read ${file}: ${code}`, {
      hint: 'It has to belong to the user who runs Slipway.',
      cause: error,
    });
  }
}

// Whoever has the key can pass for any site in browsers that trust the authority.
async function checkAccess(keyFile: string, folder: string): Promise<void> {
  const [key, around] = await Promise.all([stat(keyFile), stat(folder)]);
  if ((key.mode & OTHERS) === 0 && (around.mode & OTHERS) === 0) return;
  throw new Failure(
    'state',
    `the key of the local certificate authority is open to other users: ${keyFile}`,
    {
      hint: `If nobody can have read it: chmod 700 ${shownArgument(folder)} && chmod 600 ${shownArgument(keyFile)}. ${renewal(folder)}`,
    },
  );
}

function parse<T>(file: string, folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unusable(`${file} cannot be read as PEM`, folder, error);
  }
}

function unusable(reason: string, folder: string, cause?: unknown): Failure {
  return new Failure('state', `the local certificate authority cannot be used: ${reason}`, {
    hint: renewal(folder),
    cause,
  });
}

function renewal(folder: string): string {
  return `For a new one: slipway trust --remove, then rm -r ${shownArgument(folder)}`;
}
