import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { plainConnection } from '../../../../src/kubernetes/client/connect-cluster.ts';
import { RestClusterApi } from '../../../../src/kubernetes/client/rest-cluster-api.ts';
import { refusal, ScriptedApiServer } from './scripted-api-server.ts';
import { failureOf } from '../../../support/failure-of.ts';

const { signal } = new AbortController();
const pod = { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'todo' };
const widget = { apiVersion: 'example.org/v1', kind: 'Widget' };

function apiOf(server: ScriptedApiServer, requestTimeoutMs = 5_000): RestClusterApi {
  return new RestClusterApi({ connection: plainConnection({ server: server.url }), requestTimeoutMs });
}

describe('reading', () => {
  test('an object comes as the API gives it, without the bookkeeping of its managers', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', managedFields: [{}] },
      odd: { x: 1 },
    };
    await using server = await ScriptedApiServer.start({ status: 200, body });
    expect(await apiOf(server).get(pod, signal)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      odd: { x: 1 },
    });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/api/v1/namespaces/todo/pods/web' });
  });

  test('what is not there is undefined, and nothing is deleted', async () => {
    const gone = refusal(404, 'NotFound', 'pods "web" not found');
    await using server = await ScriptedApiServer.start(gone, gone);
    expect(await apiOf(server).get(pod, signal)).toBeUndefined();
    expect(await apiOf(server).delete(pod, signal)).toBe(false);
  });

  test('what the cluster serves, with the kinds of each version, and of old servers the versions alone', async () => {
    const pods = { resource: 'pods', responseKind: { kind: 'Pod' } };
    const core = { items: [{ metadata: {}, versions: [{ version: 'v1', resources: [pods] }] }] };
    const plain = { groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1' }] }] };
    await using server = await ScriptedApiServer.start(
      { status: 200, body: { gitVersion: 'v1.34.1' } },
      { status: 200, body: core },
      { status: 200, body: plain },
    );
    const { kubernetes, served } = await apiOf(server).versions(signal);
    expect([kubernetes, ...served.toSorted()]).toEqual(['v1.34.1', 'apps/v1', 'v1', 'v1/Pod']);
    expect(server.requests.map(({ url }) => url).toSorted()).toEqual(['/api', '/apis', '/version']);
  });

  test('items of a list know their kind', async () => {
    const body = { items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] };
    await using server = await ScriptedApiServer.start({ status: 200, body });
    const labelSelector = 'app=web,tier!=db';
    const pods = await apiOf(server).list({ apiVersion: 'v1', kind: 'Pod', labelSelector }, signal);
    expect(pods.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual([
      'v1 Pod a',
      'v1 Pod b',
    ]);
    expect(server.requests[0]?.url).toBe('/api/v1/pods?labelSelector=app%3Dweb%2Ctier%21%3Ddb');
  });

  test('a list of metadata alone asks for no bodies', async () => {
    await using server = await ScriptedApiServer.start({ status: 200, body: { items: null } });
    expect(
      await apiOf(server).list({ apiVersion: 'v1', kind: 'Secret', metadataOnly: true }, signal),
    ).toEqual([]);
    expect(server.requests[0]?.accept).toContain('as=PartialObjectMetadataList');
  });

  test('the identity is the uid of kube-system', async () => {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: 'u-1' } };
    await using server = await ScriptedApiServer.start({ status: 200, body });
    expect(await apiOf(server).identity(signal)).toBe('u-1');
  });
});

describe('custom resources', () => {
  const discovered = {
    status: 200,
    body: {
      resources: [
        { name: 'widgets/status', kind: 'Widget', namespaced: true },
        { name: 'widgets', kind: 'Widget', namespaced: true },
      ],
    },
  };

  test('their names are discovered once', async () => {
    const empty = { status: 200, body: { items: [] } };
    await using server = await ScriptedApiServer.start(discovered, empty, empty);
    const api = apiOf(server);
    await api.list({ ...widget, namespace: 'todo' }, signal);
    await api.list({ ...widget, namespace: 'todo' }, signal);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/apis/example.org/v1',
      '/apis/example.org/v1/namespaces/todo/widgets',
      '/apis/example.org/v1/namespaces/todo/widgets',
    ]);
  });

  test('of an unknown kind there are none, and the next question asks the cluster again', async () => {
    const unknown = refusal(404, 'NotFound', 'the server could not find the requested resource');
    await using server = await ScriptedApiServer.start(unknown, discovered, {
      status: 200,
      body: { items: [] },
    });
    const api = apiOf(server);
    expect(await api.get({ ...widget, name: 'w', namespace: 'todo' }, signal)).toBeUndefined();
    expect(await api.list(widget, signal)).toEqual([]);
  });

  test('one of an unknown kind cannot be applied', async () => {
    await using server = await ScriptedApiServer.start(refusal(404, 'NotFound', 'no'));
    const object = { ...widget, metadata: { name: 'w', namespace: 'todo' } };
    const failure = await failureOf(apiOf(server).apply(object, { signal }));
    expect(failure.code).toBe('cluster');
    expect(failure.message).toBe(
      'cannot apply Widget todo/w: the cluster knows no kind Widget in example.org/v1',
    );
  });
});

describe('writing', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'todo' } };

  test('is a forced server-side apply by slipway; a dry run says so', async () => {
    await using server = await ScriptedApiServer.start(
      { status: 200, body: object },
      { status: 201, body: object },
    );
    await apiOf(server).apply(object, { signal });
    await apiOf(server).apply(object, { dryRun: true, signal });
    expect(server.requests[0]).toEqual({
      method: 'PATCH',
      url: '/api/v1/namespaces/todo/configmaps/c?fieldManager=slipway&force=true',
      accept: 'application/json',
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    });
    expect(server.requests[1]?.url).toMatch(/&dryRun=All$/);
  });

  test('deletion is in the foreground', async () => {
    await using server = await ScriptedApiServer.start({ status: 200, body: {} });
    expect(await apiOf(server).delete(pod, signal)).toBe(true);
    expect(server.requests[0]).toMatchObject({
      method: 'DELETE',
      body: '{"propagationPolicy":"Foreground"}',
    });
  });

  test('a namespace that is on its way out already counts as deleted', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'todo' };
    const metadata = { name: 'todo', deletionTimestamp: '2026-01-01T00:00:00Z' };
    await using server = await ScriptedApiServer.start(refusal(409, 'Conflict', 'being removed'), {
      status: 200,
      body: { apiVersion: 'v1', kind: 'Namespace', metadata },
    });
    expect(await apiOf(server).delete(namespace, signal)).toBe(true);
  });
});

describe('logs', () => {
  test('the query says which container, how much, and which run', async () => {
    await using server = await ScriptedApiServer.start({ status: 200, body: 'line\n' });
    const query = { namespace: 'todo', pod: 'web', container: 'main', tailLines: 5, previous: true };
    expect(await apiOf(server).logs(query, signal)).toBe('line\n');
    expect(server.requests[0]?.url).toBe(
      '/api/v1/namespaces/todo/pods/web/log?container=main&tailLines=5&previous=true',
    );
  });

  test('a followed log outlives the deadline of requests and ends with the container', async () => {
    await using server = await ScriptedApiServer.start((_, response) => {
      response.write('one\n');
      setTimeout(() => response.end('two\n'), 2500);
    });
    // Long enough for a busy machine to begin its answer.
    const log = await apiOf(server, 2000).streamLogs({ namespace: 'todo', pod: 'web' }, signal);
    expect(await text(log)).toBe('one\ntwo\n');
  });

  test('a followed log ends when the signal is aborted', async () => {
    await using server = await ScriptedApiServer.start((_, response) => void response.write('one\n'));
    const stop = new AbortController();
    const log = await apiOf(server).streamLogs({ namespace: 'todo', pod: 'web' }, stop.signal);
    await new Promise((resolve) => log.once('data', resolve));
    const closed = new Promise((resolve) => log.once('close', resolve));
    stop.abort();
    await closed;
    expect(log.destroyed).toBe(true);
  });
});
