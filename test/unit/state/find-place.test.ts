import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPlace, type Place } from '../../../src/state/find-place.ts';
import { defaultClusterName, rememberPlace, type KnownPlace } from '../../../src/state/known-places.ts';
import { projectOf } from '../../../src/state/project.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openCommandScene, type CommandScene } from '../cli/command-scene.ts';

const shop = { environment: 'shop', clusterName: 'slipway-shop' };
const todo = { environment: 'todo', clusterName: 'slipway-todo' };

const theirs = { id: '0123456789ab', configFile: '/elsewhere/slipway.config.ts' };

/** A config with the environments 'shop' (the default) and 'todo'. */
async function writeConfig(scene: CommandScene, cluster: object = {}): Promise<void> {
  const named = (name: string): object => ({
    ...{ namespace: 'x', releases: {} },
    cluster: { name: `slipway-${name}`, ...cluster },
  });
  const config = { default: 'shop', environments: { shop: named('shop'), todo: named('todo') } };
  await scene.write('slipway.config.ts', `export default ${JSON.stringify(config)};\n`);
  await scene.write('kind/cluster.yaml', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n');
}

function remember({ context }: CommandScene, place: KnownPlace): Promise<void> {
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
    expect(await find(scene)).toMatchObject(shop);
    expect(await find(scene, 'todo')).toMatchObject(todo);
  });

  test('calls a cluster that the config does not name after the folder of the project', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene, { name: undefined });
    expect(await find(scene)).toMatchObject({
      clusterName: defaultClusterName('shop', scene.context.configFile),
    });
  });

  test.each([
    ['/src/shop/slipway.config.ts', 'dev', 'shop-dev'],
    ['/src/My Shop_2/slipway.config.ts', 'dev', 'my-shop-2-dev'],
    ['/src/店/slipway.config.ts', 'dev', 'slipway-dev'],
    [`/src/${'a'.repeat(80)}/slipway.config.ts`, 'dev', `${'a'.repeat(45)}-dev`],
    [`/src/shop/slipway.config.ts`, 'e'.repeat(47), `s-${'e'.repeat(47)}`],
  ])('the cluster of %s and environment %s is %s', (configFile, environment, expected) => {
    expect(defaultClusterName(environment, configFile)).toBe(expected);
  });

  test('takes the cluster name of the config', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene, { name: 'mine' });
    expect(await find(scene)).toMatchObject({ environment: 'shop', clusterName: 'mine' });
  });

  test('finds the cluster that was made before it got another name in the config', async () => {
    await using scene = await openCommandScene();
    await remember(scene, shop);
    await writeConfig(scene, { name: 'renamed' });
    expect(await find(scene)).toMatchObject(shop);
    await remember(scene, { ...shop, clusterName: 'renamed' });
    expect((await find(scene)).clusterName).toBe('renamed');
  });

  describe.each([
    ['is gone', undefined],
    ['is broken', 'export default {'],
  ])('when the config %s,', (_title, config) => {
    test('finds the only one of this project', async () => {
      await using scene = await openCommandScene();
      if (config !== undefined) await scene.write('slipway.config.ts', config);
      const project = await projectOf(scene.context.configFile);
      await remember(scene, { ...todo, project });
      await remember(scene, { ...shop, project: theirs });
      expect(await find(scene)).toEqual({ ...todo, project: project.id });
    });

    test.each([
      ["another project's", theirs],
      ['of an unknown project', undefined],
    ])('refuses to take the only one that is up where it is %s', async (_whose, project) => {
      await using scene = await openCommandScene();
      if (config !== undefined) await scene.write('slipway.config.ts', config);
      await remember(scene, { ...todo, project });
      const failure = await failureOf(find(scene));
      expect([failure.code, failure.hint]).toEqual(['usage', 'Name it with --env.']);
      expect(failure.details.join('\n')).toContain('there is: todo (cluster slipway-todo)');
    });

    test("refuses another project's also where it is named", async () => {
      await using scene = await openCommandScene();
      if (config !== undefined) await scene.write('slipway.config.ts', config);
      await remember(scene, { ...todo, project: theirs });
      expect((await failureOf(find(scene, 'todo'))).code).toBe('ownership');
    });
  });

  test.each(['/../../../victim', '..', '', 'a/b', 'A', '-a', 'a'.repeat(64)])(
    'refuses %j as the name of an environment',
    async (name) => {
      await using scene = await openCommandScene();
      expect((await failureOf(find(scene, name))).code).toBe('usage');
    },
  );

  test.each([
    '[]',
    'null',
    '{}',
    '7',
    '{"environment":"todo","clusterName":"../../victim"}',
    '{"environment":"todo","clusterName":""}',
    '{"environment":"../x","clusterName":"slipway-todo"}',
    '{"environment":"todo","clusterName":"slipway-other"}',
    '{"environment":"todo","clusterName":"slipway-todo","project":[]}',
    '{"environment":"todo","clusterName":"slipway-todo","project":{"id":"a b","configFile":"/x"}}',
  ])('takes the name of the folder in the place of a note that says %s', async (note) => {
    await using scene = await openCommandScene();
    await scene.write('state/slipway-todo/place.json', note);
    expect(await find(scene, 'todo')).toEqual({ ...todo, project: undefined });
  });

  test("looks into no folder that is a link, nor into those that are no cluster's", async () => {
    await using scene = await openCommandScene();
    for (const folder of ['victim', 'state/authority', 'state/..odd'])
      await scene.write(`${folder}/place.json`, JSON.stringify(todo));
    await symlink(join(scene.folder, 'victim'), join(scene.folder, 'state', 'slipway-todo'));
    expect((await failureOf(find(scene))).details).toEqual([]);
  });

  test('refuses a cluster that another environment or another project has, and --adopt takes over a moved one', async () => {
    await using scene = await openCommandScene();
    await writeConfig(scene, { name: 'mine' });
    await remember(scene, { environment: 'other', clusterName: 'mine' });
    const foreign = await failureOf(find(scene));
    expect([foreign.code, foreign.message]).toEqual([
      ...['ownership', 'the cluster mine belongs to another environment'],
    ]);
    await remember(scene, { environment: 'shop', clusterName: 'mine', project: theirs });
    const moved = await failureOf(find(scene));
    expect([moved.code, moved.hint]).toEqual(['ownership', expect.stringContaining('--adopt')]);
    expect(moved.details.join('\n')).toContain(theirs.configFile);
    const { context } = scene;
    const options = { ...context.options, flags: new Set(['adopt']) };
    expect(await findPlace({ ...context, options })).toMatchObject({ project: theirs.id });
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
    expect(await find(scene)).toMatchObject({ ...todo, withheld: ['KEY'] });
  });

  test('without a config, --env chooses among several, and without --env all of them are named', async () => {
    await using scene = await openCommandScene();
    await remember(scene, shop);
    await remember(scene, todo);
    expect(await find(scene, 'todo')).toMatchObject(todo);
    const failure = await failureOf(find(scene));
    expect([failure.code, failure.hint]).toEqual(['usage', 'Name it with --env.']);
    expect(failure.details.join('\n')).toMatch(/there is: shop[^]*there is: todo/);
  });

  test('without a config and without a trace, the name is the default one', async () => {
    await using scene = await openCommandScene();
    expect(await find(scene, 'todo')).toMatchObject({
      environment: 'todo',
      clusterName: defaultClusterName('todo', scene.context.configFile),
    });
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
    expect(await find(scene, 'old')).toMatchObject(old);
  });

  test('a torn note of a place is made good by the name of its folder', async () => {
    await using scene = await openCommandScene();
    await scene.write('state/slipway-todo/place.json', '{"environm');
    expect(await find(scene, 'todo')).toMatchObject(todo);
  });
});
