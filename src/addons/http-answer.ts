// One HTTP request as a browser on this machine would make it, with a Host header of our choice.

import type { X509Certificate } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';

const maxBodyBytes = 64 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first 64 KiB of what came in time; '' of a stream of events, which would never end. */
  readonly body: string;
  /** That of the server, whoever vouches for it; undefined for plain HTTP. */
  readonly certificate: X509Certificate | undefined;
}

export interface HttpQuestion {
  readonly url: string;
  /** Name that the server is asked for, in the Host header and in TLS; that of the URL if absent. */
  readonly host?: string;
  readonly timeoutMs: number;
}

/** GET, redirects not followed, any certificate accepted: it is asked who answers, not whom to trust. */
export async function getAnswer(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const url = new URL(question.url);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(question.timeoutMs)]);
  const options = {
    signal: bounded,
    agent: false as const,
    headers: question.host === undefined ? {} : { host: question.host },
  };
  return new Promise((resolve, reject) => {
    const tls = {
      rejectUnauthorized: false,
      ...(question.host === undefined ? {} : { servername: question.host }),
    };
    const request =
      url.protocol === 'https:' ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
    let finish: (() => void) | undefined;
    const fail = (error: Error): void => {
      const isLate = bounded.aborted && !signal.aborted;
      // A body that does not end is an answer: what came of it in the time that there is.
      if (isLate && finish !== undefined) finish();
      else reject(isLate ? new Error(`no answer in ${question.timeoutMs} ms`) : error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      // Asked now: when the answer has ended, the connection may be gone.
      const certificate =
        response.socket instanceof TLSSocket ? response.socket.getPeerX509Certificate() : undefined;
      const { headers, statusCode: status = 0 } = response;
      if (headers['content-type']?.startsWith('text/event-stream')) {
        resolve({ status, headers, body: '', certificate });
        response.on('error', () => {});
        response.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (sizeBytes < maxBodyBytes) chunks.push(chunk);
        sizeBytes += chunk.length;
      });
      finish = (): void => {
        const body = Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8');
        resolve({ status, headers, body, certificate });
      };
      response.on('error', fail);
      response.on('end', finish);
    });
    request.end();
  });
}
