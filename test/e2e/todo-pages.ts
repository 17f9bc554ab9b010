// What people do with the page of the todo environment.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { needBrowser } from '../support/browser.ts';
import type { TodoStory } from '../support/todo-story.ts';

/** Registers the tests; the environment is up. */
export function pageTests(story: () => TodoStory): void {
  test('a person adds, ticks and deletes a todo in a browser', async (context) => {
    needBrowser(context);
    const browser = await story().openBrowser();
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`${story().origin}/`);
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
    const { text } = await story().ask({ path: '/api/todos', signal: context.signal });
    expect(JSON.parse(text)).toEqual({ todos: [] });
  });

  test('what one person adds is on the page of another within a second, by way of Dapr and the stream', async (context) => {
    needBrowser(context);
    const browser = await story().openBrowser();
    try {
      const open = async (): Promise<Page> => {
        const page = await (await browser.newContext()).newPage();
        await page.goto(`${story().origin}/`);
        await page.getByText('Live', { exact: true }).waitFor();
        return page;
      };
      const [mine, theirs] = [await open(), await open()];
      const requests: string[] = [];
      theirs.on('request', (request) => requests.push(request.url()));
      await mine.getByLabel('New todo').fill('Tell everybody');
      const item = theirs.getByRole('checkbox', { name: 'Tell everybody' });
      await Promise.all([
        item.waitFor({ timeout: 1_000 }),
        mine.getByRole('button', { name: 'Add', exact: true }).click(),
      ]);
      await mine.getByRole('button', { name: 'Delete Tell everybody' }).click();
      await item.waitFor({ state: 'detached', timeout: 1_000 });
      // The page was told: it did not ask.
      expect(requests).toEqual([]);
    } finally {
      await browser.close();
    }
  });
}
