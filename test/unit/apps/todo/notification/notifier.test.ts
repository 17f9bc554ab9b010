import { beforeEach, describe, expect, test } from 'vitest';
import { notificationText } from '../../../../../apps/todo/notification/src/notification-text.ts';
import { Notifier } from '../../../../../apps/todo/notification/src/notifier.ts';
import type { CloudEvent } from '../../../../../apps/todo/shared/cloud-event.ts';
import type { DaprClient } from '../../../../../apps/todo/shared/dapr-client.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';

const todo = { id: 1, title: 'Buy milk', done: false, createdAt: 'c', updatedAt: 'u' };

function event(id: string, data: unknown = { kind: 'created', revision: 1, todo }): CloudEvent {
  return { id, source: '/todo/backend', type: 'todo.task.created', time: '2026-11-21T10:00:00.000Z', data };
}

let passedOn: string[];
let isAway: boolean;
let notifier: Notifier;

const dapr: Pick<DaprClient, 'publish'> = {
  async publish(topic, { id }) {
    if (isAway) throw new Error('no broker');
    passedOn.push(`${topic} ${id}`);
  },
};

beforeEach(() => {
  passedOn = [];
  isAway = false;
  const { registry } = new ServiceMetrics('notification');
  notifier = new Notifier({ dapr: dapr as DaprClient, registry });
});

describe('the notifier', () => {
  test('makes a notification of an event, under its id, and passes it on', async () => {
    expect(await notifier.receive(event('e1'))).toBe('done');
    expect(passedOn).toEqual(['notifications e1']);
    expect(notifier.recent()).toEqual([
      {
        id: 'e1',
        kind: 'created',
        text: 'Added “Buy milk”.',
        todo,
        revision: 1,
        at: '2026-11-21T10:00:00.000Z',
      },
    ]);
  });

  test('keeps the last hundred', async () => {
    for (let number = 1; number <= 120; number += 1) await notifier.receive(event(`e${number}`));
    expect(notifier.recent().map(({ id }) => id)).toEqual(
      Array.from({ length: 100 }, (_, index) => `e${index + 21}`),
    );
  });

  test('tells of an event once, even long after it has left the list', async () => {
    for (let number = 1; number <= 120; number += 1) await notifier.receive(event(`e${number}`));
    expect(await notifier.receive(event('e1'))).toBe('done');
    expect(passedOn).toHaveLength(120);
  });

  test('remembers nothing of an event that it could not pass on, so that it may come again', async () => {
    isAway = true;
    await expect(notifier.receive(event('e1'))).rejects.toThrow('no broker');
    expect(notifier.recent()).toEqual([]);
    isAway = false;
    await notifier.receive(event('e1'));
    expect(passedOn).toEqual(['notifications e1']);
  });

  test.each([
    ['no data', undefined],
    ['another kind', { kind: 'renamed', revision: 1, todo }],
    ['no revision', { kind: 'created', todo }],
    ['half a todo', { kind: 'created', revision: 1, todo: { id: 1 } }],
  ])('drops an event with %s', async (_, data) => {
    expect(await notifier.receive({ ...event('e1'), data })).toBe('drop');
    expect(passedOn).toEqual([]);
  });
});

test('a notification says in a sentence what has happened', () => {
  const say = (kind: 'created' | 'updated' | 'deleted', done: boolean): string =>
    notificationText({ kind, revision: 1, todo: { ...todo, done } });
  expect(say('updated', true)).toBe('Changed “Buy milk”, done.');
  expect(say('updated', false)).toBe('Changed “Buy milk”, to do.');
  expect(say('deleted', false)).toBe('Deleted “Buy milk”.');
});
