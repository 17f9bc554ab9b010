// Pure: what the page says about a list, and what a change that somebody made does to it.

/** @typedef {{ id: number, title: string, done: boolean, updatedAt?: string }} Todo */
/** @typedef {{ kind: string, revision: number, todo: Todo }} Change */

/**
 * The line beside the heading.
 * @param {readonly Todo[]} todos
 */
export function describeCount(todos) {
  if (todos.length === 0) return 'No todos';
  const open = todos.filter((todo) => !todo.done).length;
  return open === 0 ? `All ${todos.length} done` : `${open} of ${todos.length} to do`;
}

/**
 * Whether two todos look the same, so that nothing needs to be drawn again.
 * @param {Todo | undefined} before
 * @param {Todo} after
 */
export function isSameTodo(before, after) {
  return before !== undefined && before.title === after.title && before.done === after.done;
}

/**
 * Whether a change can be applied to a list of this revision: only the very next one can. An earlier one is in the
 * list already; a later one means that something was missed, so that the list has to be read again.
 * @param {number | undefined} revision
 * @param {Change} change
 * @returns {'apply' | 'known' | 'missed'}
 */
export function judgeChange(revision, change) {
  if (revision === undefined || change.revision > revision + 1) return 'missed';
  return change.revision === revision + 1 ? 'apply' : 'known';
}

/**
 * The list after the change. The list may be newer than its revision: then it keeps what it has.
 * @param {readonly Todo[]} todos
 * @param {Change} change
 * @returns {readonly Todo[]}
 */
export function applyChange(todos, { kind, todo }) {
  const others = todos.filter(({ id }) => id !== todo.id);
  if (kind === 'deleted') return others;
  const before = todos.find(({ id }) => id === todo.id);
  // A change of a todo that is not there: it has been deleted since, which the next change will say.
  if (before === undefined && kind !== 'created') return todos;
  if ((before?.updatedAt ?? '') > (todo.updatedAt ?? '')) return todos;
  return [...others, todo].sort((a, b) => a.id - b.id);
}
