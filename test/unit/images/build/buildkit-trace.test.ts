import protobuf from 'protobufjs/light.js';
import { describe, expect, test } from 'vitest';
import { readBuildStream } from '../../../../src/images/build/build-stream.ts';
import { BuildkitTranscript } from '../../../../src/images/build/buildkit-trace.ts';
import type { Failure } from '../../../../src/failure.ts';
import type { Progress } from '../../../../src/task.ts';

// Written apart from the decoder's schema, with fields that it does not read.
const { Field, Root, Type } = protobuf;
const root = new Root()
  .add(new Type('Time').add(new Field('seconds', 1, 'int64')).add(new Field('nanos', 2, 'int32')))
  .add(
    new Type('Vertex')
      .add(new Field('digest', 1, 'string'))
      .add(new Field('inputs', 2, 'string', 'repeated'))
      .add(new Field('name', 3, 'string'))
      .add(new Field('cached', 4, 'bool'))
      .add(new Field('started', 5, 'Time'))
      .add(new Field('completed', 6, 'Time'))
      .add(new Field('error', 7, 'string')),
  )
  .add(new Type('Status').add(new Field('ID', 1, 'string')).add(new Field('current', 4, 'int64')))
  .add(
    new Type('Log')
      .add(new Field('vertex', 1, 'string'))
      .add(new Field('stream', 3, 'int64'))
      .add(new Field('msg', 4, 'bytes')),
  )
  .add(
    new Type('StatusResponse')
      .add(new Field('vertexes', 1, 'Vertex', 'repeated'))
      .add(new Field('statuses', 2, 'Status', 'repeated'))
      .add(new Field('logs', 3, 'Log', 'repeated')),
  );
const response = root.lookupType('StatusResponse');
const at = { seconds: 1_700_000_000, nanos: 0 };

function trace(content: object): object {
  const bytes = response.encode(response.fromObject(content)).finish();
  return { id: 'moby.buildkit.trace', aux: Buffer.from(bytes).toString('base64') };
}
const vertex = (name: string, more: object = {}) => ({
  digest: `sha256:${name}`,
  inputs: ['x'],
  name,
  ...more,
});
const log = (name: string, text: string) => ({ vertex: `sha256:${name}`, stream: 1, msg: Buffer.from(text) });
const image = { id: 'moby.image.id', aux: { ID: 'sha256:1' } };

async function read(
  messages: readonly object[],
): Promise<{ id?: string; failure?: Failure; reports: Progress[] }> {
  const reports: Progress[] = [];
  async function* stream() {
    yield* messages.map((message) => `${JSON.stringify(message)}\n`);
  }
  try {
    const report = (progress: Progress) => reports.push(progress);
    return {
      id: await readBuildStream(stream(), new BuildkitTranscript(), { reference: 'x:1', report }),
      reports,
    };
  } catch (failure) {
    return { failure: failure as Failure, reports };
  }
}

const load = '[internal] load remote build context';
const one = '[1/2] COPY . .';
const two = '[build  2/2] RUN npm ci';

describe('a build of BuildKit', () => {
  test('counts the steps of the Dockerfile, cached ones as done, and none of its own', async () => {
    const { id, reports } = await read([
      trace({ vertexes: [vertex(load, { started: at })] }),
      trace({ vertexes: [vertex(load, { started: at, completed: at })] }),
      trace({ vertexes: [vertex(one), vertex(two)] }),
      trace({
        vertexes: [vertex(one, { cached: true, started: at, completed: at }), vertex(two, { started: at })],
      }),
      trace({ statuses: [{ ID: 'sending', current: 5 }] }),
      trace({
        vertexes: [
          vertex(two, { started: at, completed: at }),
          vertex('exporting to image', { started: at }),
        ],
      }),
      image,
    ]);
    expect(id).toBe('sha256:1');
    expect(reports).toEqual([
      { text: load },
      { text: load },
      { text: load, done: 0, total: 2, unit: 'steps' },
      { text: '[build 2/2] RUN npm ci', done: 1, total: 2, unit: 'steps' },
      { text: 'exporting to image', done: 2, total: 2, unit: 'steps' },
    ]);
  });

  test('a step that begins and ends within one message is told rather than the export behind it', async () => {
    const ended = { started: at, completed: at };
    const { reports } = await read([
      trace({ vertexes: [vertex(one, ended), vertex('exporting to image', { started: at })] }),
      trace({ vertexes: [vertex('exporting to image', ended)] }),
      image,
    ]);
    expect(reports.map(({ text }) => text)).toEqual([one, 'exporting to image']);
  });

  test('a failure names the step that failed, with its own output, not that of one beside it', async () => {
    const { failure } = await read([
      trace({ vertexes: [vertex(one, { started: at }), vertex(two, { started: at })] }),
      trace({ logs: [log(one, 'copying\n'), log(two, 'npm err'), log(two, 'or no net\n')] }),
      trace({ vertexes: [vertex(two, { started: at, completed: at, error: 'exit code: 1' })] }),
      { errorDetail: { message: 'failed to solve: exit code: 1' }, error: 'failed to solve: exit code: 1' },
    ]);
    expect(failure).toMatchObject({
      code: 'build',
      message: `x:1: the build failed: failed to solve: exit code: 1 in step [build 2/2] RUN npm ci`,
      details: ['npm error no net'],
    });
  });

  test('output that comes after the error is shown too', async () => {
    const { failure } = await read([
      trace({ vertexes: [vertex(two, { started: at })] }),
      { error: 'exit code: 1' },
      trace({ logs: [log(two, 'the reason\n')] }),
    ]);
    expect(failure!.details).toEqual(['the reason']);
  });

  test('an end without an image is a failure', async () => {
    const { failure } = await read([trace({ vertexes: [vertex(one, { started: at, completed: at })] })]);
    expect(failure).toMatchObject({ code: 'build', message: expect.stringContaining('without an image') });
  });

  test('a trace that is no protobuf is a failure, not an exception', async () => {
    const aux = Buffer.from([0x0a, 0x7f, 0x01]).toString('base64');
    expect((await read([{ id: 'moby.buildkit.trace', aux }])).failure).toMatchObject({ code: 'build' });
  });
});
