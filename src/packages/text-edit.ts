// Pure: edits to files of others that say how often they have to fit.

import { Failure } from '../failure.ts';

export interface TextEdit {
  /** What the edit does, as shown when it does not fit: 'load the modules that are not built in'. */
  readonly purpose: string;
  /** Global (flag g), so that every place is found. */
  readonly find: RegExp;
  /** As in String.replace: $1 stands for the first group. */
  readonly replace: string;
  /** In how many places of the unedited text `find` has to match. */
  readonly times: number;
}

/**
 * The text with all edits made, in their order. When one fits in more or fewer places than it was written for,
 * the text is another version: Failure 'build' names every such edit, and nothing half-edited gets out.
 */
export function applyTextEdits(fileName: string, text: string, edits: readonly TextEdit[]): string {
  const misfits = edits.flatMap(({ purpose, find, times }) => {
    const found = [...text.matchAll(find)].length;
    return found === times ? [] : [`${purpose}: expected ${times} place(s), found ${found}`];
  });
  if (misfits.length > 0) {
    throw new Failure('build', `${fileName} is not the version that its edits were written for`, {
      details: misfits,
      hint: 'The pinned version changed: bring the edits in line with the new file.',
    });
  }
  return edits.reduce((edited, { find, replace }) => edited.replaceAll(find, replace), text);
}
