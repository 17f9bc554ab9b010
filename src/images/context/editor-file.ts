// Pure: what editors put beside the file that is being edited for as long as it is open.
//
// A name alone says nothing: `4913`, `a.txt~` and `#a#` can belong to a project as well as to an editor. What a build
// leaves out is known by what it holds. Files that editors have for an instant only (4913 of vim, .goutputstream-… of
// GNOME, ___jb_tmp___ of JetBrains) are gone before anything is built of them.

/** How much of a file has to be known. */
export const VIM_MAGIC_BYTES = 5;

const SWAP_NAME = /^\..+\.sw[a-p]$/;

export function mayBeVimSwap(name: string): boolean {
  return SWAP_NAME.test(name);
}

/** Whether the file of this name (without folders) that begins so is a swap file of vim. */
export function isVimSwap(name: string, beginning: Buffer): boolean {
  return mayBeVimSwap(name) && beginning.subarray(0, VIM_MAGIC_BYTES).toString('latin1') === 'b0VIM';
}

/** Whether the link of this name to this target is a lock of emacs: '.#a.txt' → 'user@host.1234:1700000000'. */
export function isEmacsLock(name: string, target: string): boolean {
  return name.startsWith('.#') && /^[^/]+@[^/]+\.\d+(:\d+)?$/.test(target);
}

/** Whether a change at this name is none to hurry for: most such files are an editor's, and a sweep finds the others. */
export function isLikelyEditorFile(name: string): boolean {
  return mayBeVimSwap(name) || name.startsWith('.#') || name === '4913';
}
