import { describe, expect, test } from 'vitest';
import { apiStatusOf, isTransient } from '../../../../src/kubernetes/client/api-status.ts';
import { plainConnection } from '../../../../src/kubernetes/client/connect-cluster.ts';
import { RestClusterApi } from '../../../../src/kubernetes/client/rest-cluster-api.ts';
import { refusal, ScriptedApiServer } from './scripted-api-server.ts';
import { failureOf } from '../../../support/failure-of.ts';

const { signal } = new AbortController();
const pod = { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'todo' };

function apiOf(server: ScriptedApiServer, requestTimeoutMs = 5_000): RestClusterApi {
  return new RestClusterApi({ connection: plainConnection({ server: server.url }), requestTimeoutMs });
}

describe('refusals and faults', () => {
  test.each([
    [403, 'Forbidden', false],
    [409, 'Conflict', false],
    [410, 'Expired', false],
    [422, 'Invalid', false],
    [429, 'TooManyRequests', true],
    [500, 'InternalError', true],
    [503, 'ServiceUnavailable', true],
  ])('status %i is told with the words of the server', async (status, reason, transient) => {
    await using server = await ScriptedApiServer.start(refusal(status, reason, `because of ${reason}`));
    const failure = await failureOf(apiOf(server).get(pod, signal));
    expect(failure).toMatchObject({
      code: 'cluster',
      message: `cannot get Pod todo/web: because of ${reason}`,
    });
    expect(apiStatusOf(failure)).toMatchObject({ status, reason });
    expect(isTransient(failure)).toBe(transient);
  });

  test('what is not the API, such as a proxy, is quoted', async () => {
    await using server = await ScriptedApiServer.start({ status: 502, body: '<h1>Bad gateway</h1>' });
    const failure = await failureOf(apiOf(server).get(pod, signal));
    expect(failure.message).toBe('cannot get Pod todo/web: HTTP 502: <h1>Bad gateway</h1>');
  });

  test('Retry-After is honoured', async () => {
    const busy = { status: 429, headers: { 'Retry-After': '0' }, body: {} };
    const found = { status: 200, body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } } };
    await using server = await ScriptedApiServer.start(busy, busy, found);
    expect((await apiOf(server).get(pod, signal))?.metadata.name).toBe('web');
  });

  test('a server that is busy beyond the deadline is told as busy', async () => {
    const busy = { status: 429, headers: { 'Retry-After': '5' }, body: { message: 'too many requests' } };
    await using server = await ScriptedApiServer.start(busy);
    const failure = await failureOf(apiOf(server, 50).get(pod, signal));
    expect(failure.message).toBe('cannot get Pod todo/web: too many requests');
    expect(isTransient(failure)).toBe(true);
  });

  test('a silent server is given up after the deadline', async () => {
    await using server = await ScriptedApiServer.start('silence');
    const failure = await failureOf(apiOf(server, 50).get(pod, signal));
    expect(failure.message).toBe('cannot get Pod todo/web: no answer within 0.05 s');
    expect(isTransient(failure)).toBe(true);
  });

  test('an answer that breaks off in the middle is a fault, not a short answer', async () => {
    await using server = await ScriptedApiServer.start((_, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"items":[');
      setImmediate(() => response.destroy());
    });
    const failure = await failureOf(apiOf(server).list({ apiVersion: 'v1', kind: 'Pod' }, signal));
    expect(failure.code).toBe('cluster');
    expect(isTransient(failure)).toBe(true);
  });

  test('a kept connection that the server has closed meanwhile is opened again', async () => {
    const found = { status: 200, body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } } };
    await using server = await ScriptedApiServer.start(found, 'cut', found);
    const api = apiOf(server);
    await api.get(pod, signal);
    expect((await api.get(pod, signal))?.metadata.name).toBe('web');
  });

  test('a fresh connection that is cut is a failure', async () => {
    await using server = await ScriptedApiServer.start('cut');
    expect((await failureOf(apiOf(server).get(pod, signal))).code).toBe('cluster');
  });

  test('nobody listening is told with a hint', async () => {
    const server = await ScriptedApiServer.start();
    const api = apiOf(server);
    await server[Symbol.asyncDispose]();
    const failure = await failureOf(api.get(pod, signal));
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.hint).toContain('Is the cluster running?');
  });

  test('a cancelled request ends at once as interrupted', async () => {
    const stop = new AbortController();
    // Cancelled when the server has it, which never answers.
    await using server = await ScriptedApiServer.start(() => stop.abort());
    expect((await failureOf(apiOf(server).get(pod, stop.signal))).code).toBe('interrupted');
  });
});
