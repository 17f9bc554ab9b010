// Makes a notification of each task event, keeps the last ones, and passes them on.

import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { CloudEvent } from '../../shared/cloud-event.ts';
import type { DaprClient } from '../../shared/dapr-client.ts';
import { RecentList } from '../../shared/recent-list.ts';
import { notificationsTopic, parseTaskEvent } from '../../shared/task-event.ts';
import type { Notification } from '../../shared/task-event.ts';
import { toNotification } from './notification-text.ts';

const keptNotifications = 100;
/** More than are kept: the broker may deliver an event again long after it left the list. */
const knownEvents = 5_000;

export class Notifier {
  readonly #dapr: DaprClient | undefined;
  readonly #recent = new RecentList<Notification>(keptNotifications);
  readonly #known = new RecentList<{ readonly id: string }>(knownEvents);
  readonly #events: Counter<'outcome'>;

  /** Without a sidecar, notifications are kept and not passed on. */
  constructor(options: { readonly dapr: DaprClient | undefined; readonly registry: Registry }) {
    this.#dapr = options.dapr;
    this.#events = new Counter({
      name: 'notification_events_total',
      help: 'Task events received: passed on, repeated (told about before), or dropped (not understood).',
      labelNames: ['outcome'],
      registers: [options.registry],
    });
  }

  /** Rejects when the notification cannot be passed on: nothing is remembered then, and the event may come again. */
  async receive(event: CloudEvent): Promise<'done' | 'drop'> {
    const task = parseTaskEvent(event.data);
    if (task === undefined) {
      this.#events.inc({ outcome: 'dropped' });
      return 'drop';
    }
    if (this.#known.has(event.id)) {
      this.#events.inc({ outcome: 'repeated' });
      return 'done';
    }
    const notification = toNotification(event, task);
    await this.#dapr?.publish(notificationsTopic, {
      id: notification.id,
      source: '/todo/notification',
      type: `todo.notification.${notification.kind}`,
      time: notification.at,
      data: notification,
    });
    this.#known.add({ id: event.id });
    this.#recent.add(notification);
    this.#events.inc({ outcome: 'passed-on' });
    return 'done';
  }

  /** The last ones, oldest first. */
  recent(): Notification[] {
    return this.#recent.all();
  }
}
