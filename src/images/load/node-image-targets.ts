// Which images a node's containerd has, by one bare question over its socket: no gRPC library is loaded for it.

import { connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import protobuf from 'protobufjs/minimal.js';

const METHOD = '/containerd.services.images.v1.Images/List';
const NAMESPACE = 'k8s.io';
const DEADLINE_MS = 5000;
/** A frame of gRPC: one byte for its compression, four for its length. */
const FRAME_HEAD = 5;

/** By the name that containerd gives each image: the digest that it points at. Rejects where nothing answers. */
export async function nodeImageTargets(
  socketPath: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  // The authority of a unix socket would be its path, which Go's HTTP/2 server refuses.
  const session = connect('http://localhost', { createConnection: () => connectSocket(socketPath) });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    session.once('error', reject);
    const stream = session.request(
      {
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: METHOD,
        'content-type': 'application/grpc',
        te: 'trailers',
        'containerd-namespace': NAMESPACE,
      },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) },
    );
    const chunks: Buffer[] = [];
    let status: unknown;
    stream.on('error', reject);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const seeStatus = (headers: object): void =>
      void (status = (headers as Record<string, unknown>)['grpc-status'] ?? status);
    stream.on('response', seeStatus);
    stream.on('trailers', seeStatus);
    stream.on('end', () =>
      status === '0'
        ? resolve(Buffer.concat(chunks))
        : reject(new Error(`containerd refused to list its images (${String(status)})`)),
    );
    stream.end(Buffer.alloc(FRAME_HEAD));
    return readTargets((await promise).subarray(FRAME_HEAD));
  } finally {
    session.destroy();
  }
}

/** ListImagesResponse { repeated Image { string name = 1; Descriptor { string digest = 2 } target = 3 } images = 1 } */
function readTargets(message: Uint8Array): Map<string, string> {
  const targets = new Map<string, string>();
  eachField(message, (field, image) => {
    if (field !== 1) return;
    let name = '';
    let digest = '';
    eachField(image, (imageField, bytes) => {
      if (imageField === 1) name = Buffer.from(bytes).toString();
      if (imageField !== 3) return;
      eachField(bytes, (targetField, text) => {
        if (targetField === 2) digest = Buffer.from(text).toString();
      });
    });
    targets.set(name, digest);
  });
  return targets;
}

/** Texts and messages only; numbers are passed over. */
function eachField(message: Uint8Array, take: (field: number, bytes: Uint8Array) => void): void {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) take(tag >>> 3, reader.bytes());
    else reader.skipType(tag & 7);
  }
}
