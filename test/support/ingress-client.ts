// HTTP and HTTPS through the ingress of an environment, as `curl --cacert … --resolve …` does it.

import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';

export interface IngressRequest {
  readonly port: number;
  readonly host: string;
  /** PEM of the authority by which the host has to prove itself; plain HTTP without one. */
  readonly authority?: string | undefined;
  readonly path: string;
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface IngressAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const timeoutMs = 10_000;

export function askIngress(ask: IngressRequest): Promise<IngressAnswer> {
  const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
  return new Promise((resolve, reject) => {
    const request = ask.authority === undefined ? requestPlain : requestTls;
    const sent = request(
      {
        host: '127.0.0.1',
        servername: ask.host,
        ca: ask.authority,
        port: ask.port,
        path: ask.path,
        method: ask.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          host: ask.host,
          accept: 'application/json, text/event-stream, text/html',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.any([ask.signal, AbortSignal.timeout(timeoutMs)]),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
