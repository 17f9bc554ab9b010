import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPlace, rememberPlace, type Place } from '../../../scripts/command/find-place.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openCommandScene, type CommandScene } from './command-scene.ts';

const shop = { environment: 'shop', clusterName: 'slipway-shop' };
const todo = { environment: 'todo', clusterName: 'slipway-todo' };

/** A config with the environments 'shop' (the default) and 'todo'. */
async function writeConfig(scene: CommandScene, cluster: object = {}): Promise<void> {
  const environment = { namespace: 'x', cluster, releases: {} };
  const config = { default: 'shop', environments: { shop: environment, todo: environment } };
  await scene.write('slipway.config.ts', `export default ${JSON.stringify(config)};\n`);
  await scene.write('kind/cluster.yaml', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n');
}

function remember({ context }: CommandScene, place: Place): Promise<void> {
  return rememberPlace(join(context.folders.state, place.clusterName), place);
}

function find({ context }: CommandScene, env?: string): Promise<Place> {
  const texts = new Map(env === undefined ? [] : [['env', env]]);
  return findPlace({ ...context, options: { ...context.options, texts } });
}

describe('findPlace', () => {
  test("takes the config's default environment, or the one that --env names", async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene);
    expect(await find(scene)).toEqual(shop);
    expect(await find(scene, 'todo')).toEqual(todo);
  });

  test('takes the cluster name of the config', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene, { name: 'mine' });
    expect(await find(scene)).toEqual({ environment: 'shop', clusterName: 'mine' });
  });

  test('finds the cluster that was made before it got another name in the config', async () => {
    await using scene = await openCommandScene();
    await remember(scene, shop);
    await writeConfig(scene, { name: 'renamed' });
    expect(await find(scene)).toEqual(shop);
    await remember(scene, { ...shop, clusterName: 'renamed' });
    expect((await find(scene)).clusterName).toBe('renamed');
  });

  test.each([
    ['is gone', undefined],
    ['is broken', 'export default {'],
  ])('finds the only one that is there when the config %s', async (_title, config) => {
    await using scene = await openCommandScene();
    if (config !== undefined) await scene.write('slipway.config.ts', config);
    await remember(scene, todo);
    expect(await find(scene)).toEqual(todo);
  });

  test('a config with a fault still tells which of several is meant', async () => {
    await using scene = await openCommandScene();
    const environments = { todo: { releases: 'none', secrets: { s: { keys: { k: { fromEnv: 'KEY' } } } } } };
    await scene.write(
      'slipway.config.ts',
      `export default ${JSON.stringify({ default: 'todo', environments })};`,
    );
    await remember(scene, shop);
    await remember(scene, todo);
    expect(await find(scene)).toEqual({ ...todo, withheld: ['KEY'] });
  });

  test('without a config, --env chooses among several, and without --env all of them are named', async () => {
    await using scene = await openCommandScene();
    await remember(scene, shop);
    await remember(scene, todo);
    expect(await find(scene, 'todo')).toEqual(todo);
    const failure = await failureOf(find(scene));
    expect([failure.code, failure.hint]).toEqual(['usage', 'Name it with --env.']);
    expect(failure.details.join('\n')).toMatch(/there is: shop[^]*there is: todo/);
  });

  test('without a config and without a trace, the name is the default one', async () => {
    await using scene = await openCommandScene();
    expect(await find(scene, 'todo')).toEqual(todo);
  });

  test('an --env that a good config does not have is a slip, also when other things are there', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene);
    await remember(scene, shop);
    const failure = await failureOf(find(scene, 'shpo'));
    expect([failure.code, failure.hint]).toEqual(['usage', 'The config has: shop, todo.']);
  });

  test('an environment that has left the config is still found by its name', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene);
    const old = { environment: 'old', clusterName: 'slipway-old' };
    await remember(scene, old);
    expect(await find(scene, 'old')).toEqual(old);
  });

  test('a torn note of a place is made good by the name of its folder', async () => {
    await using scene = await openCommandScene();
    await scene.write('state/slipway-todo/place.json', '{"environm');
    expect(await find(scene)).toEqual(todo);
  });
});
