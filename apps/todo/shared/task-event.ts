// Pure: what the services tell each other about todos.

/** Published by backend for every change, after it is committed. */
export const taskEventsTopic = 'task-events';

/** Published by notification for every task event, for whoever shows it to people. */
export const notificationsTopic = 'notifications';

const kinds = ['created', 'updated', 'deleted'] as const;
export type TaskEventKind = (typeof kinds)[number];

/** A todo as it is after the change; of a deleted one, as it was last. */
export interface TaskTodo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TaskEvent {
  readonly kind: TaskEventKind;
  /**
   * Revision of the whole list after this change, counted up by one per event. A receiver that finds a number left
   * out has missed something, and reads the list again.
   */
  readonly revision: number;
  readonly todo: TaskTodo;
}

/** What people are told about a task event. */
export interface Notification extends TaskEvent {
  /** The id of the event that it tells about. */
  readonly id: string;
  /** One sentence, in English. */
  readonly text: string;
  /** When the change was made: ISO 8601, UTC. */
  readonly at: string;
}

/** The task event in the data of a CloudEvent, or undefined when it is none. */
export function parseTaskEvent(data: unknown): TaskEvent | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { kind, revision, todo } = data as Record<string, unknown>;
  const known = kinds.find((one) => one === kind);
  const parsed = parseTodo(todo);
  if (known === undefined || parsed === undefined || !isCount(revision)) return undefined;
  return { kind: known, revision, todo: parsed };
}

/** The notification in the data of a CloudEvent, or undefined when it is none. */
export function parseNotification(data: unknown): Notification | undefined {
  const event = parseTaskEvent(data);
  if (event === undefined) return undefined;
  const { id, text, at } = data as Record<string, unknown>;
  if (typeof id !== 'string' || typeof text !== 'string' || typeof at !== 'string') return undefined;
  return { id, kind: event.kind, text, todo: event.todo, revision: event.revision, at };
}

function parseTodo(value: unknown): TaskTodo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, title, done, createdAt, updatedAt } = value as Record<string, unknown>;
  if (!isCount(id) || typeof title !== 'string' || typeof done !== 'boolean') return undefined;
  if (typeof createdAt !== 'string' || typeof updatedAt !== 'string') return undefined;
  return { id, title, done, createdAt, updatedAt };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
