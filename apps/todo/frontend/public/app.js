// The page: draws the list, sends what the person does, and follows what others do. Changes come by a stream; while
// there is none, the list is asked for every few seconds.

import { listenForChanges } from './live-changes.js';
import { addTodo, changeTodo, deleteTodo, listTodos } from './todo-api.js';
import { drawTodo, isBeingEdited } from './todo-item.js';
import { applyChange, describeCount, isSameTodo, judgeChange } from './todo-list.js';

/** @typedef {import('./todo-list.js').Todo} Todo */

const refreshMs = 4_000;
/** With a stream, only against what nobody has thought of. */
const refreshLiveMs = 30_000;
const readMs = 8_000;

const list = /** @type {HTMLUListElement} */ (document.querySelector('#todos'));
const form = /** @type {HTMLFormElement} */ (document.querySelector('#new-todo'));
const titleInput = /** @type {HTMLInputElement} */ (document.querySelector('#new-title'));
const count = /** @type {HTMLElement} */ (document.querySelector('#count'));
const empty = /** @type {HTMLElement} */ (document.querySelector('#empty'));
const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'));
const live = /** @type {HTMLElement} */ (document.querySelector('#live'));

/** @type {readonly Todo[] | undefined} */
let shown;
/** Of the list shown; undefined where the backend keeps none. @type {number | undefined} */
let revision;
/** Counts the actions: an answer asked for before the last action is older than what is shown. */
let actions = 0;
/** Counts the changes of others that were applied, for the same reason. */
let changes = 0;
/** What each item was drawn from. @type {WeakMap<Element, Todo>} */
const drawn = new WeakMap();
/** Until then a refused action stays readable, although the list itself is fine again. In ms of performance.now(). */
let keepProblemUntilMs = 0;
/** How often the list was asked for since `readAgain` began. */
let toRead = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextRefresh;

/** @returns {Promise<void>} */
async function refresh() {
  const askedAt = actions;
  const changesThen = changes;
  try {
    const answer = await listTodos();
    if (askedAt !== actions) return;
    if (performance.now() > keepProblemUntilMs) showProblem(undefined);
    const isOlder = answer.revision !== undefined && revision !== undefined && answer.revision < revision;
    if (changesThen !== changes && isOlder) return await refresh();
    revision = answer.revision;
    draw(answer.todos);
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
    // Draws all again, so that a tick that was refused does not stay.
    for (const item of list.children) if (!isBeingEdited(item)) drawn.delete(item);
    await refresh();
    showProblem(error);
    return;
  }
  await refresh();
}

/** Reads the list, and once more if asked to meanwhile: a hundred missed changes are two requests. */
async function readAgain() {
  toRead += 1;
  if (toRead > 1) return;
  for (let served = 0; served < toRead;) {
    served = toRead;
    await refresh();
  }
  toRead = 0;
}

/** @param {import('./todo-list.js').Change} change */
function follow(change) {
  const verdict = judgeChange(revision, change);
  if (verdict === 'known') return;
  if (verdict === 'missed' || shown === undefined) {
    void readAgain();
    return;
  }
  changes += 1;
  revision = change.revision;
  draw(applyChange(shown, change));
}

/**
 * Draws what differs: an item that stays the same, or whose title is just being typed, is left as it is.
 * @param {readonly Todo[]} todos
 */
function draw(todos) {
  const focused = document.activeElement;
  const focusedId = focused?.closest('.todo')?.getAttribute('data-id');
  const focusedPart = focused?.getAttribute('data-focus');
  shown = todos;

  const items = new Map([...list.children].map((item) => [Number(item.getAttribute('data-id')), item]));
  const wanted = todos.map((todo) => {
    const item = items.get(todo.id);
    return item !== undefined && (isBeingEdited(item) || isSameTodo(drawn.get(item), todo))
      ? item
      : drawNew(todo);
  });
  for (const item of [...list.children]) if (!wanted.includes(item)) item.remove();
  for (const [index, item] of wanted.entries()) {
    // Moving an item would take the focus from what is in it.
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  }

  list.hidden = todos.length === 0;
  empty.hidden = todos.length > 0;
  const text = describeCount(todos);
  // Only when it changes: a screen reader reads it each time it is written.
  if (count.textContent !== text) count.textContent = text;
  if (focusedId != null && !document.contains(focused)) {
    const again = list.querySelector(`[data-id="${focusedId}"] [data-focus="${focusedPart}"]`);
    (again instanceof HTMLElement ? again : titleInput).focus();
  }
}

/** @param {Todo} todo */
function drawNew(todo) {
  const item = drawTodo(todo, {
    onChange: (change) => void act(() => changeTodo(todo.id, change)),
    onDelete: () => void act(() => deleteTodo(todo.id)),
    onEditEnd: () => draw(shown ?? []),
  });
  drawn.set(item, todo);
  return item;
}

/** @param {unknown} error */
function showProblem(error) {
  const text = error instanceof Error ? error.message : '';
  // Only when it changes: a screen reader reads an alert each time it is written.
  if (problem.textContent !== text) problem.textContent = text;
  problem.hidden = text === '';
}

/** @param {boolean} isLive */
function showState(isLive) {
  if ((live.dataset.state === 'live') === isLive) return;
  live.dataset.state = isLive ? 'live' : 'offline';
  live.textContent = isLive ? 'Live' : 'Offline';
  live.title = isLive
    ? 'Changes of others show at once'
    : `Changes of others show every ${refreshMs / 1_000} seconds`;
  scheduleRefresh();
}

function scheduleRefresh() {
  clearTimeout(nextRefresh);
  nextRefresh = setTimeout(refreshForever, live.dataset.state === 'live' ? refreshLiveMs : refreshMs);
}

async function refreshForever() {
  if (!document.hidden) await refresh();
  scheduleRefresh();
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

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});

void refreshForever();
listenForChanges({ onState: showState, onMissed: () => void readAgain(), onChange: follow });
