// What the notification service answers: its list, and what Dapr delivers.

import { subscriptionRoutes } from '../../shared/dapr-subscription.ts';
import type { Route } from '../../shared/http-service.ts';
import type { Log } from '../../shared/log.ts';
import { taskEventsTopic } from '../../shared/task-event.ts';
import type { Notifier } from './notifier.ts';

export function notificationRoutes(notifier: Notifier, log: Log): Route[] {
  return [
    {
      method: 'GET',
      path: '/notifications',
      handle: () => ({ status: 200, body: { notifications: notifier.recent() } }),
    },
    ...subscriptionRoutes({ topic: taskEventsTopic, log, receive: (event) => notifier.receive(event) }),
  ];
}
