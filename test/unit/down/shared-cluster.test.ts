import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import type { TakeDownOptions } from '../../../src/down/take-down.ts';
import { claimPlace, projectOf } from '../../../src/state/project.ts';
import { EnvironmentStory, type PlayedRun } from '../../support/environment-story.ts';
import { sharingPlot } from '../../support/small-environment.ts';

/** Two environments of two projects in one cluster, both of which say that they share it. */
class Neighbours implements AsyncDisposable {
  readonly first: EnvironmentStory;
  readonly second: EnvironmentStory;

  private constructor(first: EnvironmentStory, second: EnvironmentStory) {
    this.first = first;
    this.second = second;
  }

  static async begin(): Promise<Neighbours> {
    const first = await EnvironmentStory.begin(sharingPlot('first', 'slipway-small'));
    const second = await EnvironmentStory.begin(sharingPlot('second', 'slipway-small.second'), first);
    return new Neighbours(first, second);
  }

  async up(story: EnvironmentStory): Promise<PlayedRun> {
    const environment = story === this.first ? 'first' : 'second';
    const project = await projectOf(`/${environment}/slipway.config.ts`);
    const claim = { environment, clusterName: 'slipway-small', project, adopts: false, shared: true };
    await claimPlace(story.stateFolder, claim, { isKept: true });
    const run = await story.up();
    expect(run.error).toBeUndefined();
    return run;
  }

  async down(story: EnvironmentStory, flags?: Partial<TakeDownOptions>): Promise<string[]> {
    const { error, kept = [] } = await story.down(undefined, flags);
    expect(error).toBeUndefined();
    return kept.map(({ resource, reason }) => `${'name' in resource ? resource.name : ''}: ${reason}`);
  }

  /** What of the cluster and the engine is of one of them. */
  of(environment: string): string[] {
    const { cluster, images } = this.first.machine;
    const scope = environment === 'first' ? '/slipway-small/' : '/slipway-small.second/';
    return [
      ...cluster!.api.objects
        .filter(({ metadata }) => metadata.labels?.['slipway.dev/environment'] === environment)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ...images.references.filter((reference) => reference.includes(scope)),
    ].sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.first[Symbol.asyncDispose]();
  }
}

describe('two environments in a cluster that both say they share', () => {
  test('are up beside each other, each with nothing to do the second time', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    const { todo } = await both.up(both.second);
    expect(todo).not.toContain('cluster:slipway-small');
    expect(both.of('second')).toEqual(expect.arrayContaining(['Namespace second', 'Secret database']));
    expect((await both.up(both.first)).todo).toEqual([]);
    expect((await both.up(both.second)).todo).toEqual([]);
  });

  test.for([
    { goes: 'first', stays: 'second' },
    { goes: 'second', stays: 'first' },
  ] as const)('when the $goes goes, the $stays keeps all it has and uses', async ({ goes, stays }) => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    const before = both.of(stays);
    const said = await both.down(both[goes]);
    expect(said.join('\n')).toContain(`slipway-small: is shared with the environment ${stays}`);
    expect(existsSync(both[goes].stateFolder)).toBe(false);
    expect(both.of(goes)).toEqual([]);
    expect(both.of(stays)).toEqual(expect.arrayContaining(before));
    expect((await both.up(both[stays])).todo).toEqual([]);
    // The cluster goes with the last one, the addon too.
    expect(await both.down(both[stays])).toEqual([]);
    expect(both.first.machine.cluster).toBeUndefined();
    expect(existsSync(both[stays].stateFolder)).toBe(false);
  });

  test('the last one takes the addon of the first away, also where the cluster is kept', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    const said = (await both.down(both.first)).join('\n');
    expect(said).toContain('controller: is used by the environment second, which has it now');
    expect(await both.down(both.second, { keepCluster: true })).toEqual([]);
    const { api } = both.first.machine.cluster!;
    const left = api.objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    expect(left).not.toContain('controller');
    expect((await both.first.look()).releases).toEqual([]);
  });

  test('--now is refused while the other is there, and changes nothing', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    const before = await both.first.look();
    const { error } = await both.first.down(undefined, { isHurried: true });
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('second') });
    expect(await both.first.look()).toEqual(before);
  });

  test('one whose state folder is lost is seen by what it has in the cluster', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    await rm(both.second.stateFolder, { recursive: true });
    expect((await both.down(both.first)).join()).toContain('is shared with the environment second');
    expect(both.of('second')).toContain('Namespace second');
  });

  test('of a cluster that one has made anew the other goes on with the new one', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    const { machine, stateFolder } = both.first;
    const kubeconfig = join(stateFolder, 'kubeconfig');
    await writeFile(kubeconfig, 'of the cluster that is gone');
    await machine.driver.delete('slipway-small', {
      signal: new AbortController().signal,
      report: () => undefined,
    });
    await both.up(both.second);
    await both.up(both.first);
    expect(existsSync(kubeconfig)).toBe(false);
    expect((await readClusterRecord(stateFolder))?.identity).toBe('uid-2');
    expect((await both.up(both.second)).todo).toEqual([]);
  });

  test('the cluster knows one that stays when all state is lost', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    await both.up(both.second);
    await both.down(both.first);
    await rm(both.second.stateFolder, { recursive: true });
    await both.up(both.second);
    expect(await both.down(both.second)).toEqual([]);
    expect(both.first.machine.cluster).toBeUndefined();
  });

  test('an addon that the two want differently is refused, with both named', async () => {
    await using both = await Neighbours.begin();
    await both.up(both.first);
    const { releases } = both.first.machine.cluster!;
    const addon = (await releases.list(new AbortController().signal)).find(
      ({ name }) => name === 'controller',
    )!;
    releases.add({
      ...addon,
      labels: { ...ownershipLabels('first'), 'slipway.dev/fingerprint': 'other values' },
    });
    await expect(both.up(both.second)).rejects.toThrow();
    const { error } = await both.second.up();
    expect(error).toMatchObject({ code: 'ownership', message: expect.stringContaining('environment first') });
  });
});
