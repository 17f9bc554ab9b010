// Pure: what a todo is, and what may be sent to make or change one.

import { HttpProblem } from '../../shared/http-problem.ts';
import type { FieldProblem } from '../../shared/http-problem.ts';

export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewTodo {
  readonly title: string;
  readonly done: boolean;
}

/** At least one of the two. */
export interface TodoChange {
  readonly title?: string;
  readonly done?: boolean;
}

/** Characters after trimming, counted as JavaScript does. */
export const maximumTitleLength = 200;

/** The todo that a POST body asks for; throws HttpProblem 400 that names every wrong field. */
export function parseNewTodo(body: unknown): NewTodo {
  const { title, done } = parseFields(body, ['title']);
  return { title: title ?? '', done: done ?? false };
}

/** The change that a PATCH body asks for; throws HttpProblem 400 that names every wrong field. */
export function parseTodoChange(body: unknown): TodoChange {
  const change = parseFields(body, []);
  if (change.title === undefined && change.done === undefined) {
    throw invalid([{ field: 'title', message: 'Give a title, done, or both.' }]);
  }
  return change;
}

/** The id in a path; what cannot be an id names no todo, so it is 404 and not 400. */
export function parseTodoId(text: string): number {
  const id = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(id)) throw todoNotFound(text);
  return id;
}

/** The filter of a list: ?done=true, ?done=false, or none. */
export function parseDoneFilter(query: URLSearchParams): boolean | undefined {
  const value = query.get('done');
  if (value === null) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid([{ field: 'done', message: 'Must be true or false.' }]);
}

export function todoNotFound(id: number | string): HttpProblem {
  return new HttpProblem(404, 'not-found', `There is no todo ${id}.`);
}

function parseFields(body: unknown, required: readonly string[]): TodoChange {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpProblem(400, 'invalid', 'The body must be a JSON object.');
  }
  const problems: FieldProblem[] = [];
  const change: { title?: string; done?: boolean } = {};
  for (const field of required) {
    if (!Object.hasOwn(body, field)) problems.push({ field, message: 'Is required.' });
  }
  for (const [field, value] of Object.entries(body)) {
    if (field === 'title') {
      const message = titleProblem(value);
      if (message === undefined) change.title = (value as string).trim();
      else problems.push({ field, message });
    } else if (field === 'done') {
      if (typeof value === 'boolean') change.done = value;
      else problems.push({ field, message: 'Must be true or false.' });
    } else {
      problems.push({ field, message: 'Is not known here.' });
    }
  }
  if (problems.length > 0) throw invalid(problems);
  return change;
}

function titleProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Must be text.';
  const length = value.trim().length;
  if (length === 0) return 'Must not be empty.';
  if (length > maximumTitleLength) return `Must not be longer than ${maximumTitleLength} characters.`;
  // PostgreSQL cannot store U+0000, and the others break every list they are shown in.
  if (/[\u0000-\u001f\u007f]/.test(value.trim())) return 'Must not hold control characters.';
  return undefined;
}

function invalid(fields: readonly FieldProblem[]): HttpProblem {
  const list = fields.map(({ field, message }) => `${field}: ${message}`).join(' ');
  return new HttpProblem(400, 'invalid', list, { fields });
}
