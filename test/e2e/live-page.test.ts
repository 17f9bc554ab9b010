// The page in real browsers, on services in this process with a fake Dapr between them: how it follows the changes of
// others, and what it does when it misses some. The real chain is part of the todo environment's own story.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { staticRoutes } from '../../apps/todo/frontend/src/static-files.ts';
import { needBrowser, openBrowser } from '../support/browser.ts';
import { TodoChain } from '../support/todo-chain.ts';

const pageFolder = join(import.meta.dirname, '../../apps/todo/frontend/public');

/** What a person calls at once. */
const atOnceMs = 1_000;

describe('The page', () => {
  let browser: Browser | undefined;
  let chain: TodoChain;
  let url: string;
  let problems: string[];

  beforeAll(async () => {
    if (!inject('browserProblem')) browser = await openBrowser('todo.local');
  });
  beforeEach(async (context) => {
    needBrowser(context);
    problems = [];
    ({ chain, url } = await TodoChain.start(staticRoutes(pageFolder, await readdir(pageFolder))));
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    await chain?.end();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  /** In a context of its own: what another person has open. */
  async function open(): Promise<Page> {
    const page = await (await browser!.newContext()).newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page
      .getByText(/No todos|to do|done/)
      .first()
      .waitFor();
    return page;
  }

  async function add(page: Page, title: string): Promise<void> {
    await page.getByLabel('New todo').fill(title);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
  }

  test('what one person adds, ticks and deletes, another sees at once, without reading the list', async () => {
    const [mine, theirs] = [await open(), await open()];
    const timeout = atOnceMs;
    const tick = theirs.getByRole('checkbox', { name: 'Buy milk' });
    await theirs.waitForLoadState('networkidle');
    const requests: string[] = [];
    theirs.on('request', (request) => requests.push(request.url()));

    await add(mine, 'Buy milk');
    await tick.waitFor({ timeout });
    expect(await tick.isChecked()).toBe(false);
    await mine.getByRole('checkbox', { name: 'Buy milk' }).check();
    await theirs.getByText('All 1 done').waitFor({ timeout });
    expect(await tick.isChecked()).toBe(true);
    await mine.getByRole('button', { name: 'Delete Buy milk' }).click();
    await theirs.getByText('No todos').waitFor({ timeout });
    expect(requests).toEqual([]);
  });

  test('what a person adds stands there once, however late its change comes', async () => {
    const page = await open();
    chain.dapr.refusePublish = 500;
    await add(page, 'Buy milk');
    const item = page.getByRole('checkbox', { name: 'Buy milk' });
    await item.waitFor();
    chain.dapr.refusePublish = undefined;
    await expect.poll(() => chain.memory.countWaiting()).toBe(0);
    await add(page, 'Buy bread');
    await page.getByText('2 of 2 to do').waitFor();
    expect(await item.count()).toBe(1);
  });

  test('a change that was missed is made up for by reading the list', async () => {
    const page = await open();
    // Two changes, of which the stream only ever hears the second.
    const lost = await chain.memory.add({ title: 'Lost on the way', done: false });
    await expect.poll(() => page.getByRole('checkbox', { name: lost.title }).count()).toBe(1);
    chain.memory.entries.length = 0;
    const onEvent = chain.memory.onEvent;
    chain.memory.onEvent = () => {};
    await chain.memory.change(lost.id, { done: true });
    chain.memory.entries.length = 0;
    const state = chain.dapr.state.get('backend||todo-list-revision')!;
    chain.dapr.state.set('backend||todo-list-revision', { value: 2, etag: state.etag + 1 });
    chain.memory.onEvent = onEvent;

    await chain.memory.add({ title: 'Told', done: false });
    await page.getByText('1 of 2 to do').waitFor({ timeout: atOnceMs });
    expect(await page.getByRole('checkbox', { name: lost.title }).isChecked()).toBe(true);
  });

  test('without a stream it says so and asks every few seconds; it is live again when the stream is', async () => {
    const page = await open();
    await page.route('**/sse/', (route) => route.fulfill({ status: 503, body: '' }));
    chain.hub.end();
    await page.getByText('Offline', { exact: true }).waitFor();
    await chain.memory.add({ title: 'Meanwhile', done: false });
    await expect
      .poll(() => page.getByRole('checkbox', { name: 'Meanwhile' }).count(), { timeout: 8_000 })
      .toBe(1);

    await page.unroute('**/sse/');
    await page.getByText('Live', { exact: true }).waitFor();
    await chain.memory.add({ title: 'Live again', done: false });
    await page.getByRole('checkbox', { name: 'Live again' }).waitFor({ timeout: atOnceMs });
  });

  test('what is being typed stays, whatever others do meanwhile', async () => {
    const { id } = await chain.memory.add({ title: 'Buy milk', done: false });
    const page = await open();
    await page.getByRole('button', { name: 'Edit Buy milk' }).click();
    const input = page.getByLabel('New title of Buy milk');
    await input.fill('Buy oat milk');
    await chain.memory.change(id, { done: true });
    await chain.memory.add({ title: 'Another', done: false });
    await page.getByRole('checkbox', { name: 'Another' }).waitFor({ timeout: atOnceMs });
    expect(await input.inputValue()).toBe('Buy oat milk');
    expect(await input.evaluate((element) => element.matches(':focus'))).toBe(true);

    await input.press('Escape');
    // What has changed meanwhile shows as soon as nothing is being typed any more.
    await page.getByText('1 of 2 to do').waitFor({ timeout: atOnceMs });
    expect(await page.getByRole('checkbox', { name: 'Buy milk' }).isChecked()).toBe(true);
  });
});
