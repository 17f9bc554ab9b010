import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { getAnswer } from '../../../src/addons/http-answer.ts';
import { issueAuthority } from '../../../src/certificates/issue-authority.ts';
import { issueHostCertificate } from '../../support/host-certificate.ts';

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;

describe('getAnswer', () => {
  test('sends the host that was asked for and gives status, headers and body', async () => {
    const origin = await serve((request, response) => {
      response.writeHead(404, { 'x-seen': request.headers.host });
      response.end('nothing here');
    });
    const answer = await getAnswer({ url: `${origin}/x`, host: 'todo.local', timeoutMs: 5000 }, never);
    expect(answer).toMatchObject({ status: 404, body: 'nothing here', headers: { 'x-seen': 'todo.local' } });
  });

  test('gives the certificate that the server shows, whoever signed it, and none without TLS', async () => {
    const authority = await issueAuthority({ owner: 'ada@laptop', nowMs: Date.now() });
    const server = createTlsServer(
      await issueHostCertificate({ host: 'todo.local', authority }),
      (_, response) => response.end('hello'),
    ).listen(0, '127.0.0.1');
    stops.push(() => server.close());
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await getAnswer({ url, host: 'todo.local', timeoutMs: 5000 }, never);
    expect(answer.body).toBe('hello');
    expect(answer.certificate?.subjectAltName).toBe('DNS:todo.local');
    const plain = await serve((_, response) => response.end());
    expect((await getAnswer({ url: plain, timeoutMs: 5000 }, never)).certificate).toBeUndefined();
  });

  test('does not follow redirects', async () => {
    const origin = await serve((_, response) => response.writeHead(308, { location: '/elsewhere' }).end());
    expect((await getAnswer({ url: origin, timeoutMs: 5000 }, never)).status).toBe(308);
  });

  test('does not wait for the end of a stream of events, which has none', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write('event: hello\n\n');
    });
    expect(await getAnswer({ url: origin, timeoutMs: 5000 }, never)).toMatchObject({ status: 200, body: '' });
  });

  test('keeps the first 64 KiB of a long body', async () => {
    const origin = await serve((_, response) => response.end('x'.repeat(200_000)));
    expect((await getAnswer({ url: origin, timeoutMs: 5000 }, never)).body).toHaveLength(65_536);
  });

  test('gives up on a server that says nothing', async () => {
    const origin = await serve(() => {});
    await expect(getAnswer({ url: origin, timeoutMs: 30 }, never)).rejects.toThrow('no answer in 30 ms');
  });

  test('takes what came of a body that does not end', async () => {
    const origin = await serve((_, response) => response.write('part'));
    expect(await getAnswer({ url: origin, timeoutMs: 300 }, never)).toMatchObject({
      status: 200,
      body: 'part',
    });
  });

  test('an abort ends the request', async () => {
    const stop = new AbortController();
    const origin = await serve(() => stop.abort());
    await expect(getAnswer({ url: origin, timeoutMs: 60_000 }, stop.signal)).rejects.toThrow(/abort/i);
  });
});
