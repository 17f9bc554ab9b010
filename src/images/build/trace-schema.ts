// The protobuf messages in which BuildKit tells the progress of a build.

import protobuf from 'protobufjs/light.js';

export interface TraceVertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: boolean;
  readonly completed: boolean;
  readonly error: string;
}

export interface Trace {
  readonly vertexes: readonly TraceVertex[];
  readonly logs: readonly { readonly vertex: string; readonly text: string }[];
}

const { nested } = {
  nested: {
    StatusResponse: {
      fields: {
        vertexes: { rule: 'repeated', type: 'Vertex', id: 1 },
        logs: { rule: 'repeated', type: 'VertexLog', id: 3 },
      },
    },
    Vertex: {
      fields: {
        digest: { type: 'string', id: 1 },
        name: { type: 'string', id: 3 },
        cached: { type: 'bool', id: 4 },
        started: { type: 'Timestamp', id: 5 },
        completed: { type: 'Timestamp', id: 6 },
        error: { type: 'string', id: 7 },
      },
    },
    VertexLog: { fields: { vertex: { type: 'string', id: 1 }, msg: { type: 'bytes', id: 4 } } },
    // Only whether it is there matters.
    Timestamp: { fields: { nanos: { type: 'int32', id: 2 } } },
  },
};

const statusResponse = protobuf.Root.fromJSON({ nested }).lookupType('StatusResponse');

/** Decodes the `aux` of a 'moby.buildkit.trace' message. */
export function decodeTrace(base64: string): Trace {
  const message = statusResponse.decode(new Uint8Array(Buffer.from(base64, 'base64'))) as unknown as {
    vertexes: Partial<Record<keyof TraceVertex, unknown>>[];
    logs: { vertex: string; msg: Uint8Array }[];
  };
  return {
    vertexes: message.vertexes.map((vertex) => ({
      digest: String(vertex.digest ?? ''),
      name: String(vertex.name ?? ''),
      cached: vertex.cached === true,
      started: vertex.started != null,
      completed: vertex.completed != null,
      error: String(vertex.error ?? ''),
    })),
    logs: message.logs.map(({ vertex, msg }) => ({ vertex, text: new TextDecoder().decode(msg) })),
  };
}
