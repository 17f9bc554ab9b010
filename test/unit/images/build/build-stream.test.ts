import { describe, expect, test } from 'vitest';
import { readBuildStream } from '../../../../src/images/build/build-stream.ts';
import { ClassicTranscript } from '../../../../src/images/build/classic-transcript.ts';
import type { Failure } from '../../../../src/failure.ts';
import type { Progress } from '../../../../src/task.ts';

const id = `sha256:${'a'.repeat(64)}`;
const good: object[] = [
  { stream: 'Step 1/3 : FROM scratch' },
  { stream: '\n' },
  { stream: ' ---> \n' },
  { stream: 'Step 2/3 : RUN npm    ci' },
  { stream: '\n' },
  { stream: ' ---> Running in 0123456789ab\n' },
  { stream: 'added 12 packages\n' },
  { stream: 'Step 3/3 : CMD ["x"]' },
  { aux: { ID: id } },
  { stream: 'Successfully built aaaaaaaaaaaa\n' },
  { stream: 'Successfully tagged x:1\n' },
];

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function read(
  messages: readonly unknown[],
  cut?: Error,
): Promise<{ id?: string; failure?: Failure; reports: Progress[] }> {
  const reports: Progress[] = [];
  const text = messages
    .map((message) => (typeof message === 'string' ? message : JSON.stringify(message)) + '\r\n')
    .join('');
  async function* stream() {
    yield* chunks(text, 7);
    if (cut) throw cut;
  }
  try {
    const report = (progress: Progress) => reports.push(progress);
    return {
      id: await readBuildStream(stream(), new ClassicTranscript(), { reference: 'x:1', report }),
      reports,
    };
  } catch (failure) {
    return { failure: failure as Failure, reports };
  }
}

describe('a build of the classic builder', () => {
  test('resolves with the id and reports its own steps', async () => {
    const { id: built, reports } = await read(good);
    expect(built).toBe(id);
    expect(reports).toEqual([
      { text: 'FROM scratch', done: 0, total: 3, unit: 'steps' },
      { text: 'RUN npm ci', done: 1, total: 3, unit: 'steps' },
      { text: 'CMD ["x"]', done: 2, total: 3, unit: 'steps' },
    ]);
  });

  test('an error in the stream names the step and shows the end of its output, without colours', async () => {
    const { failure } = await read([
      ...good.slice(0, 6),
      ...Array.from({ length: 40 }, (_, index) => ({ stream: `line ${index}\n` })),
      { stream: '\u001b[91mnpm error ' },
      { stream: 'no net\n\u001b[0m' },
      {
        errorDetail: { code: 1, message: 'returned a non-zero code: 1' },
        error: 'returned a non-zero code: 1',
      },
    ]);
    expect(failure).toMatchObject({
      code: 'build',
      message: 'x:1: the build failed: returned a non-zero code: 1 in step 2/3: RUN npm ci',
    });
    expect(failure!.details).toHaveLength(30);
    expect(failure!.details.slice(-2)).toEqual(['line 39', 'npm error no net']);
    expect(failure!.details[0]).not.toContain('Running in');
  });

  test('an error counts even when an image follows it', async () => {
    expect((await read([{ error: 'no space left' }, ...good])).failure).toMatchObject({ code: 'build' });
  });

  test('an error counts more than the cut that follows it', async () => {
    const { failure } = await read([{ error: 'no space left' }], new Error('aborted'));
    expect(failure!.message).toContain('no space left');
  });

  test('a stream that breaks off is a failure, even after the id', async () => {
    const { failure } = await read(good.slice(0, 9), new Error('aborted'));
    expect(failure).toMatchObject({ code: 'build', message: expect.stringContaining('broke off') });
  });

  test('an end without an image is a failure: an id of an earlier stage is none', async () => {
    expect((await read(good.slice(0, 9))).failure!.message).toBe(
      'x:1: the engine ended the build without an image in step 3/3: CMD ["x"]',
    );
    expect((await read([])).failure!.message).toBe('x:1: the engine ended the build without an image');
  });

  test.each(['<html>502</html>', '[1', '"text"', 'null'])('%s is not taken for a message', async (line) => {
    const { failure } = await read([good[0], line]);
    expect(failure).toMatchObject({ code: 'build', message: expect.stringContaining('cannot be read') });
  });

  test('a pull of the base is told in words, not as steps', async () => {
    const { reports } = await read([
      good[0],
      { status: 'Pulling from library/node', id: '24' },
      { status: 'Downloading', progressDetail: { current: 1, total: 9 }, id: 'abc' },
      { status: 'Digest: sha256:1' },
    ]);
    expect(reports.map(({ text, done }) => [text, done])).toEqual([
      ['FROM scratch', 0],
      ['FROM scratch (pulling from library/node 24)', 0],
      ['FROM scratch (downloading abc)', 0],
    ]);
  });

  test('characters that are split between chunks stay whole', async () => {
    const { failure } = await read([good[3], { stream: 'größe ≠ 0\n' }, { error: 'x' }]);
    expect(failure!.details).toEqual(['größe ≠ 0']);
  });
});
