// What the gateway answers: the stream, and what Dapr delivers.

import { subscriptionRoutes } from '../../shared/dapr-subscription.ts';
import type { Route } from '../../shared/http-service.ts';
import type { Log } from '../../shared/log.ts';
import { notificationsTopic, parseNotification } from '../../shared/task-event.ts';
import type { StreamHub } from './stream-hub.ts';

export function gatewayRoutes(hub: StreamHub, log: Log): Route[] {
  return [
    {
      method: 'GET',
      path: '/sse',
      handle({ request, response }) {
        if (request.method === 'HEAD') {
          return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } };
        }
        const lastEventId = request.headers['last-event-id'];
        hub.open(response, typeof lastEventId === 'string' ? lastEventId : undefined);
        return undefined;
      },
    },
    ...subscriptionRoutes({
      topic: notificationsTopic,
      log,
      receive: async (event) => {
        const notification = parseNotification(event.data);
        if (notification === undefined) return 'drop';
        // The envelope's id has been checked to fit into a line of a stream.
        hub.send({ ...notification, id: event.id });
        return 'done';
      },
    }),
  ];
}
