// Reads the body of a request as JSON, within a limit.

import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './http-problem.ts';

/** The parsed body. Rejects with 415 (not JSON), 413 (larger than limitBytes) or 400 (not valid JSON). */
export async function readJsonBody(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new HttpProblem(415, 'unsupported-media-type', 'The body must be sent as application/json.');
  }
  const text = await readText(request, limitBytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem(400, 'malformed-json', 'The body is not valid JSON.', { cause: error });
  }
}

async function readText(request: IncomingMessage, limitBytes: number): Promise<string> {
  const tooLarge = new HttpProblem(
    413,
    'too-large',
    `The body must not be larger than ${limitBytes} bytes.`,
    {
      // What is left of the body is not read: the connection cannot be used again.
      headers: { connection: 'close' },
    },
  );
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
