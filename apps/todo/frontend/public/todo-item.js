// One todo as it stands in the list.

/** @typedef {import('./todo-list.js').Todo} Todo */

const template = /** @type {HTMLTemplateElement} */ (document.querySelector('#todo-template'));

/**
 * @param {Todo} todo
 * @param {object} actions
 * @param {(change: { title?: string, done?: boolean }) => void} actions.onChange
 * @param {() => void} actions.onDelete
 * @param {() => void} actions.onEditEnd  The item may be drawn again now: nothing is being typed in it any more.
 * @returns {HTMLElement}
 */
export function drawTodo(todo, { onChange, onDelete, onEditEnd }) {
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
      onEditEnd();
    }
  };

  tick.addEventListener('change', () => onChange({ done: tick.checked }));
  deleteButton.addEventListener('click', onDelete);
  editButton.addEventListener('click', () => setEditing(edit.hidden));
  edit.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') setEditing(false);
  });
  edit.addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const title = editInput.value.trim();
    setEditing(false);
    if (title !== '' && title !== todo.title) onChange({ title });
  });
  return item;
}

/** @param {Element} item */
export function isBeingEdited(item) {
  return item.querySelector('.edit:not([hidden])') !== null;
}
