import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import {
  observeTargets,
  presentByTarget,
  type NodeLook,
} from '../../../../src/images/load/present-by-target.ts';
import { askEngine } from '../../../../src/engine/ask-engine.ts';
import { execInContainer } from '../../../../src/engine/exec-in-container.ts';
import { answerError, answerJson, EngineServer, type EngineRoute } from '../../../fakes/engine-server.ts';

const { signal } = new AbortController();
const reference = 'slipway.local/todo/backend:sha-1';
const request = { references: [reference], nodes: ['node'] };
const listing = [
  'REF                               TYPE                                  DIGEST     SIZE    PLATFORMS   LABELS',
  `${reference} application/vnd.oci.image.manifest.v1+json sha256:aa  1.0 MiB linux/amd64 -`,
  'sha256:aa application/vnd.oci.image.manifest.v1+json sha256:aa  1.0 MiB linux/amd64 -',
  '',
].join('\n');

function frame(stream: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

async function bodyOf(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** An engine of another machine: its numbers of processes mean others here. `told` gets what was to be run. */
function farEngine(output: readonly Buffer[], told: unknown[]): Promise<EngineServer> {
  const start: EngineRoute = (message, response) => {
    message.resume().once('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/vnd.docker.raw-stream' });
      response.end(Buffer.concat([...output]));
    });
  };
  return EngineServer.start({
    'GET /containers/node/json': answerJson({ Id: 'f'.repeat(64), State: { Pid: process.pid } }),
    'POST /containers/node/exec': (message, response) => {
      void bodyOf(message).then((body) => {
        told.push((body as { Cmd: unknown }).Cmd);
        response.writeHead(201).end(JSON.stringify({ Id: 'e1' }));
      });
    },
    'POST /exec/e1/start': start,
  });
}

function lookBy({ url }: EngineServer): NodeLook {
  const endpoint = { url, socketPath: undefined, tlsFolder: undefined, source: 'DOCKER_HOST' };
  return {
    ask: (path, asked) => askEngine(endpoint, path, asked),
    run: (...call) => execInContainer(endpoint, ...call),
  };
}

test('images of nodes whose files are out of reach are asked of the node itself, by the engine', async () => {
  const told: unknown[] = [];
  const cut = 40;
  await using engine = await farEngine(
    [frame(1, listing.slice(0, cut)), frame(2, 'a warning\n'), frame(1, listing.slice(cut))],
    told,
  );
  const targets = await observeTargets(lookBy(engine), request, signal);
  expect(targets).toEqual({ node: { [reference]: 'sha256:aa' } });
  expect(told).toEqual([['ctr', '--namespace', 'k8s.io', 'images', 'ls']]);
  expect(await presentByTarget(lookBy(engine), targets, request, signal)).toEqual([
    { reference, node: 'node' },
  ]);
});

test('an image that points elsewhere by now is not the one that was found whole', async () => {
  await using engine = await farEngine([frame(1, listing)], []);
  const before = { node: { [reference]: 'sha256:bb' } };
  expect(await presentByTarget(lookBy(engine), before, request, signal)).toEqual([]);
});

test('a node that lists nothing is no node without images', async () => {
  await using engine = await farEngine([frame(2, 'ctr: not found\n')], []);
  await expect(observeTargets(lookBy(engine), request, signal)).rejects.toThrow('does not list its images');
});

test('an engine that does not run programs in nodes is told as that', async () => {
  await using engine = await EngineServer.start({
    'GET /containers/node/json': answerJson({ Id: 'f', State: { Pid: 0 } }),
    'POST /containers/node/exec': answerError(403, 'exec is not allowed'),
  });
  await expect(observeTargets(lookBy(engine), request, signal)).rejects.toThrow('exec is not allowed');
});
