// An engine that ends in the middle of work, and while nobody asks it: one of the test's own, nobody else's.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { BuildRequest } from '../../src/images/image-store.ts';
import { OwnEngine } from '../support/chaos/own-engine.ts';
import { failureOf } from '../support/failure-of.ts';
import { needEngine } from '../support/need-engine.ts';

const LARGE_BYTES = 64 * 1024 * 1024;

describe('an engine', () => {
  const isOurs = process.platform === 'linux' && process.getuid?.() === 0;
  const { signal } = new AbortController();
  let engine: OwnEngine;
  let folder: string;
  let request: BuildRequest;

  beforeAll(async () => {
    if (!isOurs || inject('engineProblem')) return;
    engine = await OwnEngine.start();
    folder = await mkdtemp(join(tmpdir(), 'slipway-context-'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY large /\nCOPY Dockerfile /\n');
    await writeFile(join(folder, 'large'), Buffer.alloc(LARGE_BYTES, 1));
    request = { reference: 'x:1', contextFolder: folder, dockerfile: join(folder, 'Dockerfile') };
  });
  beforeEach((context) => {
    needEngine(context);
    context.skip(!isOurs, 'only root may start an engine');
  });
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true });
  });

  test('that ends in the middle of a build is a Failure, and once it is back the build works', async () => {
    const images = await engine.images();
    let killing: Promise<void> | undefined;
    const report = (): void => void (killing ??= engine.kill());
    const failure = await failureOf(images.build(request, { signal, report }));
    await killing;
    expect(['build', 'engine']).toContain(failure.code);
    expect(failure.message).toMatch(/broke off|does not answer|connect/);
    await engine.start();
    expect(await images.find('x:1', signal)).toBeUndefined();
    await images.build(request, { signal, report: () => undefined });
    expect(await images.find('x:1', signal)).toBeDefined();
  });

  test('whose disk is full says so and what to do, and builds once there is room', async () => {
    await using small = await OwnEngine.start({ storeMegabytes: LARGE_BYTES / 1024 / 1024 });
    const images = await small.images();
    const failure = await failureOf(images.build(request, { signal, report: () => undefined }));
    expect(failure).toMatchObject({ code: 'build', hint: expect.stringContaining('slipway prune') });
    expect(failure.message).toContain('no space left on device');
    small.resizeStore(1024);
    await images.build(request, { signal, report: () => undefined });
    expect(await images.find('x:1', signal)).toBeDefined();
  });

  test('that was restarted while nobody asked it is asked again as if nothing was', async () => {
    const images = await engine.images();
    await images.list({}, signal);
    await engine.kill();
    expect((await failureOf(images.list({}, signal))).code).toBe('engine');
    await engine.start();
    expect(await images.find('x:1', signal)).toBeDefined();
  });
});
