// The life of the bundled environment, from nothing to nothing. The tests are one story: each goes on where the one
// before it ended.

import { access } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { needEngine } from '../support/need-engine.ts';
import { endOf, expectExit, startedSteps } from '../support/run-slipway.ts';
import { TodoStory } from '../support/todo-story.ts';
import { faultTests } from './todo-faults.ts';
import { pageTests } from './todo-pages.ts';
import { sidecarTests } from './todo-sidecars.ts';

const appReleases = ['postgres', 'redis', 'backend', 'notification', 'sse-gateway', 'mcp', 'frontend'];
const allReleases = [
  ...['cluster-issuers', 'todo-access', 'dapr-configuration', 'dapr-components', 'todo-network'],
  ...[...appReleases, 'todo-ingress'],
];

describe('The todo environment', () => {
  let story: TodoStory;
  let holder: Server | undefined;

  beforeAll(async () => {
    if (!inject('engineProblem')) story = await TodoStory.begin();
  });
  beforeEach(needEngine);
  afterAll(async () => {
    holder?.close();
    await story?.end();
  });

  test('up brings it up from nothing; a taken port is named with its holder, and the next free one is used', async ({
    signal,
  }) => {
    const server = createServer();
    holder = server;
    await new Promise<void>((resolve) => server.listen(story.project.ports.https, '127.0.0.1', resolve));

    const run = await story.run({ command: 'up', signal });

    expectExit(run, 0);
    await story.look();
    const wanted = story.project.ports.https;
    story.ports.https = wanted + 1;
    const notes = run.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    expect(notes).toContainEqual(
      expect.stringMatching(
        new RegExp(`port ${wanted} .*process ${process.pid}\\b.*using ${wanted + 1} instead`),
      ),
    );
    expect(endOf(run)).toMatchObject({
      outcome: 'done',
      urls: [
        { name: 'page', url: `${story.origin}/` },
        { name: 'API', url: `${story.origin}/api/todos` },
        { name: 'MCP', url: `${story.origin}/mcp/` },
      ],
      summary: expect.arrayContaining([expect.stringContaining(story.authorityFile)]),
    });
    expect(new Set(startedSteps(run).filter((id) => id.startsWith('release:')))).toEqual(
      new Set(allReleases.map((name) => `release:${name}`)),
    );
    const page = await story.ask({ path: '/', signal });
    expect(page.status).toBe(200);
    expect(page.text).toContain('New todo');
  });

  test('plain HTTP is sent to HTTPS', async ({ signal }) => {
    const { status, headers } = await story.askPlainly({ path: '/api/todos', signal });
    expect([status, headers.location]).toEqual([308, `${story.origin}/api/todos`]);
  });

  pageTests(() => story);

  test('a todo made through MCP is listed, and outlives the pods of backend and database', async ({
    signal,
  }) => {
    async function call(name: string, args: object): Promise<unknown> {
      const params = { name, arguments: args };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      const { status, text } = await story.ask({ path: '/mcp/', body, signal });
      expect(`${status} ${text}`).toMatch(/^200 /);
      return (JSON.parse(text) as { result: { structuredContent: unknown } }).result.structuredContent;
    }
    const todo = expect.objectContaining({ title: 'Outlive the pods', done: false });
    expect(await call('create_todo', { title: 'Outlive the pods' })).toEqual(todo);
    expect(await call('list_todos', {})).toEqual({ todos: [todo] });

    const before = await story.cluster.podUids(signal);
    const doomed = Object.keys(before).filter((name) => /^(backend|postgres)-/.test(name));
    expect(doomed).toHaveLength(2);
    for (const name of doomed) {
      await story.cluster.api.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'todo', name }, signal);
    }

    async function afterwards(): Promise<{ survivors: string[]; answer: string }> {
      const uids = Object.values(await story.cluster.podUids(signal));
      const survivors = doomed.filter((name) => uids.includes(before[name]!));
      const { status, text } = await story.ask({ path: '/api/todos', signal });
      return { survivors, answer: `${status} ${text}` };
    }
    await expect
      .poll(afterwards, { timeout: 60_000, interval: 500 })
      .toEqual({ survivors: [], answer: expect.stringMatching(/^200 .*Outlive the pods/) });
  });

  test('up again changes nothing, and says so', async ({ signal }) => {
    // The pods that were deleted above may be serving and not yet be called ready.
    await expect
      .poll(async () => (await story.run({ command: 'status', signal })).exitCode, { timeout: 60_000 })
      .toBe(0);
    const uids = await story.cluster.podUids(signal);
    const revisions = await story.cluster.revisions(signal);

    const run = await story.run({ command: 'up', signal });

    expectExit(run, 0);
    expect(endOf(run)?.outcome).toBe('nothing-to-do');
    expect(startedSteps(run)).toEqual([]);
    expect(await story.cluster.podUids(signal)).toEqual(uids);
    expect(await story.cluster.revisions(signal)).toEqual(revisions);
  });

  test('a change of one source file of backend builds and deploys backend only', async ({ signal }) => {
    const uids = await story.cluster.podUids(signal);
    await story.project.edit(
      'apps/todo/backend/src/todo-routes.ts',
      'body: { todos: await store.list(',
      "headers: { 'x-edition': '2' }, body: { todos: await store.list(",
    );

    const run = await story.run({ command: 'up', signal });

    expectExit(run, 0);
    expect(startedSteps(run)).toEqual([
      ...['budget:images', 'image:backend', 'load:backend', 'policy:charts', 'release:backend'],
    ]);
    const after = await story.cluster.podUids(signal);
    const others = (pods: Record<string, string>): unknown =>
      Object.entries(pods).filter(([name]) => !name.startsWith('backend-'));
    expect(others(after)).toEqual(others(uids));
    expect(Object.values(after)).not.toEqual(Object.values(uids));
    // The pod of the old edition takes requests for the 2 s of its draining.
    const edition = async (): Promise<unknown> =>
      (await story.ask({ path: '/api/todos', signal })).headers['x-edition'];
    await expect.poll(edition, { timeout: 15_000, interval: 200 }).toBe('2');
  });

  sidecarTests(() => story);

  describe('on a fault', () => {
    faultTests(() => story);
  });

  test('down --keep-cluster removes releases, then custom resources, then addons, and leaves a cluster of its own', async ({
    signal,
  }) => {
    const run = await story.run({ command: 'down', args: ['--keep-cluster'], signal });
    expectExit(run, 0);
    const ids = run.events.flatMap((event) => (event.type === 'step-done' ? [event.id] : []));
    const kinds = ids.map((id) => id.split(':')[0]);
    const apps = appReleases.map((name) => ids.indexOf(`release:todo/${name}`));
    const components = ids.indexOf('release:todo/dapr-components');
    expect(Math.min(...apps)).toBeGreaterThan(ids.indexOf('release:todo/todo-ingress'));
    expect(Math.max(...apps)).toBeLessThan(components);
    expect(components).toBeLessThan(ids.indexOf('release:dapr-system/dapr'));
    expect(kinds).toContain('custom-resources');

    const list = async (apiVersion: string, kind: string): Promise<string[]> =>
      (await story.cluster.api.list({ apiVersion, kind }, signal))
        .map(({ metadata }) => metadata.name)
        .sort();
    expect(await story.cluster.revisions(signal)).toEqual([]);
    expect(await list('v1', 'Namespace')).toEqual([
      ...['default', 'kube-node-lease', 'kube-public', 'kube-system', 'local-path-storage'],
    ]);
    expect(await list('apiextensions.k8s.io/v1', 'CustomResourceDefinition')).toEqual([]);
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      expect(await list('admissionregistration.k8s.io/v1', kind)).toEqual([]);
  });

  test('down takes the rest away, without a config that can be read, and nothing is left', async ({
    signal,
  }) => {
    await story.project.configure(({ releases }) => {
      releases['postgres']!.needs = ['nowhere'];
    });
    const run = await story.run({ command: 'down', signal });
    expectExit(run, 0);
    expect(endOf(run)?.outcome).toBe('done');
    expect(await story.watch.find()).toEqual([]);
    expect(await story.watch.isKubeconfigUntouched()).toBe(true);
    await expect(access(story.project.stateFolder)).rejects.toThrow('ENOENT');
  });

  test('down again has nothing to do', async ({ signal }) => {
    await story.project.configure();
    const run = await story.run({ command: 'down', signal });
    expectExit(run, 0);
    expect(endOf(run)?.outcome).toBe('nothing-to-do');
    await expect(access(story.project.stateFolder)).rejects.toThrow('ENOENT');
  });
});
