// Passes /api/ on to the backend, so that the page also works without an ingress in front
// (a port-forward to this service alone). Behind the ingress these requests never come here.

import { request as send } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Route } from '../../shared/http-service.ts';

const timeoutMs = 10_000;

/** Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1). */
const connectionHeaders = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

export function backendProxy(backendUrl: string): Route {
  return {
    method: '*',
    path: '/api/*',
    async handle({ request, response, url }) {
      const target = new URL(`${backendUrl}${url.pathname}${url.search}`);
      const answer = await forward(request, target);
      response.writeHead(answer.statusCode ?? 502, withoutConnectionHeaders(answer.headers));
      await pipeline(answer, response);
      return undefined;
    },
  };
}

async function forward(request: IncomingMessage, target: URL): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send(
    target,
    {
      method: request.method,
      headers: { ...withoutConnectionHeaders(request.headers), host: target.host },
      timeout: timeoutMs,
    },
    resolve,
  );
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
  outgoing.on('error', reject);
  request.pipe(outgoing);
  try {
    return await promise;
  } catch (error) {
    throw new HttpProblem(502, 'backend-unavailable', 'The backend cannot be reached right now.', {
      cause: error,
    });
  }
}

function withoutConnectionHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.includes(name)));
}
