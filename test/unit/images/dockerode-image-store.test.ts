// What the store makes of answers that a real engine gives too rarely to wait for them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectEngine } from '../../../src/engine/connect-engine.ts';
import { DockerodeImageStore } from '../../../src/images/dockerode-image-store.ts';
import { fingerprintImage } from '../../../src/images/image-fingerprint.ts';
import type { BuildRequest } from '../../../src/images/image-store.ts';
import type { LayerSource } from '../../../src/images/inspect/layer-source.ts';
import { SourcesChanged } from '../../../src/images/context/sources-changed.ts';
import { TAR_END, tarHeader, tarPadding } from '../../../src/images/context/tar-header.ts';
import {
  answerError,
  answerJson,
  answerLines,
  EngineServer,
  type EngineRoutes,
} from '../../fakes/engine-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-store-'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const step = JSON.stringify({ stream: 'Step 1/2 : FROM scratch\n' });
const done = [
  JSON.stringify({ aux: { ID: 'sha256:1' } }),
  JSON.stringify({ stream: 'Successfully built 1\n' }),
];

async function withEngine<T>(
  routes: EngineRoutes,
  act: (store: DockerodeImageStore, server: EngineServer) => Promise<T>,
  builder: 'classic' | 'auto' = 'classic',
): Promise<T> {
  await using server = await EngineServer.start(routes);
  return await act(new DockerodeImageStore(await connectEngine({ url: server.url }), { builder }), server);
}
const build = (routes: EngineRoutes, task = { signal, report: () => {} }) =>
  withEngine(routes, (store) =>
    store.build({ reference: 'x:1', contextFolder: folder, dockerfile: join(folder, 'Dockerfile') }, task),
  );

describe('build', () => {
  test('an engine that closes the connection in the middle is a failure of the step', async () => {
    await expect(build({ 'POST /build': answerLines([step], 'cut') })).rejects.toMatchObject({
      code: 'build',
      message: 'x:1: the connection to the engine broke off in step 1/2: FROM scratch',
    });
  });

  test('an engine that closes the connection before it answers is a failure', async () => {
    await expect(build({ 'POST /build': (request) => request.destroy() })).rejects.toMatchObject({
      code: 'engine',
    });
  });

  test.each([400, 500])('a refusal with %i shows what the engine said', async (statusCode) => {
    await expect(
      build({ 'POST /build': answerError(statusCode, 'unknown instruction: FORM') }),
    ).rejects.toMatchObject({
      code: 'build',
      message: 'building x:1: unknown instruction: FORM',
    });
  });

  test.each(['a file', 'the Dockerfile', 'the ignore file'])(
    'sources that are no longer what the tag stands for are not built: %s',
    async (what) => {
      const content = { contextFolder: folder, dockerfile: join(folder, 'Dockerfile') };
      const platform = 'linux/amd64';
      await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
      await writeFile(join(folder, 'file'), '1');
      await writeFile(join(folder, '.dockerignore'), 'other\n');
      const expected = { fingerprint: await fingerprintImage({ ...content, platform }), platform };
      let hasWholeBody = false;
      const engine: EngineRoutes = {
        'POST /build': (request, response) => {
          request.resume().once('end', () => {
            hasWholeBody = true;
            response.end([step, ...done].map((line) => `${line}\n`).join(''));
          });
        },
        'GET /images/x:1/json': answerJson({ Id: 'sha256:1', RepoTags: ['x:1'], Size: 1, RootFS: {} }),
      };
      await withEngine(engine, async (store) => {
        const task = { signal, report: () => {} };
        expect(await store.build({ reference: 'x:1', expected, ...content }, task)).toMatchObject({
          id: 'sha256:1',
        });
        hasWholeBody = false;
        if (what === 'a file') await writeFile(join(folder, 'file'), '2');
        else if (what === 'the Dockerfile') await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
        else await writeFile(join(folder, '.dockerignore'), 'file\n');
        await expect(store.build({ reference: 'x:1', expected, ...content }, task)).rejects.toBeInstanceOf(
          SourcesChanged,
        );
        expect(hasWholeBody).toBe(false);
      });
    },
  );

  test('an image that the engine says it built and does not have is a failure', async () => {
    const routes = {
      'POST /build': answerLines([step, ...done]),
      'GET /images/x:1/json': answerError(404, 'no such image'),
    };
    await expect(build(routes)).rejects.toMatchObject({
      code: 'build',
      message: expect.stringContaining('does not have it'),
    });
  });

  test('a build that is stopped ends at once, as interrupted, though the engine goes on', async () => {
    const controller = new AbortController();
    const report = () => controller.abort();
    await expect(
      build({ 'POST /build': answerLines([step], 'never') }, { signal: controller.signal, report }),
    ).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('an engine that is not there is a failure with a hint', async () => {
    const store = new DockerodeImageStore(await connectEngine({ url: 'unix:///nowhere.sock' }));
    await expect(store.find('x:1', signal)).rejects.toMatchObject({
      code: 'engine',
      hint: expect.stringContaining('doctor'),
    });
  });

  test('the classic builder is asked on an old engine, and makes no step of each label', async () => {
    await withEngine(
      {
        'GET /version': answerJson({ Version: '20.10.24+dfsg1' }),
        'GET /info': answerJson({}),
        'POST /build': answerLines([step, ...done]),
        'GET /images/x:1/json': answerJson({ Id: 'sha256:1', RepoTags: ['x:1'], Size: 5, RootFS: {} }),
      },
      async (store, server) => {
        const request = { reference: 'x:1', contextFolder: folder, dockerfile: join(folder, 'Dockerfile') };
        await store.build(
          { ...request, buildArgs: { A: 'b c' }, labels: { k: 'v' } },
          { signal, report: () => {} },
        );
        const { searchParams } = new URL(
          server.requests.find((line) => line.startsWith('POST'))!.split(' ')[1]!,
          'http://engine',
        );
        expect(Object.fromEntries(searchParams)).toEqual({
          t: 'x:1',
          dockerfile: '.slipway.Dockerfile',
          buildargs: '{"A":"b c"}',
          rm: 'true',
          forcerm: 'true',
        });
      },
      'auto',
    );
  });
});

describe('other calls', () => {
  test('an image without a name goes by its id', async () => {
    const images = [
      { Id: 'sha256:1', RepoTags: null, Labels: null, Size: 1 },
      { Id: 'sha256:2', RepoTags: ['<none>:<none>'], Labels: { a: 'b' }, Size: 2 },
    ];
    await withEngine({ 'GET /images/json': answerJson(images) }, async (store) => {
      expect((await store.list({ a: 'b' }, signal)).map((image) => image.references)).toEqual([
        ['sha256:1'],
        ['sha256:2'],
      ]);
    });
  });

  test('removing: 404 is absent, 409 is in use; after 500 it is looked for', async () => {
    const there = answerJson({ Id: 'sha256:1', RepoTags: ['x:1'], Size: 5, RootFS: {} });
    const remove = (statusCode: number, image = there) =>
      withEngine(
        { 'DELETE /images/x:1': answerError(statusCode, 'unrecognized'), 'GET /images/x:1/json': image },
        (store) => store.remove('x:1', signal),
      );
    expect(await remove(404)).toBe('absent');
    expect(await remove(409)).toBe('in-use');
    expect(await remove(500, answerError(404, 'no such image'))).toBe('removed');
    const failure = { code: 'engine', message: 'removing x:1: unrecognized' };
    await expect(remove(500)).rejects.toMatchObject(failure);
  });

  test('finding: only 404 means that it is not there', async () => {
    const find = (statusCode: number) =>
      withEngine({ 'GET /images/x:1/json': answerError(statusCode, 'ouch') }, (store) =>
        store.find('x:1', signal),
      );
    expect(await find(404)).toBeUndefined();
    await expect(find(500)).rejects.toMatchObject({ code: 'engine' });
  });

  test('a call to an engine that hangs can be left', async () => {
    await withEngine({ 'GET /images/x:1/json': () => {} }, async (store) => {
      const found = store.find('x:1', AbortSignal.timeout(20));
      await expect(found).rejects.toMatchObject({ code: 'interrupted' });
    });
  });

  test('an export that breaks off breaks its stream', async () => {
    await withEngine({ 'GET /images/get': answerLines(['bytes'], 'cut') }, async (store) => {
      await expect(text(await store.export(['x:1'], signal))).rejects.toThrow();
    });
  });
});

describe('the builder', () => {
  const engineOf = (version: string): EngineRoutes => ({
    'GET /version': answerJson({ Version: version }),
    'GET /info': answerJson({}),
    'POST /session': (_request, response) => void response.writeHead(500).end(),
    'POST /build': answerLines([step, ...done]),
    'GET /images/x:1/json': answerJson({ Id: 'sha256:1', RepoTags: ['x:1'], Size: 5, RootFS: {} }),
  });
  const buildWith = async (version: string, text: string, more: Partial<BuildRequest>) => {
    await writeFile(join(folder, 'Dockerfile'), text);
    const request = { reference: 'x:1', contextFolder: folder, dockerfile: join(folder, 'Dockerfile') };
    return withEngine(
      engineOf(version),
      async (store, { requests }) => {
        const failure: unknown = await store
          .build({ ...request, ...more }, { signal, report: () => {} })
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        return { failure, isByBuildkit: requests.some((line) => line.startsWith('POST /session')) };
      },
      'auto',
    );
  };

  test.each([
    ['20.10.24+dfsg1', 'auto', true],
    ['20.10.24+dfsg1', 'classic', false],
    ['20.10.24+dfsg1', 'buildkit', true],
    ['20.10.24+dfsg1', undefined, false],
    ['29.0.0', 'auto', true],
    ['29.0.0', 'classic', false],
    ['18.06.0', 'auto', false],
  ] as const)('of engine %s, asked for %s: BuildKit %s', async (version, builder, isByBuildkit) => {
    const built = await buildWith(version, 'FROM scratch\n', { builder });
    expect(built.isByBuildkit).toBe(isByBuildkit);
  });

  test('what it does not know is said with line and remedy, and nothing is sent', async () => {
    const text = 'FROM scratch\nRUN --mount=type=cache,target=/c true\n';
    const { failure } = await buildWith('20.10.24', text, { builder: 'classic' });
    expect(failure).toMatchObject({
      code: 'build',
      message: 'x:1: the classic builder of engine 20.10.24 does not know RUN --mount',
      details: [expect.stringMatching(/Dockerfile:2: RUN --mount: COPY what the step reads/)],
      hint: expect.stringContaining('--builder buildkit'),
    });
    const old = await buildWith('20.10.24', 'FROM scratch\nRUN <<EOF\ntrue\nEOF\n', { builder: 'auto' });
    expect(old.failure).toMatchObject({
      message: 'x:1: the BuildKit of engine 20.10.24 does not know a here-document of RUN',
      hint: expect.stringMatching(/Engine 23 or newer, or begin the Dockerfile with `# syntax/),
    });
    const offline = await buildWith(
      '20.10.24',
      '# syntax=docker/dockerfile:1\nFROM scratch\nCOPY --link a /\n',
      {
        builder: 'auto',
        isOffline: true,
      },
    );
    expect(offline.failure).toMatchObject({ hint: expect.not.stringContaining('# syntax') });
  });

  test('one that the engine does not have is refused', async () => {
    const { failure } = await buildWith('18.06.0', 'FROM scratch\n', { builder: 'buildkit' });
    expect(failure).toMatchObject({ code: 'build', hint: expect.stringContaining('--builder auto') });
  });
});

describe('layers of an engine with the containerd store', () => {
  const engine: EngineRoutes = {
    'GET /images/x:1/json': answerJson({ Id: 'sha256:9', Size: 999_999, RootFS: { Layers: ['sha256:a'] } }),
    'GET /images/sha256:9/history': answerJson([{ CreatedBy: 'COPY a / # buildkit', Size: 8192 }]),
    'GET /version': answerJson({ Version: '29.0.0' }),
    'GET /info': answerJson({ DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] }),
  };
  const tarOf = (content: string): Buffer => {
    const header = tarHeader({ name: 'a', kind: 'file', mode: 0o644, sizeBytes: content.length });
    return Buffer.concat([header, Buffer.from(content), tarPadding(content.length), TAR_END]);
  };
  const layersBy = async (...open: LayerSource['open'][]) => {
    await using server = await EngineServer.start(engine);
    const sources = open.map((one) => ({ title: 'files', open: one }));
    const docker = await connectEngine({ url: server.url });
    const store = new DockerodeImageStore(docker, { builder: 'auto', sources: async () => sources });
    return await store.layers('x:1', signal);
  };
  const opens: LayerSource['open'] = async () => ({
    target: descriptor,
    documents: [],
    config: 'sha256:c',
    layers: [
      {
        ...descriptor,
        diffId: 'sha256:a',
        async *read() {
          yield tarOf('five!');
        },
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  });
  const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: 'sha256:d', size: 1 };
  const createdBy = 'COPY a /';

  test('have the bytes of their files, as with the classic store', async () => {
    expect(await layersBy(async () => undefined, opens)).toEqual([
      { diffId: 'sha256:a', sizeBytes: 5, createdBy },
    ]);
  });

  test('have what they take on the disk, and say so, where nobody can look into them', async () => {
    const fails: LayerSource['open'] = () => Promise.reject(new Error('no right to read'));
    expect(await layersBy(fails)).toEqual([
      { diffId: 'sha256:a', sizeBytes: 8192, isDiskUsage: true, createdBy },
    ]);
  });
});
