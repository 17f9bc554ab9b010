// The routes by which Dapr learns what a service subscribes to, and delivers it.

import { parseCloudEvent } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';
import { pubsubName } from './dapr-client.ts';
import type { Route } from './http-service.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import { readJsonBody } from './request-body.ts';

const bodyLimitBytes = 64 * 1024;

export interface SubscriptionOptions {
  readonly topic: string;
  readonly log: Log;
  /**
   * Called once per delivery, one after the other in the order they came. Resolve 'drop' for an event that can never
   * be worked with; a rejection makes Dapr deliver it again later.
   */
  receive(event: CloudEvent): Promise<'done' | 'drop'>;
}

/** GET /dapr/subscribe and POST /events/<topic>. */
export function subscriptionRoutes({ topic, log, receive }: SubscriptionOptions): Route[] {
  const route = `/events/${topic}`;
  let last: Promise<unknown> = Promise.resolve();
  return [
    {
      method: 'GET',
      path: '/dapr/subscribe',
      handle: () => ({ status: 200, body: [{ pubsubname: pubsubName, topic, route }] }),
    },
    {
      method: 'POST',
      path: route,
      async handle({ request }) {
        const event = parseCloudEvent(await readJsonBody(request, bodyLimitBytes));
        if (event === undefined) {
          log('warn', 'dropped a delivery that is no event', { topic });
          return { status: 200, body: { status: 'DROP' } };
        }
        const turn = last.then(() => receive(event));
        last = turn.catch(() => {});
        try {
          const verdict = await turn;
          if (verdict === 'drop') log('warn', 'dropped an event', { topic, id: event.id, type: event.type });
          return { status: 200, body: { status: verdict === 'drop' ? 'DROP' : 'SUCCESS' } };
        } catch (error) {
          log('warn', 'an event will be delivered again', { topic, id: event.id, cause: errorText(error) });
          return { status: 200, body: { status: 'RETRY' } };
        }
      },
    },
  ];
}
