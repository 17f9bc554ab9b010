// What every ClusterDriver keeps, told as the life of one cluster.

import { readFile, rm, stat } from 'node:fs/promises';
import { afterAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import type { ClusterDriver, ClusterSpec } from '../../src/cluster/cluster-driver.ts';
import type { Progress, Task } from '../../src/task.ts';

export interface ClusterDriverUnderTest {
  readonly driver: ClusterDriver;
  /** Of a cluster that is not there yet; its kubeconfig file is neither. */
  readonly spec: ClusterSpec;
  /** Stops the cluster's nodes behind the driver's back. */
  stop(): Promise<void>;
  /** What there is in the engine that belongs to the cluster, in words: containers, volumes, networks. */
  leftovers(): Promise<string[]>;
  dispose(): Promise<void>;
}

export interface ClusterDriverContract {
  readonly title: string;
  readonly make: () => Promise<ClusterDriverUnderTest>;
  /** Skips where something that the driver needs is missing. */
  readonly need?: (context: TestContext) => void;
}

/** Registers the suite. Its tests build on each other: one cluster is expensive. */
export function clusterDriverContract({ title, make, need }: ClusterDriverContract): void {
  describe(title, () => {
    let subject: ClusterDriverUnderTest | undefined;
    const use = (): ClusterDriverUnderTest => {
      if (subject === undefined) throw new Error('there is nothing to test');
      return subject;
    };
    let reports: Progress[] = [];
    const taskWith = (signal: AbortSignal): Task => ({
      signal,
      report: (progress) => reports.push(progress),
    });
    const { signal } = new AbortController();
    const observe = () => use().driver.observe(use().spec.name, signal);

    beforeEach(async (context) => {
      need?.(context);
      reports = [];
      subject ??= await make();
    });
    afterAll(async () => {
      await subject?.driver.delete(subject.spec.name, taskWith(signal));
      await subject?.dispose();
    });

    test('a cluster that was never made is absent, and deleting it is fine', async () => {
      expect(await observe()).toEqual({ status: 'absent', nodes: [], ports: [], isOnOwnNetwork: false });
      await use().driver.delete(use().spec.name, taskWith(signal));
      expect((await observe()).status).toBe('absent');
    });

    test('a cluster that was never made cannot be started', async () => {
      await expect(use().driver.start(use().spec.name, taskWith(signal))).rejects.toMatchObject({
        code: 'cluster',
      });
    });

    test('a create that is cancelled half way rejects as interrupted and leaves nothing', async () => {
      const controller = new AbortController();
      const { driver, spec } = use();
      const creating = driver.create(spec, {
        signal: controller.signal,
        report: (progress) => {
          if (progress.text === 'Preparing nodes') controller.abort();
        },
      });
      await expect(creating).rejects.toMatchObject({ code: 'interrupted' });
      expect((await observe()).status).toBe('absent');
      expect(await use().leftovers()).toEqual([]);
      await expect(stat(spec.kubeconfigFile)).rejects.toThrow('ENOENT');
    });

    test('a created cluster runs, with the ports of the spec and a kubeconfig for the owner only', async () => {
      const { driver, spec } = use();
      await driver.create(spec, taskWith(signal));
      const state = await observe();
      expect(state).toMatchObject({ status: 'running', isOnOwnNetwork: true });
      expect(state.nodes).toHaveLength(1);
      expect(state.ports).toHaveLength(spec.ports.length);
      expect(state.ports).toEqual(expect.arrayContaining([...spec.ports]));
      expect((await stat(spec.kubeconfigFile)).mode & 0o777).toBe(0o600);
      const kubeconfig = await readFile(spec.kubeconfigFile, 'utf8');
      expect(kubeconfig).toContain(spec.name);

      await rm(spec.kubeconfigFile);
      await driver.writeKubeconfig(spec.name, spec.kubeconfigFile, signal);
      expect(await readFile(spec.kubeconfigFile, 'utf8')).toBe(kubeconfig);
      expect((await stat(spec.kubeconfigFile)).mode & 0o777).toBe(0o600);
    });

    test('creating it again is refused and leaves it running', async () => {
      const { driver, spec } = use();
      await expect(driver.create(spec, taskWith(signal))).rejects.toMatchObject({ code: 'cluster' });
      expect((await observe()).status).toBe('running');
      expect((await stat(spec.kubeconfigFile)).size).toBeGreaterThan(0);
    });

    test('one that was stopped is seen as stopped, with its nodes and ports, and runs after a start', async () => {
      const { driver, spec, stop } = use();
      const before = await observe();
      await stop();
      const stopped = await observe();
      expect(stopped.status).toBe('stopped');
      expect(stopped.nodes).toEqual(before.nodes);
      expect(stopped.ports).toEqual(expect.arrayContaining([...before.ports]));
      await driver.start(spec.name, taskWith(signal));
      expect((await observe()).status).toBe('running');
    });

    test('starting one that runs changes nothing', async () => {
      const { startedAtMs: _before, ...before } = await observe();
      await use().driver.start(use().spec.name, taskWith(signal));
      const { startedAtMs: _after, ...after } = await observe();
      expect(after).toEqual(before);
    });

    test('a delete that is cancelled before it began leaves the cluster', async () => {
      const { driver, spec } = use();
      await expect(driver.delete(spec.name, taskWith(AbortSignal.abort()))).rejects.toMatchObject({
        code: 'interrupted',
      });
      expect((await observe()).status).toBe('running');
    });

    test('a deleted cluster is absent and leaves nothing', async () => {
      await use().driver.delete(use().spec.name, taskWith(signal));
      expect(await observe()).toEqual({ status: 'absent', nodes: [], ports: [], isOnOwnNetwork: false });
      expect(await use().leftovers()).toEqual([]);
    });
  });
}
