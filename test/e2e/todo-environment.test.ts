// The life of the bundled environment, from nothing to nothing. The tests are one story: each goes on where the one
// before it ended.

import { access } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { needBrowser, openBrowser } from '../support/browser.ts';
import { docker } from '../support/leftovers.ts';
import { needEngine } from '../support/need-engine.ts';
import { endOf, expectExit, startedSteps } from '../support/run-slipway.ts';
import { TodoStory } from '../support/todo-story.ts';
import { faultTests } from './todo-faults.ts';

const allReleases = ['backend', 'frontend', 'mcp', 'postgres', 'todo-ingress'];

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
    await new Promise<void>((resolve) => server.listen(story.project.ports.http, '127.0.0.1', resolve));

    const run = await story.run({ command: 'up', signal });

    expectExit(run, 0);
    await story.look();
    story.port = story.project.ports.http + 1;
    const notes = run.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    expect(notes).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `port ${story.project.ports.http} .*process ${process.pid}\\b.*using ${story.port} instead`,
        ),
      ),
    );
    expect(endOf(run)).toMatchObject({
      outcome: 'done',
      urls: [
        { name: 'page', url: `http://${story.host}:${story.port}/` },
        { name: 'API', url: `http://${story.host}:${story.port}/api/todos` },
        { name: 'MCP', url: `http://${story.host}:${story.port}/mcp/` },
      ],
    });
    const page = await story.ask({ path: '/', signal });
    expect(page.status).toBe(200);
    expect(page.text).toContain('New todo');
  });

  test('a person adds, ticks and deletes a todo in a browser', async (context) => {
    needBrowser(context);
    const browser = await openBrowser(story.host);
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`http://${story.host}:${story.port}/`);
      await page.getByLabel('New todo').fill('Buy milk');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      const tick = page.getByRole('checkbox', { name: 'Buy milk' });
      await tick.check();
      await page.getByText('All 1 done').waitFor();
      await page.reload();
      await page.getByText('All 1 done').waitFor();
      expect(await tick.isChecked()).toBe(true);
      await page.getByRole('button', { name: 'Delete Buy milk' }).click();
      await tick.waitFor({ state: 'detached' });
      await page.reload();
      await page.getByText('No todos').waitFor();
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
    const { text } = await story.ask({ path: '/api/todos', signal: context.signal });
    expect(JSON.parse(text)).toEqual({ todos: [] });
  });

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
    expect(startedSteps(run)).toEqual(['budget:images', 'image:backend', 'load:backend', 'release:backend']);
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

  describe('on a fault', () => {
    faultTests(() => story);
  });

  test('down --keep-cluster --keep-images removes the releases and nothing else', async ({ signal }) => {
    const args = ['--keep-cluster', '--keep-images'];
    const run = await story.run({ command: 'down', args, signal });
    expectExit(run, 0);
    expect(await story.cluster.revisions(signal)).toEqual([]);
    const namespaces = await story.cluster.api.list({ apiVersion: 'v1', kind: 'Namespace' }, signal);
    expect(namespaces.map(({ metadata }) => metadata.name)).not.toContain('todo');
    const label = `label=dev.slipway.cluster=${story.project.clusterName}`;
    expect(await docker('images', '-q', '--filter', label)).not.toEqual([]);
    expect(run.events.flatMap((event) => (event.type === 'step-done' ? [event.id] : []))).toEqual(
      expect.arrayContaining(allReleases.map((name) => `release:todo/${name}`)),
    );
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
