// Builds for real, with both builders of the engine.

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/failure.ts';
import { connectEngine, observeEngine } from '../../../src/engine/connect-engine.ts';
import { DockerodeImageStore } from '../../../src/images/dockerode-image-store.ts';
import { imageStoreContract } from '../../contract/image-store.contract.ts';
import { needEngine } from '../../support/need-engine.ts';
import { buildShellBase } from '../../support/shell-base.ts';

const engine = () => connectEngine({ url: process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock' });
const unique = `${process.pid}`;

for (const builder of ['classic', 'buildkit'] as const) {
  imageStoreContract({
    title: `DockerodeImageStore with ${builder}`,
    make: async () => new DockerodeImageStore(await engine(), { builder }),
    prefix: `slipway.local/test-${builder}-${unique}`,
    need: needEngine,
  });

  describe(`a build by ${builder}`, () => {
    const labels = { 'dev.slipway.test': `run-${builder}-${unique}` };
    const base = `slipway.local/test-shell-${builder}-${unique}:1`;
    const { signal } = new AbortController();
    let docker: Docker;
    let store: DockerodeImageStore;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    });
    beforeEach(async (context) => {
      needEngine(context);
      if (store) return;
      docker = await engine();
      store = new DockerodeImageStore(docker, { builder });
      await buildShellBase(store, base, labels);
    });
    afterAll(async () => {
      await removeAll();
      // Once more: a stage shows only when what was built on it is gone.
      await removeAll();
      await rm(folder, { recursive: true, force: true });
    });

    async function removeAll(kept: readonly string[] = []): Promise<void> {
      for (const image of (await store?.list(labels, signal)) ?? [])
        for (const reference of image.references)
          if (!kept.includes(reference)) await store.remove(reference, signal);
    }

    async function build(
      lines: readonly string[],
      options: { signal?: AbortSignal; onStep?: (text: string) => void } = {},
    ) {
      const dockerfile = join(folder, 'Dockerfile');
      await writeFile(dockerfile, `${lines.join('\n')}\n`);
      const reference = `slipway.local/test-run-${builder}-${unique}:1`;
      return store.build(
        {
          reference,
          contextFolder: folder,
          dockerfile,
          labels,
          buildArgs: { BASE: base, HTTP_PROXY: 'http://proxy:1' },
          isOffline: true,
        },
        { signal: options.signal ?? signal, report: ({ text }) => options.onStep?.(text) },
      );
    }
    const containers = async () => (await docker.listContainers({ all: true })).map(({ Command }) => Command);

    test('a step that fails is named, with the end of its output', async () => {
      const failing = build([
        'ARG BASE',
        'FROM ${BASE}',
        `RUN echo before-${unique}; echo reason-${unique} >&2; exit 7`,
      ]);
      const failure: Failure = await failing.then(
        () => expect.unreachable('the build went well'),
        (error: Failure) => error,
      );
      expect(failure).toMatchObject({
        code: 'build',
        message: expect.stringMatching(/7.* in step .*RUN echo before/s),
      });
      expect(failure.details.join('\n')).toContain(`reason-${unique}`);
      expect((await containers()).filter((command) => command.includes(unique))).toEqual([]);
    });

    test('a Dockerfile that is wrong is a build failure that says where', async () => {
      await expect(build(['FROM scratch', 'RUM x'])).rejects.toMatchObject({
        code: 'build',
        message: expect.stringContaining('RUM'),
      });
    });

    test('a stop ends the step that runs in the engine', async () => {
      const controller = new AbortController();
      const seconds = 4000 + (process.pid % 1000);
      const started = Promise.withResolvers<void>();
      const building = build(['ARG BASE', 'FROM ${BASE}', `RUN sleep ${seconds}`], {
        signal: controller.signal,
        onStep: (text) => text.includes('sleep') && started.resolve(),
      });
      const outcome = building.then(
        () => 'built',
        (error: Failure) => error.code,
      );
      await started.promise;
      const isRunning = await until(async () => (await sleepers(seconds)) > 0, 20_000);
      expect(isRunning).toBe(true);
      controller.abort();
      expect(await outcome).toBe('interrupted');
      expect(await until(async () => (await sleepers(seconds)) === 0, 20_000)).toBe(true);
    });

    test('proxies reach the build and not the image', async () => {
      const image = await build([
        'ARG BASE',
        'FROM ${BASE}',
        'RUN test "${HTTP_PROXY#http://pro}" = xy:1 && echo ok > /ok',
      ]);
      const [{ Config }, history] = await Promise.all([
        docker.getImage(image.id).inspect(),
        docker.getImage(image.id).history() as Promise<unknown>,
      ]);
      expect(JSON.stringify([Config, history])).not.toContain('proxy:1');
    });

    test('stages that the target does not need are not built, and what they read is not sent', async () => {
      await writeFile(join(folder, 'only-docs'), `${unique}`);
      const steps: string[] = [];
      const image = await build(
        [
          'ARG BASE',
          'FROM ${BASE} AS docs',
          'COPY only-docs /',
          'RUN exit 1',
          'FROM ${BASE} AS parts',
          'RUN test ! -e /only-docs && echo a > /a',
          'FROM scratch',
          'COPY --from=1 /a /a',
        ],
        { onStep: (text) => void steps.push(text) },
      );
      expect(image.id).toMatch(/^sha256:/);
      expect(steps.join()).not.toContain('COPY only-docs');
    });

    test('a mode with set-user-id, times before 1970 and names that are no text arrive in the image', async () => {
      const own = join(folder, `raw-${builder}`);
      await mkdir(own);
      const raw = Buffer.concat([Buffer.from(`${own}/caf`), Buffer.from([0xe9])]);
      await writeFile(raw, 'x');
      await writeFile(join(own, 'tool'), 'x');
      await chmod(join(own, 'tool'), 0o4755);
      await utimes(join(own, 'tool'), new Date(-1e12), new Date(-1e12));
      await build([
        'ARG BASE',
        'FROM ${BASE}',
        `COPY raw-${builder} /raw`,
        // The classic builder takes set-user-id away when it makes root the owner of what it copies.
        `RUN ${builder === 'classic' ? '' : 'test -u /raw/tool && '}test -f "/raw/$(printf 'caf\\351')"`,
      ]);
      expect(await store.find(`slipway.local/test-run-${builder}-${unique}:1`, signal)).toBeDefined();
    });

    test('mounts, modes and platforms of BuildKit work by the API', async (context) => {
      context.skip(builder === 'classic', 'the classic builder knows none of them');
      await writeFile(join(folder, 'mounted'), 'x');
      await build([
        // Without a registry the frontend is the one that the engine has.
        '# syntax=docker/dockerfile:1',
        'ARG BASE',
        'FROM --platform=$BUILDPLATFORM ${BASE}',
        'COPY --chmod=0751 mounted /copied',
        'RUN --mount=type=bind,source=mounted,target=/m --mount=type=cache,target=/c test -e /m && test -x /copied',
      ]);
      expect(await store.find(`slipway.local/test-run-${builder}-${unique}:1`, signal)).toBeDefined();
    });

    test('every stage can be found by its labels and taken away', async () => {
      await build([
        'ARG BASE',
        'FROM ${BASE} AS parts',
        `RUN echo ${unique} > /a`,
        'FROM scratch',
        'COPY --from=parts /a /a',
      ]);
      await removeAll([base]);
      expect((await store.list(labels, signal)).map(({ references }) => references)).toEqual([[base]]);
    });
  });
}

test('the engine tells what it is', async (context) => {
  needEngine(context);
  const facts = await observeEngine(await engine(), new AbortController().signal);
  expect(facts.version).toMatch(/\d/);
  expect(facts.cpus).toBeGreaterThan(0);
  expect(facts.memoryBytes).toBeGreaterThan(1e8);
});

/** Programs `sleep <seconds>` on this machine, whoever runs them: BuildKit's steps are no containers to the API. */
async function sleepers(seconds: number): Promise<number> {
  const found = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return found.filter((command) => command.startsWith(`sleep\0${seconds}`)).length;
}

/** Whether it came true before the deadline. */
async function until(isTrue: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
