import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { plainConnection } from '../../../src/kubernetes/client/connect-cluster.ts';
import { RestClusterApi } from '../../../src/kubernetes/client/rest-cluster-api.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';

/** What the server does with one request. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
  /** After its head, after half of its body, or not at all. */
  readonly cut: 'before' | 'half' | 'never';
}

const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 301, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504),
  body: fc.oneof(
    fc.constantFrom(
      '{"metadata":{"name":"x","uid":"1"},"items":[]}',
      '{"items":[{"metadata":{"name":"x"}},{}]}',
      '{"kind":"Status","reason":"Expired","message":"too old resource version"}',
      '{"resources":[{"name":"pods","kind":"Pod","namespaced":true}]}',
      '<html>bad gateway</html>',
      '{"items":null}',
      '',
    ),
    fc.json({ maxDepth: 3 }),
    fc.string(),
  ),
  retryAfter: fc.constantFrom(undefined, undefined, '0', '-1', 'tomorrow', '0.001'),
  cut: fc.constantFrom('never', 'never', 'never', 'before', 'half'),
});

let server: Server;
let script: readonly Answer[] = [];
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { status, body, retryAfter, cut } = script[asked++ % script.length]!;
    request.resume();
    if (cut === 'before') return void request.socket.destroy();
    response.writeHead(status, {
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      'content-length': Buffer.byteLength(body),
    });
    if (cut === 'never' || body.length < 2) return void response.end(body);
    response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'x', namespace: 'y' };
const calls = {
  identity: (api: RestClusterApi, signal: AbortSignal) => api.identity(signal),
  get: (api: RestClusterApi, signal: AbortSignal) => api.get(pod, signal),
  list: (api: RestClusterApi, signal: AbortSignal) => api.list({ apiVersion: 'v1', kind: 'Pod' }, signal),
  apply: (api: RestClusterApi, signal: AbortSignal) =>
    api.apply({ ...pod, metadata: { name: 'x', namespace: 'y' } }, { signal }),
  delete: (api: RestClusterApi, signal: AbortSignal) => api.delete(pod, signal),
  logs: (api: RestClusterApi, signal: AbortSignal) => api.logs({ namespace: 'y', pod: 'x' }, signal),
} as const;

test(
  'whatever an API server answers, each call has a result or a Failure, within its deadline',
  async () => {
    const call = fc.constantFrom(...(Object.keys(calls) as (keyof typeof calls)[]));
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), call, async (answers, name) => {
        script = answers;
        asked = 0;
        const { port } = server.address() as AddressInfo;
        const connection = plainConnection({ server: `http://127.0.0.1:${port}` });
        const api = new RestClusterApi({ connection, requestTimeoutMs: 200 });
        const error = await calls[name](api, new AbortController().signal).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) return;
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).code).toBe('cluster');
      }),
      { numRuns: caseCount(0.15) },
    );
  },
  generatedTimeoutMs,
);
