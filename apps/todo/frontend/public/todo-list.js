// Pure: what the page says about a list.

/** @typedef {{ id: number, title: string, done: boolean }} Todo */

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
 * Whether two answers hold the same list, so that nothing needs to be drawn again.
 * @param {readonly Todo[] | undefined} before
 * @param {readonly Todo[]} after
 */
export function isSameList(before, after) {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}
