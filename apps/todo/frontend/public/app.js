// The page: draws the list, sends what the person does, and asks again every few seconds.

import { addTodo, changeTodo, deleteTodo, listTodos } from './todo-api.js';
import { describeCount, isSameList } from './todo-list.js';

/** @typedef {import('./todo-list.js').Todo} Todo */

const refreshMs = 4_000;
const readMs = 8_000;

const list = /** @type {HTMLUListElement} */ (document.querySelector('#todos'));
const template = /** @type {HTMLTemplateElement} */ (document.querySelector('#todo-template'));
const form = /** @type {HTMLFormElement} */ (document.querySelector('#new-todo'));
const titleInput = /** @type {HTMLInputElement} */ (document.querySelector('#new-title'));
const count = /** @type {HTMLElement} */ (document.querySelector('#count'));
const empty = /** @type {HTMLElement} */ (document.querySelector('#empty'));
const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'));

/** @type {Todo[] | undefined} */
let shown;
/** Counts the actions: an answer asked for before the last action is older than what is shown. */
let actions = 0;
/** Until then a refused action stays readable, although the list itself is fine again. In ms of performance.now(). */
let keepProblemUntilMs = 0;

async function refresh() {
  const askedAt = actions;
  const editing = list.querySelector('.edit:not([hidden])') !== null;
  try {
    const todos = await listTodos();
    if (askedAt !== actions) return;
    if (performance.now() > keepProblemUntilMs) showProblem(undefined);
    // A list that is drawn again would throw away what is being typed.
    if (!editing && !isSameList(shown, todos)) draw(todos);
  } catch (error) {
    showProblem(error);
    if (shown === undefined) count.textContent = 'Not available';
  }
}

/**
 * Runs an action of the person, then shows the list as the backend has it.
 * @param {() => Promise<unknown>} action
 */
async function act(action) {
  actions += 1;
  keepProblemUntilMs = 0;
  try {
    await action();
  } catch (error) {
    keepProblemUntilMs = performance.now() + readMs;
    shown = undefined; // draws again, so that a tick that was refused does not stay
    await refresh();
    showProblem(error);
    return;
  }
  await refresh();
}

/** @param {Todo[]} todos */
function draw(todos) {
  const focused = document.activeElement;
  const focusedId = focused?.closest('.todo')?.getAttribute('data-id');
  const focusedClass = focused?.getAttribute('data-focus');
  shown = todos;
  list.replaceChildren(...todos.map(drawTodo));
  list.hidden = todos.length === 0;
  empty.hidden = todos.length > 0;
  count.textContent = describeCount(todos);
  if (focusedId !== undefined && focusedId !== null) {
    const again = list.querySelector(`[data-id="${focusedId}"] [data-focus="${focusedClass}"]`);
    (again instanceof HTMLElement ? again : titleInput).focus();
  }
}

/** @param {Todo} todo */
function drawTodo(todo) {
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const find = (/** @type {string} */ selector) => /** @type {any} */ (fragment.querySelector(selector));
  const item = find('.todo');
  const tick = find('.tick input');
  const edit = find('.edit');
  const editInput = find('.edit input');
  const label = find('.tick');
  const editButton = find('.edit-button');
  const deleteButton = find('.delete-button');

  item.dataset.id = todo.id;
  item.classList.toggle('done', todo.done);
  find('.title').textContent = todo.title;
  tick.checked = todo.done;
  tick.dataset.focus = 'tick';
  editButton.dataset.focus = 'edit';
  deleteButton.dataset.focus = 'delete';
  editButton.setAttribute('aria-label', `Edit ${todo.title}`);
  deleteButton.setAttribute('aria-label', `Delete ${todo.title}`);
  editInput.setAttribute('aria-label', `New title of ${todo.title}`);

  const setEditing = (/** @type {boolean} */ on) => {
    edit.hidden = !on;
    label.hidden = on;
    editButton.textContent = on ? 'Cancel' : 'Edit';
    editButton.setAttribute('aria-label', `${on ? 'Cancel editing' : 'Edit'} ${todo.title}`);
    if (on) {
      editInput.value = todo.title;
      editInput.focus();
      editInput.select();
    } else {
      editButton.focus();
    }
  };

  tick.addEventListener('change', () => act(() => changeTodo(todo.id, { done: tick.checked })));
  deleteButton.addEventListener('click', () => act(() => deleteTodo(todo.id)));
  editButton.addEventListener('click', () => setEditing(edit.hidden));
  edit.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') setEditing(false);
  });
  edit.addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const title = editInput.value.trim();
    setEditing(false);
    if (title !== '' && title !== todo.title) void act(() => changeTodo(todo.id, { title }));
  });
  return fragment;
}

/** @param {unknown} error */
function showProblem(error) {
  const text = error instanceof Error ? error.message : '';
  // Only when it changes: a screen reader reads an alert each time it is written.
  if (problem.textContent !== text) problem.textContent = text;
  problem.hidden = text === '';
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const title = titleInput.value.trim();
  if (title === '') return;
  void act(async () => {
    await addTodo(title);
    titleInput.value = '';
  });
});

async function refreshForever() {
  if (!document.hidden) await refresh();
  setTimeout(refreshForever, refreshMs);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refreshForever();
