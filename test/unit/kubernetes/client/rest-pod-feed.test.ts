// The pods of a namespace over a server that refuses, ends its answers and forgets.

import { expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { plainConnection } from '../../../../src/kubernetes/client/connect-cluster.ts';
import { RestPodFeed } from '../../../../src/kubernetes/client/rest-pod-feed.ts';
import { refusal, ScriptedApiServer, type Answer } from './scripted-api-server.ts';

const pod = (name: string, uid = name): ClusterObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid } },
});
const list = (resourceVersion: string, ...items: ClusterObject[]): Answer => ({
  ...{ status: 200, body: { metadata: { resourceVersion }, items } },
});
const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
/** An answer that ends. */
const events = (...lines: string[]): Answer => ({ status: 200, body: lines.join('') });

/** What is told until so many looks have come. */
async function looks(server: ScriptedApiServer, count: number): Promise<string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  const feed = new RestPodFeed(plainConnection({ server: server.url }));
  for await (const pods of feed.follow('ns', stop.signal)) {
    seen.push(pods.map(({ metadata }) => metadata.uid).join(' '));
    if (seen.length === count) stop.abort();
  }
  return seen;
}

test('all pods are told at first, and after each one that comes, changes or goes', async () => {
  await using server = await ScriptedApiServer.start(
    list('7', pod('a')),
    events(
      event('ADDED', pod('b')),
      event('BOOKMARK', { metadata: { resourceVersion: '9' } }),
      event('MODIFIED', pod('a', 'a2')),
      event('DELETED', pod('b')),
    ),
  );
  expect(await looks(server, 4)).toEqual(['a', 'a b', 'a2 b', 'a2']);
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/v1/namespaces/ns/pods',
    '/api/v1/namespaces/ns/pods?watch=true&resourceVersion=7',
  ]);
});

test('an answer that ends, breaks off or is too old is followed by a new look', async () => {
  const cut: Answer = (_request, response) => {
    response.writeHead(200);
    response.write(`${event('ADDED', pod('b'))}{"type":"ADD`, () => response.destroy());
  };
  await using server = await ScriptedApiServer.start(
    ...[list('1', pod('a')), events()],
    ...[list('2', pod('a2')), events(event('ERROR', { code: 410, reason: 'Expired' }))],
    ...[list('3', pod('a3')), cut],
    list('4', pod('a4'), pod('b')),
  );
  expect(await looks(server, 5)).toEqual(['a', 'a2', 'a3', 'a3 b', 'a4 b']);
});

test('a server that refuses is asked again', async () => {
  await using server = await ScriptedApiServer.start(
    refusal(500, 'InternalError', 'not now'),
    list('1', pod('a')),
  );
  expect(await looks(server, 1)).toEqual(['a']);
});
