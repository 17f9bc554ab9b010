// The files of the page. Read at each request: they are small, and an edited file shows without a restart.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reply, Route } from '../../shared/http-service.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { contentType } from './content-type.ts';

const headers = {
  // Everything the page needs is its own: no inline script, no other host.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  // Kept by the browser, but asked about each time: a new version shows at once.
  'cache-control': 'no-cache',
};

/** GET / and GET /<file> for each of the files in the folder. A name that is not on the list is never looked up. */
export function staticRoutes(folder: string, files: readonly string[]): Route[] {
  const serve =
    (file: string): Route['handle'] =>
    ({ request }) =>
      readReply(join(folder, file), request.headers['if-none-match']);
  return [
    { method: 'GET', path: '/', handle: serve('index.html') },
    ...files.map((file): Route => ({ method: 'GET', path: `/${file}`, handle: serve(file) })),
  ];
}

async function readReply(path: string, knownTag: string | undefined): Promise<Reply> {
  const body = await readFile(path).catch((error: unknown) => {
    throw new HttpProblem(404, 'not-found', 'There is nothing at this path.', { cause: error });
  });
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  if (knownTag === etag) return { status: 304, headers: { ...headers, etag } };
  return { status: 200, headers: { ...headers, etag, 'content-type': contentType(path) }, body };
}
