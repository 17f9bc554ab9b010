// What build stages need of this machine to reach the package registries: its certificates and npm settings.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Artifact } from '../../packages/artifact.ts';
import { cachedArtifact } from '../../packages/cached-artifact.ts';
import { fingerprintOf } from '../../packages/content-fingerprint.ts';
import type { Workshop } from '../../packages/workshop.ts';

/** Where Debian keeps the certificates of all authorities that the machine trusts, its own ones included. */
const systemCertificates = '/etc/ssl/certs/ca-certificates.crt';
/** The same place inside a build stage. */
const stageCertificates = systemCertificates;

// Of npm's settings only these say how to reach a registry. Tokens and passwords are never taken over:
// npm itself does not print them, and layers of images keep what they are given.
const connectionSettings = /^(registry|proxy|https-proxy|noproxy|strict-ssl|@[^:]+:registry)$/;
const npmConfigSchema = z.record(z.string(), z.unknown());

/**
 * A folder with certificates.crt and npmrc, as this machine has them now: another registry or another certificate
 * is another fingerprint.
 */
export async function buildSettings(workshop: Workshop): Promise<Artifact> {
  const { stdout } = await workshop.commands.run({
    program: 'npm',
    args: ['config', 'list', '--json'],
    timeoutMs: 60_000,
  });
  const config = npmConfigSchema.parse(JSON.parse(stdout));
  const { cafile } = config;
  const certificates = await readFile(typeof cafile === 'string' ? cafile : systemCertificates, 'utf8').catch(
    () => '',
  );
  const npmrc = connectionNpmrc(config, certificates === '' ? undefined : stageCertificates);
  const fingerprint = fingerprintOf('build-settings 1', certificates, npmrc);
  return cachedArtifact(workshop, {
    id: 'build-settings',
    title: 'Certificates and npm settings for builds',
    fingerprint,
    fill: async (folder) => {
      await writeFile(join(folder, 'certificates.crt'), certificates);
      await writeFile(join(folder, 'npmrc'), npmrc);
    },
  });
}

/** The lines of an npmrc that reaches the same registry by the same way as this machine's npm. */
export function connectionNpmrc(
  config: Readonly<Record<string, unknown>>,
  certificatesFile: string | undefined,
): string {
  const lines = Object.entries(config)
    .filter(([name, value]) => connectionSettings.test(name) && isPlain(value))
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`);
  if (certificatesFile !== undefined) lines.push(`cafile=${certificatesFile}`);
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => item !== '');
  if (typeof value === 'string') {
    // A registry or proxy address with a password in it would stay readable in the image.
    return value !== '' && !/\/\/[^/]*@/.test(value);
  }
  return typeof value === 'boolean';
}
