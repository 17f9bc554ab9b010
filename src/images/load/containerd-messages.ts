// The messages of containerd's API, as far as images are brought in with it. Their numbers are the same in
// containerd 1.4 to 2.x. Source: github.com/containerd/containerd/api, services/*/v1/*.proto.

import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3";
  message Empty {}
  message Descriptor { string media_type = 1; string digest = 2; int64 size = 3; }
  message Mount { string type = 1; string source = 2; string target = 3; repeated string options = 4; }
  message FieldMask { repeated string paths = 1; }

  message ContentInfo { string digest = 1; int64 size = 2; map<string, string> labels = 5; }
  message ListContentRequest { repeated string filters = 1; }
  message ListContentResponse { repeated ContentInfo info = 1; }
  message ReadContentRequest { string digest = 1; }
  message ReadContentResponse { int64 offset = 1; bytes data = 2; }
  message UpdateContentRequest { ContentInfo info = 1; FieldMask update_mask = 2; }
  message UpdateContentResponse { ContentInfo info = 1; }
  message WriteContentRequest {
    int32 action = 1; string ref = 2; int64 total = 3; string expected = 4; int64 offset = 5; bytes data = 6;
    map<string, string> labels = 7;
  }
  message WriteContentResponse { int32 action = 1; int64 offset = 4; int64 total = 5; string digest = 6; }

  message SnapshotInfo { string name = 1; string parent = 2; int32 kind = 3; }
  message ListSnapshotsRequest { string snapshotter = 1; repeated string filters = 2; }
  message ListSnapshotsResponse { repeated SnapshotInfo info = 1; }
  message PrepareSnapshotRequest {
    string snapshotter = 1; string key = 2; string parent = 3; map<string, string> labels = 4;
  }
  message PrepareSnapshotResponse { repeated Mount mounts = 1; }
  message CommitSnapshotRequest { string snapshotter = 1; string name = 2; string key = 3; }
  message RemoveSnapshotRequest { string snapshotter = 1; string key = 2; }

  message ApplyRequest { Descriptor diff = 1; repeated Mount mounts = 2; }
  message ApplyResponse { Descriptor applied = 1; }

  message Image { string name = 1; map<string, string> labels = 2; Descriptor target = 3; }
  message ListImagesRequest { repeated string filters = 1; }
  message ListImagesResponse { repeated Image images = 1; }
  message ImageRequest { Image image = 1; }
  message ImageResponse { Image image = 1; }

  message CreateLeaseRequest { string id = 1; map<string, string> labels = 3; }
  message CreateLeaseResponse {}
  message DeleteLeaseRequest { string id = 1; bool sync = 2; }`,
  // Without this the fields are called mediaType, and nothing tells where the API says media_type.
  { keepCase: true },
);

export interface DescriptorMessage {
  readonly media_type: string;
  readonly digest: string;
  readonly size: number;
}

export interface ImageMessage {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target: DescriptorMessage;
}

export const WRITE = { stat: 0, write: 1, commit: 2 } as const;
export const COMMITTED = 3;

export interface Codec {
  encode(message: object): Buffer;
  decode(bytes: Buffer): object;
}

/** For a message of the list above, by its name. Numbers come as numbers, what is absent as empty. */
export function codecOf(name: string): Codec {
  const type = root.lookupType(name);
  return {
    encode: (message) => Buffer.from(type.encode(type.create(message)).finish()),
    decode: (bytes) => type.toObject(type.decode(bytes), { longs: Number, defaults: true }),
  };
}
