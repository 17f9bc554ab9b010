// Pure: what people are told about an event.

import type { CloudEvent } from '../../shared/cloud-event.ts';
import type { Notification, TaskEvent } from '../../shared/task-event.ts';

/** The notification about a task event that came in `event`. */
export function toNotification(event: CloudEvent, task: TaskEvent): Notification {
  return {
    id: event.id,
    kind: task.kind,
    text: notificationText(task),
    todo: task.todo,
    revision: task.revision,
    at: event.time,
  };
}

export function notificationText({ kind, todo }: TaskEvent): string {
  switch (kind) {
    case 'created':
      return `Added “${todo.title}”.`;
    case 'updated':
      return `Changed “${todo.title}”, ${todo.done ? 'done' : 'to do'}.`;
    case 'deleted':
      return `Deleted “${todo.title}”.`;
  }
}
