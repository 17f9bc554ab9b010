// What holds for every todo store with an outbox: every change leaves one event, in order, and none is lost.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outbox, OutboxEntry } from '../../apps/todo/backend/src/outbox.ts';
import type { TodoStore } from '../../apps/todo/backend/src/todo-store.ts';

export interface TodoStoreSubject {
  readonly store: TodoStore;
  readonly outbox: Outbox;
  /** How often the store has said that there is an event. */
  readonly told: () => number;
  dispose(): Promise<void>;
}

export function todoStoreContract(options: { title: string; make: () => Promise<TodoStoreSubject> }): void {
  describe(`A todo store with an outbox: ${options.title}`, () => {
    let subject: TodoStoreSubject;

    beforeEach(async () => {
      subject = await options.make();
    });

    afterEach(() => subject?.dispose());

    async function takeAll(): Promise<OutboxEntry[]> {
      const entries: OutboxEntry[] = [];
      const publish = async (entry: OutboxEntry): Promise<void> => void entries.push(entry);
      while (await subject.outbox.deliverNext(publish));
      return entries;
    }

    test('keeps todos, and changes only what was asked for', async () => {
      const { store } = subject;
      const first = await store.add({ title: 'First', done: false });
      const second = await store.add({ title: 'Second', done: true });
      expect(await store.list({})).toEqual([first, second]);
      expect(await store.list({ done: true })).toEqual([second]);
      expect(await store.find(second.id)).toEqual(second);
      expect(await store.change(first.id, { done: true })).toMatchObject({ title: 'First', done: true });
      expect(await store.change(first.id, { title: 'Other' })).toMatchObject({ title: 'Other', done: true });
      expect(await store.remove(first.id)).toBe(true);
      expect(await store.list({})).toEqual([second]);
    });

    test('leaves an event for each change, with the todo as it is after it, in order', async () => {
      const { store } = subject;
      const added = await store.add({ title: 'First', done: false });
      const changed = await store.change(added.id, { done: true });
      await store.remove(added.id);

      expect([subject.told(), await subject.outbox.countWaiting()]).toEqual([3, 3]);
      const entries = await takeAll();
      expect(entries.map(({ kind, todo }) => ({ kind, todo }))).toEqual([
        { kind: 'created', todo: added },
        { kind: 'updated', todo: changed },
        { kind: 'deleted', todo: changed },
      ]);
      const sequences = entries.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(3);
      for (const { at } of entries) expect(new Date(at).toISOString()).toBe(at);
      expect(await subject.outbox.countWaiting()).toBe(0);
    });

    test('leaves none for what has changed nothing', async () => {
      const { store } = subject;
      expect(await store.change(4711, { done: true })).toBeUndefined();
      expect(await store.remove(4711)).toBe(false);
      expect([subject.told(), await subject.outbox.countWaiting()]).toEqual([0, 0]);
    });

    test('keeps an event that could not be published, under its id, before those that came later', async () => {
      const { store, outbox } = subject;
      const tried: string[] = [];
      await store.add({ title: 'First', done: false });
      const refuse = async ({ id }: OutboxEntry): Promise<void> => {
        tried.push(id);
        throw new Error('no broker');
      };
      await expect(outbox.deliverNext(refuse)).rejects.toThrow('no broker');
      await store.add({ title: 'Second', done: false });
      await expect(outbox.deliverNext(refuse)).rejects.toThrow('no broker');

      const entries = await takeAll();
      expect(entries.map(({ todo }) => todo.title)).toEqual(['First', 'Second']);
      expect(tried).toEqual([entries[0]?.id, entries[0]?.id]);
    });

    test('is emptied by one publisher at a time, so that the order holds between replicas', async () => {
      const { store, outbox } = subject;
      await store.add({ title: 'First', done: false });
      await store.add({ title: 'Second', done: false });
      const begun = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const titles: string[] = [];
      const slow = outbox.deliverNext(async ({ todo }) => {
        begun.resolve();
        await finish.promise;
        titles.push(todo.title);
      });
      await begun.promise;
      const quick = async ({ todo }: OutboxEntry): Promise<void> => void titles.push(todo.title);
      expect(await outbox.deliverNext(quick)).toBe(false);
      finish.resolve();
      expect(await slow).toBe(true);
      expect(await outbox.deliverNext(quick)).toBe(true);
      expect(titles).toEqual(['First', 'Second']);
    });

    test('keeps the events of one todo in the order of its changes, however many come at once', async () => {
      const { store } = subject;
      const { id } = await store.add({ title: '0', done: false });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.change(id, { title: String(index + 1) })),
      );
      const entries = await takeAll();
      expect(entries).toHaveLength(21);
      expect(entries.at(-1)?.todo).toEqual(await store.find(id));
    });
  });
}
