// Pure: the envelope that events travel in (CloudEvents 1.0, JSON).

export interface CloudEvent {
  /** The same for every delivery of one event: what a receiver tells a repetition by. */
  readonly id: string;
  /** Who made it, as a path: '/todo/backend'. */
  readonly source: string;
  /** What happened: 'todo.task.created'. */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly data: unknown;
}

/** The body to publish. Dapr passes an envelope on as it is and adds its own fields (topic, traceid). */
export function cloudEventBody(event: CloudEvent): Readonly<Record<string, unknown>> {
  return { specversion: '1.0', datacontenttype: 'application/json', ...event };
}

/** The event in a delivered body, or undefined when it is none that can be worked with. */
export function parseCloudEvent(body: unknown): CloudEvent | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { id, source, type, time, data } = body as Record<string, unknown>;
  if (!isWord(id) || !isWord(source) || !isWord(type)) return undefined;
  return { id, source, type, time: typeof time === 'string' ? time : '', data };
}

/** Ids go into the lines of a stream, so a line break in one would forge the next line. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\u0021-\u007e]{1,200}$/.test(value);
}
