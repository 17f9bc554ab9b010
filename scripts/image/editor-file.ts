// Pure: files that an editor puts beside the one that is being edited, for as long as it is open or being saved.

/**
 * vim (swap file, test whether the folder can be written), emacs (lock, auto-save), backups of many, Kate, gedit,
 * JetBrains, Sublime Text. Nobody means to ship them, and they come and go: an image whose context held one would
 * be another image at each save.
 */
const NAMES =
  /^(?:\..+\.sw[a-p]|4913|\.#.+|#.+#|.*~|\..+\.kate-swp|\.goutputstream-\w+|.*___jb_(?:tmp|old)___|\.subl.*\.tmp)$/;

/** Whether the file of this name (without folders) is an editor's own. */
export function isEditorFile(name: string): boolean {
  return NAMES.test(name);
}
