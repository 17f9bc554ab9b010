// Headless Chromium as a person's browser; todo.local is this machine.

import { access } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';
import { inject, type TestContext } from 'vitest';

const executables = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  for (const path of executables) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/** Skips the test with the reason where no browser is installed. */
export function needBrowser(context: TestContext): void {
  const problem = inject('browserProblem');
  if (problem) context.skip(problem);
}

/**
 * Opens a browser that finds `host` on this machine, whatever the hosts file says.
 *
 * @param trustedKeys - Base64 of the SHA-256 of public keys whose certificates it takes.
 */
export async function openBrowser(host: string, trustedKeys: readonly string[] = []): Promise<Browser> {
  const executablePath = await findChromium();
  if (executablePath === undefined) throw new Error('no browser: the test has to ask needBrowser first');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${host} 127.0.0.1`,
      `--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`,
    ],
  });
}
